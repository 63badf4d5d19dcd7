"""The main job from end to end: 600 respondents, a server killed in the middle, the rates."""

import random
import time
from collections import Counter
from math import sqrt
from statistics import variance
from typing import Any

import pytest
import urllib3

from questionnaires import Questionnaire, load
from survey_app.crypto.receipts import merkle_root
from tests.installation import PATIENCE, Installation, read_csv, stratum, write_csv

QUESTIONNAIRES = {"business": load("external"), "non-business": load("internal")}
STRATA = [
    stratum("inspect-n", unit="North", post_category="Inspection", population=900, sample=150),
    stratum("inspect-s", unit="South", post_category="Inspection", population=300, sample=100),
    stratum("buying-n", unit="North", post_category="Buying", population=240, sample=80),
    stratum("buying-s", unit="South", post_category="Buying", population=90, sample=70),
    stratum(
        "posts-n",
        "non-business",
        unit="North",
        post_category="Personnel",
        population=120,
        sample=120,
    ),
    stratum(
        "posts-s",
        "non-business",
        unit="South",
        post_category="Personnel",
        population=400,
        sample=80,
    ),
]
RESPONDENTS = sum(stratum_row["sample"] for stratum_row in STRATA)
CHANCES = {"0": 78, "1": 12, "8": 4, "9": 3, "": 3}

Row = dict[str, str]


def questionnaire(of: Any) -> Questionnaire:
    return QUESTIONNAIRES[of["kind"]]


def invented_answers(rng: random.Random, form: Questionnaire) -> Row:
    return {code: rng.choices(list(CHANCES), list(CHANCES.values()))[0] for code in form.codes}


def rows_for(codes: dict[str, list[str]]) -> dict[str, list[Row]]:
    """One row for each code; the last of each stratum sends its sheet in all blank."""
    rng = random.Random(600)
    rows = {}
    for member in STRATA:
        form = questionnaire(member)
        answer_rows = [invented_answers(rng, form) for _ in codes[member["id"]][1:]]
        sheets = [*answer_rows, dict.fromkeys(form.codes, "")]
        rows[member["id"]] = [
            {"code": code, **sheet} for code, sheet in zip(codes[member["id"]], sheets, strict=True)
        ]
    return rows


def had_dealings(row: Row, form: Questionnaire) -> bool:
    """Had dealings: the screening item does not deny it, or some item says yes."""
    return row[form.screening.code] != "0" or any(row[i.code] == "1" for i in form.items)


def valid(row: Row, form: Questionnaire) -> bool:
    """By the default rules: the screening item, and 80 % of the items that apply."""
    number = sum(row[item.code] != "" for item in form.items)
    enough = not had_dealings(row, form) or number >= 0.8 * len(form.items)
    return row[form.screening.code] != "" and enough


def cases(rows: list[Row], form: Questionnaire, item: str) -> list[tuple[int, int]]:
    """For each valid sheet: is it counted (1 or 0), and is it a yes (1 or 0).

    An item counts where it was answered with yes or no, and without dealings as no; any contact
    counts on every valid sheet.
    """
    items = [question.code for question in form.items]
    pairs = []
    for row in (row for row in rows if valid(row, form)):
        answers = {row[code] for code in (items if item == "any" else [item])}
        yes = "1" in answers
        decided = item == "any" or yes or answers == {"0"} or not had_dealings(row, form)
        pairs.append((int(decided), int(yes)))
    return pairs


def directly(strata: list[tuple[int, list[tuple[int, int]]]]) -> tuple[float, float]:
    """Combined ratio of yes to determined, and its standard error.

    W. G. Cochran, Sampling Techniques, 3rd ed., Wiley, 1977: the combined ratio of section 6.11,
    with the sample's own variances; it is the stratified proportion of chapter 5 where every sheet
    is determined.
    """
    total = sum(
        population / len(sheets) * sum(d for d, _ in sheets) for population, sheets in strata
    )
    yes = sum(population / len(sheets) * sum(y for _, y in sheets) for population, sheets in strata)
    rate = yes / total
    squares = sum(
        population * (population - len(sheets)) / len(sheets)
        * variance(y - rate * d for d, y in sheets)
        for population, sheets in strata
    )  # fmt: skip
    return rate, sqrt(squares) / total


def expected_rates(rows: dict[str, list[Row]]) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Every rate that is to be found: by post category (no unit) and by stratum."""
    expected = {}
    for category in dict.fromkeys(stratum_row["post_category"] for stratum_row in STRATA):
        members = [
            stratum_row for stratum_row in STRATA if stratum_row["post_category"] == category
        ]
        form = questionnaire(members[0])
        for item in [*(question.code for question in form.items), "any"]:
            by_unit = {
                stratum_row["unit"]: (
                    stratum_row["population"],
                    cases(rows[stratum_row["id"]], form, item),
                )
                for stratum_row in members
            }
            expected[category, "", item] = directly(list(by_unit.values()))
            for unit, alone in by_unit.items():
                expected[category, unit, item] = directly([alone])
    return expected


def get_json(installation: Installation, path: str) -> Any:
    response = urllib3.request("GET", installation.base + path)
    assert response.status == 200, response.data
    return response.json()


def answer_while_the_server_is_killed(installation: Installation, arguments: list[str]) -> int:
    """Play all rows; kill the server in the middle; returns how many had a receipt by then."""
    receipts = installation.folder / "receipts.csv"
    part = receipts.with_name("receipts.csv.part")
    client = installation.spawn("respond", *arguments, "--output", receipts)
    end = time.monotonic() + PATIENCE
    while not part.exists() or len(read_csv(part)) < RESPONDENTS // 3:
        assert client.poll() is None, client.communicate(0)
        assert time.monotonic() < end, f"too slow{installation.server_log()}"
        time.sleep(0.02)
    installation.kill()
    number = len(read_csv(part))
    installation.start()
    output, errors = client.communicate(timeout=120)
    assert client.wait(0) == 0, f"{output}\n{errors}{installation.server_log()}"
    return number


def test_every_acknowledged_ballot_counts_exactly_once_and_the_rates_are_right(installation):
    codes = installation.campaign("autumn", STRATA)
    installation.start()
    rows = rows_for(codes)
    everybody = [row for strata_row in rows.values() for row in strata_row]
    random.Random(1).shuffle(everybody)
    source = write_csv(installation.folder / "rows.csv", everybody)
    arguments = ["--base", installation.base, "--input", str(source), "--concurrency", "4"]

    acknowledged = answer_while_the_server_is_killed(installation, arguments)
    installation.close_and_open("autumn")

    assert RESPONDENTS // 3 <= acknowledged < RESPONDENTS
    outcomes = read_csv(installation.folder / "receipts.csv")
    assert [row["code"] for row in outcomes] == [row["code"] for row in everybody]
    receipts = sorted(row["receipt"] for row in outcomes)
    assert len(set(receipts)) == RESPONDENTS == 600
    published = get_json(installation, "/respond/autumn/receipts.json")
    assert published["receipts"] == receipts
    assert published["root"] == merkle_root([bytes.fromhex(receipt) for receipt in receipts]).hex()
    sampled = {stratum_row["id"]: stratum_row["sample"] for stratum_row in STRATA}
    assert {
        turnout_row["stratum"]: turnout_row["ballots"] for turnout_row in published["strata"]
    } == sampled
    issued = get_json(installation, "/issue/autumn/counts.json")["strata"]
    assert {count_row["stratum"]: count_row["credentials"] for count_row in issued} == sampled
    assert {count_row["stratum"]: count_row["invited"] for count_row in issued} == sampled
    check_rates(installation.rates("autumn"), rows)


def place(line: Row) -> tuple[str, str, str]:
    if line["scope"] == "post_category":
        return line["domain_en"], "", line["item"]
    return line["category_en"], line["domain_en"], line["item"]


def check_rates(lines: list[Row], rows: dict[str, list[Row]]) -> None:
    expected = expected_rates(rows)
    among = [line for line in lines if line["denominator"] == "valid"]
    rates = {place(o): o for o in among if o["scope"] in {"post_category", "stratum"}}

    assert rates.keys() == expected.keys()
    for where, (rate, std_error) in expected.items():
        assert float(rates[where]["rate"]) == pytest.approx(rate, abs=1e-12), where
        assert float(rates[where]["se"]) == pytest.approx(std_error, abs=1e-12), where
    ballots = Counter(member["post_category"] for member in STRATA for _ in range(member["sample"]))
    good = Counter(
        member["post_category"]
        for member in STRATA
        for row in rows[member["id"]]
        if valid(row, questionnaire(member))
    )
    for (category, unit, _), line in rates.items():
        if not unit:
            assert int(line["issued"]) == int(line["ballots"]) == ballots[category]
            assert int(line["valid"]) == good[category]
