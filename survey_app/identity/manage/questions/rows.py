"""A questionnaire as rows of texts: what a form holds and what a spreadsheet holds.

Nothing in the rows need be right: the model in ``questionnaires`` says what is not, and each of
its faults is put to the row and the field that it is about.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from questionnaires import Code, Questionnaire, QuestionnaireItem, Text
from survey_app.errors import N_, InputError, SurveyError

FIELDS = ("role", "code", "zh", "en", "label_zh", "label_en", "expect")
Row = Mapping[str, str]


class Role(StrEnum):
    """What a row is in its questionnaire."""

    TITLE = "title"
    INTRODUCTION = "introduction"
    SCREENING = "screening"
    ITEM = "item"
    ATTENTION = "attention"


NEEDED = (Role.TITLE, Role.INTRODUCTION, Role.SCREENING)
ROLES_ASKED = (Role.SCREENING, Role.ITEM, Role.ATTENTION)
_IN_MODEL: dict[tuple[str, ...], str] = {
    **{("text", language): language for language in ("zh", "en")},
    **{("label", language): f"label_{language}" for language in ("zh", "en")},
}
_NOTHING = N_("This must not be empty.")
BAD_CODE = N_(
    "An identifier begins with a letter a–z and has only letters a–z, digits and _, at most 32."
)
_SENTENCES = {
    "string_too_short": _NOTHING,
    "missing": _NOTHING,
    "string_too_long": N_("This takes at most 2000 characters."),
    "string_pattern_mismatch": BAD_CODE,
    "too_long": N_("A questionnaire has at most 40 items."),
    "too_short": N_("A questionnaire has at least one item."),
}
_PLACEHOLDER = re.compile(r"unknown placeholder (\{.*\})")
_CODE_TAKEN = re.compile(r"the code '(.*)' is taken")
_CODE_IS_TAKEN = N_("The identifier “%(code)s” is taken: each item needs its own.")


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a field of a row; of the whole where there is no row."""

    row: int | None
    field: str
    error: SurveyError

    @property
    def place(self) -> str:
        """Name the field as a form does."""
        return self.field if self.row is None else f"{self.field}-{self.row}"


class FaultyRowsError(InputError):
    """Rows that are no questionnaire; each fault says where."""

    sentence = N_("Nothing was saved: %(number)s fields cannot be used. Each says why.")

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__(number=len(faults))
        self.faults = tuple(faults)


def rows_of(questionnaire: Questionnaire) -> list[Row]:
    """Write a questionnaire as rows."""
    attention = questionnaire.attention
    return [
        _row(Role.TITLE, questionnaire.title),
        _row(Role.INTRODUCTION, questionnaire.introduction),
        _item_row(Role.SCREENING, questionnaire.screening),
        *(_item_row(Role.ITEM, item) for item in questionnaire.items),
        *([_item_row(Role.ATTENTION, attention, attention.expect)] if attention else []),
    ]


def empty_row(role: Role) -> Row:
    """Give a row in which nothing is written yet."""
    return dict.fromkeys(FIELDS, "") | {"role": role}


def questionnaire_of(rows: Sequence[Row]) -> Questionnaire:
    """Read rows as a questionnaire, by the rules of the model.

    Raises
    ------
    FaultyRowsError
        They are none; names every row and field that cannot be used.
    """
    faults = [*_faults_of_roles(rows)]
    if faults:
        raise FaultyRowsError(faults)
    try:
        return Questionnaire.model_validate(_content(rows))
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise FaultyRowsError([f for detail in details for f in _faults(rows, detail)]) from None


def rearranged(rows: Sequence[Row], step: str) -> list[Row]:
    """Add, move or remove a row: ``add-2`` after the third, ``up-4``, ``down-4``, ``remove-4``.

    Items stay between the screening item and the attention item.

    Raises
    ------
    InputError
        There is no such step.
    """
    match = re.fullmatch(r"(add|up|down|remove|attention)-([0-9]{1,3})", step)
    if match is None or int(match[2]) >= len(rows):
        raise InputError
    action, at, new_rows = match[1], int(match[2]), list(rows)
    neighbour = at + {"up": -1, "down": 1}.get(action, 0)
    if action == "add":
        new_rows.insert(at + 1, empty_row(Role.ITEM))
    elif action == "attention":
        new_rows.append(empty_row(Role.ATTENTION))
    elif action == "remove" and rows[at]["role"] in (Role.ITEM, Role.ATTENTION):
        del new_rows[at]
    elif _are_items(rows, at, neighbour):
        new_rows[at], new_rows[neighbour] = new_rows[neighbour], new_rows[at]
    return new_rows


def _are_items(rows: Sequence[Row], *places: int) -> bool:
    return all(0 <= at < len(rows) and rows[at]["role"] == Role.ITEM for at in places)


def _row(role: Role, text: Text) -> dict[str, str]:
    return dict(empty_row(role)) | {"zh": text.zh, "en": text.en}


def _item_row(role: Role, item: QuestionnaireItem, expect: Code | None = None) -> Row:
    labels = {"label_zh": item.label.zh, "label_en": item.label.en}
    number = "" if expect is None else str(int(expect))
    return _row(role, item.text) | labels | {"code": item.code, "expect": number}


def _places(rows: Sequence[Row], role: str) -> list[int]:
    return [at for at, row in enumerate(rows) if row["role"] == role]


def _faults_of_roles(rows: Sequence[Row]) -> Iterator[RowFault]:
    for at, row in enumerate(rows):
        if row["role"] not in set(Role):
            sentence = N_("“%(text)s” is none of: title, introduction, screening, item, attention.")
            yield RowFault(at, "role", InputError(sentence, text=row["role"][:40]))
        elif row["role"] == Role.ATTENTION and row["expect"] not in {str(int(c)) for c in Code}:
            yield RowFault(at, "expect", InputError(N_("Choose the answer that is asked for.")))
    for role in (*NEEDED, Role.ATTENTION):
        places = _places(rows, role)
        if role in NEEDED and not places:
            yield RowFault(None, "role", InputError(N_("There is no row “%(role)s”."), role=role))
        for at in places[1:]:
            sentence = N_("There is a second row “%(role)s”.")
            yield RowFault(at, "role", InputError(sentence, role=role))


def _content(rows: Sequence[Row]) -> dict[str, Any]:
    first = {role: rows[_places(rows, role)[0]] for role in Role if _places(rows, role)}
    attention = first.get(Role.ATTENTION)
    return {
        "title": _text(first[Role.TITLE]),
        "introduction": _text(first[Role.INTRODUCTION]),
        "screening": _item(first[Role.SCREENING]),
        "items": [_item(rows[at]) for at in _places(rows, Role.ITEM)],
        "attention": attention and _item(attention) | {"expect": int(attention["expect"])},
    }


def _text(row: Row) -> dict[str, str]:
    return {"zh": row["zh"], "en": row["en"]}


def _item(row: Row) -> dict[str, Any]:
    label = {"zh": row["label_zh"], "en": row["label_en"]}
    return {"code": row["code"], "label": label, "text": _text(row)}


def _faults(rows: Sequence[Row], detail: ErrorDetails) -> Iterator[RowFault]:
    loc = detail["loc"]
    if not loc:
        match = _CODE_TAKEN.search(detail["msg"])
        code = match[1] if match else ""
        at = max(at for at, row in enumerate(rows) if row["code"].strip() == code)
        yield RowFault(at, "code", InputError(_CODE_IS_TAKEN, code=code))
    elif loc == ("items",):
        yield RowFault(None, "items", _sentence(detail))
    else:
        role, *rest = (loc[0], *loc[2:]) if loc[0] == "items" else loc
        at = (
            _places(rows, Role.ITEM)[int(loc[1])]
            if role == "items"
            else _places(rows, str(role))[0]
        )
        parts = tuple(str(part) for part in rest)
        yield RowFault(at, _IN_MODEL.get(parts, parts[-1]), _sentence(detail))


def _sentence(detail: ErrorDetails) -> SurveyError:
    match = _PLACEHOLDER.search(detail["msg"])
    if match:
        sentence = N_(
            "%(place)s is no placeholder: there are {unit}, {post_category}, {start} and {end}."
        )
        return InputError(sentence, place=match[1])
    if detail["type"] == "value_error":
        return InputError(N_("A brace is not closed: write {unit}, for instance."))
    return InputError(_SENTENCES.get(detail["type"], N_("This cannot be used.")))
