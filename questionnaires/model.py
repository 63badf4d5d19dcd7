"""A questionnaire: a screening item, the items, at most one attention item; no free text."""

import hashlib
import json
import string
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

_FOLDER = Path(__file__).parent
_PLACEHOLDERS = {"unit", "post_category", "start", "end"}


class Code(IntEnum):
    """The answers there are; nothing is forced, so an item may also stay blank."""

    NO = 0
    YES = 1
    UNKNOWN = 8
    REFUSED = 9


CODES = tuple(int(code) for code in Code)
BLANK = 255
"""The byte of an item left blank."""
_BYTES = bytes([*CODES, BLANK])


class QuestionnaireError(ValueError):
    """A questionnaire file is not one; says which file, item and field, and why."""

    def __init__(self, file: str, item: str, field: str, reason: str) -> None:
        super().__init__(f"{file}, {item or 'the whole'}, field '{field}': {reason}")
        self.file, self.item, self.field, self.reason = file, item, field, reason


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _known_placeholders(text: str) -> str:
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        raise ValueError("a brace is not closed") from None
    if unknown := names - _PLACEHOLDERS:
        raise ValueError(f"unknown placeholder {{{min(unknown)}}}")
    return text


Sentence = Annotated[
    str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_known_placeholders)
]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Text(_Strict):
    """A sentence in both languages; may hold {unit}, {post_category}, {start} and {end}."""

    zh: Sentence
    en: Sentence


class QuestionnaireItem(_Strict):
    """One yes/no item, known for ever by its code.

    Attributes
    ----------
    label
        What tables call it, and a respondent's review: “met in holders of this post: LABEL”.
    text
        The question.
    """

    code: ItemCode
    label: Text
    text: Text


class Screening(QuestionnaireItem):
    """Whether the respondent had dealings with the post category at all."""


class Attention(QuestionnaireItem):
    """An item whose answer is dictated, to notice who does not read."""

    expect: Code


class Questionnaire(_Strict):
    """What is asked, in order: screening item, items, attention item."""

    title: Text
    introduction: Text
    screening: Screening
    items: Annotated[tuple[QuestionnaireItem, ...], Field(min_length=1, max_length=40)]
    attention: Attention | None = None

    @model_validator(mode="after")
    def _codes_are_unique(self) -> "Questionnaire":
        codes: set[str] = {"code", "stratum", "any"}  # columns and totals of our own
        for item in self.asked:
            if item.code in codes:
                raise ValueError(f"the code '{item.code}' is taken")
            codes.add(item.code)
        return self

    @property
    def asked(self) -> tuple[QuestionnaireItem, ...]:
        """All items in the order in which they are asked and encoded."""
        attention = () if self.attention is None else (self.attention,)
        return (self.screening, *self.items, *attention)

    @property
    def codes(self) -> tuple[str, ...]:
        """The items' codes in the order of the ballot's bytes."""
        return tuple(item.code for item in self.asked)

    def canonical(self) -> bytes:
        """Write the questionnaire as bytes that depend on nothing but what it says."""
        content = self.model_dump(mode="json")
        return json.dumps(
            content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()


def load(name: str, folder: Path | None = None) -> Questionnaire:
    """Read ``external``, ``internal`` or another file of the same form.

    Parameters
    ----------
    name
        The name of a questionnaire of this package, or a path to a YAML file.
    folder
        Where a relative path starts.

    Raises
    ------
    QuestionnaireError
        There is no such file, or it is not a questionnaire; names file, item and field.
    """
    own = _FOLDER / f"{name}.yaml"
    path = own if name.isidentifier() and own.exists() else (folder or Path()) / name
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise QuestionnaireError(name, "", "file", "cannot be read as UTF-8 text") from None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise QuestionnaireError(name, "", f"line {line}", "is not YAML") from None
    return parse(content, path.name)


def parse(content: Any, file: str) -> Questionnaire:  # noqa: ANN401 - whatever YAML gave
    """Check what was read from a file.

    Raises
    ------
    QuestionnaireError
        Names file, item and field of the first fault.
    """
    try:
        return Questionnaire.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise QuestionnaireError(
            file, *_place(content, first["loc"]), first["msg"].removeprefix("Value error, ")
        ) from None


def encode(questionnaire: Questionnaire, answers: Mapping[str, int | None]) -> bytes:
    """Write answers as one byte an item; an item that is missing or None stays blank.

    Raises
    ------
    ValueError
        An answer is none of the codes.
    """
    return bytes(_byte(code, answers.get(code)) for code in questionnaire.codes)


def decode(questionnaire: Questionnaire, sheet: bytes) -> dict[str, int | None]:
    """Read what `encode` wrote.

    Raises
    ------
    ValueError
        The length is another, or a byte is no code.
    """
    check(sheet, len(questionnaire.codes))
    pairs = zip(questionnaire.codes, sheet, strict=True)
    return {code: None if byte == BLANK else byte for code, byte in pairs}


def check(sheet: bytes, items: int) -> None:
    """Refuse bytes that are not a sheet of so many items.

    Raises
    ------
    ValueError
        The length is another, or a byte is no code.
    """
    if len(sheet) != items:
        raise ValueError("wrong length")
    if sheet.translate(None, _BYTES):
        raise ValueError("unknown answer code")


def _byte(item: str, answer: int | None) -> int:
    if answer is None:
        return BLANK
    if answer not in CODES:
        raise ValueError(f"{answer} is not an answer to '{item}': use 1, 0, 8 or 9")
    return answer


def _place(content: Any, loc: tuple[int | str, ...]) -> tuple[str, str]:  # noqa: ANN401
    """Turn a path into (item, field), with the item's code where it has one."""
    parts = [str(part) for part in loc]
    codes = list(_codes_on_the_way(content, loc))
    if codes:
        return codes[-1], parts[-1]
    if parts and parts[0] == "items" and len(parts) > 1:
        return f"item {int(parts[1]) + 1}", parts[-1]
    return (parts[0] if len(parts) > 1 else ""), parts[-1] if parts else "items"


def _codes_on_the_way(content: Any, loc: tuple[int | str, ...]) -> Iterator[str]:  # noqa: ANN401
    node = content
    for part in loc:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return
        if isinstance(node, dict) and isinstance(node.get("code"), str):
            yield node["code"]
