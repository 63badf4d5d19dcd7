"""The cases by which scripts learn what blanks do to a sheet are those of the judge."""

import json

from tests.answers.analyse.estimates.blanks import FILE, VERDICTS, content

CASES = json.loads(FILE.read_text(encoding="utf-8"))


def usual_group():
    """The shape of the external questionnaire under the rule of campaigns that name none."""
    return next(
        group for group in CASES["groups"] if group["rule"] == "standard-1" and group["items"] == 6
    )


def test_the_file_says_what_the_judge_says():
    assert content() == CASES


def test_the_usual_rule_forgives_one_blank_of_six_and_no_blank_screening():
    group = usual_group()

    assert "100000-9" in group["valid"]
    assert "10000--9" in group["mended"]
    assert "-0000009" in group["mended"]
    assert "0-------" in group["valid"]  # without dealings nothing else applies


def test_every_verdict_has_cases():
    for verdict in VERDICTS:
        assert any(group[verdict] for group in CASES["groups"])
