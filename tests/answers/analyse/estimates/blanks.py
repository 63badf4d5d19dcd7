"""What a rule of validity makes of blanks, sheet by sheet, as `judge` sees it: `blanks.json`.

The page on which a respondent reads the answers again says what blanks do to the sheet; these cases
hold its script and the rules to one meaning. After a change of the rules
``python -m tests.answers.analyse.estimates.blanks`` writes them again.

The file has the rules by their names, as manifests carry them, and groups of sheets under one rule
and of one shape: a screening item, so many ``items``, and an ``attention`` item or none. A sheet is
written as one character a question in the order of asking, ``-`` for a blank, and stands under
what the rule makes of it (flags aside):

valid
    Nothing need be said.
mended
    Invalid for its blanks alone, and valid if each of them were a “rather not say” (9).
blanks
    Invalid for its blanks alone: answers would make it valid, but 9 is none to this rule.
invalid
    Invalid whatever stood in the place of its blanks.
"""

import json
from collections.abc import Iterator
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import numpy as np

from questionnaires import BLANK, Code, Questionnaire, QuestionnaireItem, Text
from questionnaires.model import Attention, Screening
from survey_app.answers.analyse.estimates.validity import Mask, Sheets, judge
from survey_app.documents.design import Rule
from survey_app.documents.validity import presets

FILE = Path(__file__).with_name("blanks.json")
SHAPES = ((6, True), (4, True), (5, False), (1, False))
ANSWERS = ((Code.NO,), (Code.YES, Code.NO), (Code.REFUSED, Code.UNKNOWN, Code.NO))
"""What the items that are not blank say, over and over."""
VERDICTS = ("valid", "mended", "blanks", "invalid")


def rules() -> dict[str, Rule]:
    """Presets that differ in what they make of blanks, and rules that a campaign could have."""
    standard, lenient = (
        Rule.model_validate(presets()[name].model_dump(exclude={"name"}))
        for name in ("standard-1", "lenient-1")
    )
    variants = (
        {"preset": "yes and no", "answered": (Code.NO, Code.YES)},
        {"preset": "half", "share": 0.5, "screening": False},
        {"preset": "all", "share": 1.0},
    )
    all_rules = (standard, lenient, *(standard.model_copy(update=changes) for changes in variants))
    return {rule.preset: rule for rule in all_rules}


def content() -> dict[str, Any]:
    """Everything that `blanks.json` holds."""
    return {
        "rules": {name: rule.model_dump(mode="json") for name, rule in rules().items()},
        "groups": [
            {"rule": name, "items": items, "attention": attention}
            | by_verdict(rule, items, attention=attention)
            for (name, rule), (items, attention) in product(rules().items(), SHAPES)
        ],
    }


def by_verdict(rule: Rule, items: int, *, attention: bool) -> dict[str, list[str]]:
    """Sort the sheets of one shape by what a rule makes of them."""
    rows = list(dict.fromkeys(sheets(items, attention=attention)))
    questions = questionnaire(items, attention=attention)
    table = np.array(rows, np.uint8)

    def is_valid(with_blanks_as: int) -> Mask:
        without_blanks: Sheets = np.where(table == BLANK, np.uint8(with_blanks_as), table)
        return judge(rule, questions, without_blanks).not_invalid

    verdicts = np.select(
        [is_valid(BLANK), is_valid(Code.REFUSED), is_valid(Code.NO)], VERDICTS[:3], VERDICTS[3]
    )
    return {
        verdict: [written(row) for row, its in zip(rows, verdicts, strict=True) if its == verdict]
        for verdict in VERDICTS
    }


def sheets(items: int, *, attention: bool) -> Iterator[tuple[int, ...]]:
    """Sheets with every number of blanks among the items."""
    screenings = (Code.YES, Code.NO, Code.REFUSED, BLANK)
    last = ((Code.REFUSED,), (BLANK,)) if attention else ((),)
    for screening, repeated, check in product(screenings, ANSWERS, last):
        for number in range(items + 1):
            answers = islice(cycle(repeated), number)
            yield (screening, *answers, *(BLANK,) * (items - number), *check)


def written(sheet: tuple[int, ...]) -> str:
    return "".join("-" if answer == BLANK else str(int(answer)) for answer in sheet)


def questionnaire(items: int, *, attention: bool) -> Questionnaire:
    words = Text(zh="文字", en="words")
    check = Attention(code="attention", label=words, text=words, expect=Code.REFUSED)
    return Questionnaire(
        title=words,
        introduction=words,
        screening=Screening(code="dealings", label=words, text=words),
        items=tuple(
            QuestionnaireItem(code=f"item_{number}", label=words, text=words)
            for number in range(items)
        ),
        attention=check if attention else None,
    )


if __name__ == "__main__":
    FILE.write_text(json.dumps(content(), indent=1) + "\n", encoding="utf-8")
