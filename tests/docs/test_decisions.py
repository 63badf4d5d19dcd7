"""Every decision has the one form, and the index lists it as it is."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "adr"
DECISIONS = sorted(FOLDER.glob("0*.md"))
FORM = re.compile(
    r"# (?P<number>\d+)\. (?P<title>[^\n]+)\n\n"
    r"Status: (?P<status>accepted|superseded by \d+)\n"
    r"Date: (?P<date>20\d\d-[01]\d-[0-3]\d)\n\n"
    r"## Decision\n\n.+\n\n## Why\n\n.+\n\n## Price\n\n.+\n\n## Instead of\n\n.+\n",
    flags=re.DOTALL,
)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_the_one_form(path):
    decision = FORM.fullmatch(path.read_text(encoding="utf-8"))

    assert decision
    assert path.name.startswith(f"{int(decision['number']):04d}-")


def test_the_index_lists_every_decision_with_its_status_and_date():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| \d+ \| .+$", index, flags=re.MULTILINE)

    assert rows == [_row(path) for path in DECISIONS]


def test_a_decision_that_takes_the_place_of_another_exists():
    numbers = {int(path.name[:4]) for path in DECISIONS}
    statuses = "".join(path.read_text(encoding="utf-8") for path in DECISIONS)

    successors = re.findall(r"^Status: superseded by (\d+)$", statuses, flags=re.MULTILINE)

    assert {int(successor) for successor in successors} <= numbers


def _row(path):
    decision = FORM.fullmatch(path.read_text(encoding="utf-8"))
    assert decision
    number, title, status, date = decision.group("number", "title", "status", "date")
    return f"| {number} | [{title}]({path.name}) | {status} | {date} |"
