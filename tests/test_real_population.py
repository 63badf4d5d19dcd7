"""The whole chain on a real population gives the rates that R's survey package gives.

The population is dataset ``apipop`` of R's ``survey`` package: the 6,194 Californian schools of
the 1999/2000 Academic Performance Index, here in three strata. The sample is its ``apistrat``: 200
schools with two real yes/no attributes, ``awards`` and ``comp.imp``, which play two items.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.installation import Installation, read_csv, stratum, write_csv

POPULATION = {"elementary": 4421, "middle": 1018, "high": 755}
SAMPLE = {"elementary": 100, "middle": 50, "high": 50}
STRATA = [
    stratum(name, unit=name, post_category="Schools", population=POPULATION[name], sample=number)
    for name, number in SAMPLE.items()
]

# R 4.2.2, survey 4.5: svymean over svydesign(id = ~1, strata = ~stype, fpc = ~fpc, data = apistrat)
RATES = {
    "awards": (0.638936067161769, 0.0344059182016134),
    "comp_imp": (0.655649015175977, 0.0337254959849783),
}

# How many of the 200 schools of apistrat there are of each stratum, awards and comp.imp.
SCHOOLS = {
    ("elementary", "0", "0"): 25,
    ("elementary", "0", "1"): 2,
    ("elementary", "1", "1"): 73,
    ("middle", "0", "0"): 26,
    ("middle", "1", "1"): 24,
    ("high", "0", "0"): 33,
    ("high", "0", "1"): 1,
    ("high", "1", "1"): 16,
}

DATA = Path(__file__).parents[2] / "shared" / "data"

Row = dict[str, str]


def item(code: str) -> dict[str, object]:
    text = {"zh": code, "en": code}
    return {"code": code, "label": text, "text": text}


def write_questionnaire(folder: Path) -> str:
    """Write a questionnaire of two items, as another bureau might."""
    content = {
        "title": {"zh": "学校", "en": "Schools"},
        "introduction": {"zh": "{start} 至 {end}", "en": "From {start} to {end}"},
        "screening": item("in_index"),
        "items": [item("awards"), item("comp_imp")],
    }
    (folder / "two-items.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return "two-items.yaml"


def is_overall(line: Row) -> bool:
    return line["scope"] == "post_category" and line["denominator"] == "valid"


def rates_through_the_whole_chain(
    installation: Installation, answers: Sequence[Row], roster: Path | None
) -> dict[str, tuple[float, float]]:
    """Play the sampled schools' answers over HTTP and estimate from what comes out of the box."""
    codes = installation.campaign(
        "schools",
        STRATA,
        questionnaires={"business": write_questionnaire(installation.folder)},
        roster=roster,
    )
    installation.start()
    rows = [
        {"code": codes[row["stratum"]].pop(), "in_index": "1", **row, "person": ""}
        for row in answers
    ]
    if roster:
        by_person = {row["person"]: row["code"] for row in installation.invitations("schools")}
        rows = [
            {**row, "code": by_person[answer["person"]]}
            for row, answer in zip(rows, answers, strict=True)
        ]
    source = write_csv(installation.folder / "rows.csv", rows)
    files = ("--input", source, "--output", installation.folder / "receipts.csv")
    installation.cli("respond", "--base", installation.base, *files, "--concurrency", "4")
    installation.close_and_open("schools")
    lines = [line for line in installation.rates("schools") if is_overall(line)]
    return {line["item"]: (float(line["rate"]), float(line["se"])) for line in lines}


def check(rates: dict[str, tuple[float, float]]) -> None:
    for code, (rate, std_error) in RATES.items():
        assert rates[code][0] == pytest.approx(rate, abs=1e-9)
        assert rates[code][1] == pytest.approx(std_error, abs=1e-9)


def test_the_schools_counts_give_the_rates_of_r(installation):
    answers = [
        {"stratum": name, "awards": awards, "comp_imp": improved}
        for (name, awards, improved), number in SCHOOLS.items()
        for _ in range(number)
    ]

    check(rates_through_the_whole_chain(installation, answers, None))


@pytest.mark.skipif(not DATA.is_dir(), reason="the schools' files are not beside this checkout")
def test_the_invited_schools_own_answers_give_the_rates_of_r(installation):
    answers = read_csv(DATA / "sample_answers.csv")
    sampled = {row["person"] for row in answers}
    invited = [row for row in read_csv(DATA / "roster.csv") if row["person"] in sampled]
    roster = write_csv(installation.folder / "roster.csv", invited)

    check(rates_through_the_whole_chain(installation, answers, roster))


@pytest.mark.skipif(not DATA.is_dir(), reason="the schools' files are not beside this checkout")
def test_the_counts_are_those_of_the_schools_files():
    answers = read_csv(DATA / "sample_answers.csv")
    roster = read_csv(DATA / "roster.csv")

    kinds = [(row["stratum"], row["awards"], row["comp_imp"]) for row in answers]
    assert {kind: kinds.count(kind) for kind in kinds} == SCHOOLS
    strata = [row["stratum"] for row in roster]
    assert {name: strata.count(name) for name in strata} == POPULATION
