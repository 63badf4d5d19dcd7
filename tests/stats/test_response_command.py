"""``python -m stats response``: its tables, and what it refuses."""

import json

import pytest

from stats.__main__ import main

DESIGN = "stratum,population,issued,unit,post\n"
DESIGN += (
    "tc,400,40,town,clerk\nth,100,20,town,chief\ncc,300,30,country,clerk\nch,90,15,country,chief\n"
)
SHEETS = "stratum,gift,fee\n" + "tc,1,0\ntc,0,8\ntc,0,0\n" * 8 + "th,0,0\n" * 6
SHEETS += "cc,1,1\ncc,0,0\ncc,0,9\n" * 7 + "ch,0,0\n" * 9


@pytest.fixture
def files(tmp_path):
    def write(design=DESIGN):
        (tmp_path / "design.csv").write_text(design)
        (tmp_path / "sheets.csv").write_text(SHEETS)
        return ["--design", str(tmp_path / "design.csv"), "--sheets", str(tmp_path / "sheets.csv")]

    return write


def printed(capsys, *arguments):
    assert main(["response", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_indicator_and_the_comparison_are_of_the_columns_of_the_design(files, capsys):
    (indicator,) = printed(capsys, *files(), "--table", "indicator")
    variables = printed(capsys, *files(), "--table", "variables")
    categories = printed(capsys, *files(), "--table", "categories", "--variable", "post")

    assert 0 < indicator["unadjusted"] <= indicator["indicator"] <= 1
    assert [line["variable"] for line in variables] == ["unit", "post"]
    clerks, chiefs = categories
    assert (clerks["issued"], clerks["respondents"]) == (70, 45)
    assert chiefs["response"] == pytest.approx((100 * 6 / 20 + 90 * 9 / 15) / 190)


def test_items_are_as_often_as_supposed_among_those_who_did_not_answer(files, capsys):
    times = [word for factor in "012" for word in ("--times", factor)]
    thresholds = ["--threshold", "0.5", "--threshold", "0.9"]
    rows = printed(
        capsys, *files(), "--all-items", "--table", "items", "--by", "post", *times, *thresholds
    )

    assert [(row["domain"], row["item"]) for row in rows[:3]] == [
        ("clerk", "gift"),
        ("clerk", "fee"),
        ("clerk", "any"),
    ]
    gift = rows[0]
    assert gift["1 times"] == pytest.approx(1 / 3)
    # answered: 24 of 40 and 21 of 30, a third of them yes
    silent = (400 * 16 / 40 + 300 * 9 / 30) / 700
    assert gift["2 times"] == pytest.approx((1 + silent) / 3)
    assert gift["0 times"] == pytest.approx((1 - silent) / 3)
    assert gift["times to 0.5"] == pytest.approx(1 + 0.5 / silent)
    assert gift["times to 0.9"] is None
    assert rows[3]["all"] == pytest.approx(1 - (100 * 6 / 20 + 90 * 9 / 15) / 190)


def test_all_tables_are_printed_under_each_other(files, capsys):
    assert main(["response", *files(), "--all-items"]) == 0
    heads = [block.split()[0] for block in capsys.readouterr().out.split("\n\n")]

    assert heads == ["response", "variable", "variable", "domain"]


@pytest.mark.parametrize(
    ("arguments", "design", "sentence"),
    [
        (["--format", "csv"], DESIGN, "one file holds one table: choose --table indicator"),
        (["--all-items"], DESIGN.replace("issued", "asked"), "there is no column issued"),
        (["--table", "variables", "--variable", "age"], DESIGN, "no column 'age'"),
    ],
)
def test_what_cannot_be_told_is_refused_with_one_sentence(
    files, capsys, arguments, design, sentence
):
    assert main(["response", *files(design), *arguments]) == 2
    assert sentence in capsys.readouterr().err
