"""The document of a release: what others may see of a campaign's results, as bytes that stay.

A release is JSON: the campaign, its number, who made and who signed it, the options, what became of
every cell, the results as they may be seen, and the version of the code that computed them. Its
detached signature (`survey_app.crypto.signatures`) is over these bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from survey_app.crypto import signatures
from survey_app.documents.design import Names
from survey_app.documents.results import CellKey, Denominator, Note, Options, Results
from survey_app.errors import N_, InputError

FORMAT: Final = 3
Format = Literal[1, 2, 3]
"""In format 1, the first release's, a note on a sealed stratum had its ballots in ``other``; before
format 3, a release named neither its maker nor its checker, cells were hidden one by one (``cells``
in the place of ``rows``), and what it shows may give small groups away."""
_OLD_RULES: Final = Names(
    zh="所依据的规则已不再适用，请勿使用", en="made by rules that no longer hold: do not use"
)
PEOPLE: Final = ("maker", "made_on", "checker", "signed_on")
"""Who made and signed it, and when: fields of format 3."""
LATER: Final = {
    "rates": ("outer_low", "outer_high", "step", "below", "above", "hidden"),
    "unfiltered": ("outer_low", "outer_high", "step", "below", "above", "hidden"),
    "risks": ("above_at_most",),
}
"""Fields that results got after format 2; a release shows none of them, nor that they are empty."""


class Fate(StrEnum):
    """What becomes of a domain; in format 2, of a cell."""

    SHOWN = "shown"
    ROUNDED = "rounded"
    """To more than the finest step."""
    MERGED = "merged"
    """Taken together with others before anything was estimated, and shown only with them."""
    SMALL = "small"
    """Not shown: it has too few respondents."""
    COMPLEMENTARY = "complementary"
    """Not shown, but for a bound by numbers of respondents: it would expose a small group."""
    BOUND = "bound"
    """In format 2: none or all said yes, and only a coarse bound is shown."""


@dataclass(frozen=True)
class RowOutcome:
    """What becomes of a domain: of all its rates alike.

    Attributes
    ----------
    step
        To which its rates are rounded; None where they are not shown.
    holds_small
        A small group lies in it: no rate of 0 is shown, and the rates among those with dealings
        follow from the rounded ones.
    into
        The domain with which it is shown.
    """

    domain: str
    fate: Fate
    step: float | None = None
    holds_small: bool = False
    into: str | None = None


@dataclass(frozen=True)
class CellOutcome:
    """One cell's fate in format 2: by domain, item and denominator."""

    domain: str
    item: str
    denominator: Denominator
    fate: Fate
    low: float
    high: float

    @property
    def key(self) -> CellKey:
        """Which cell it is."""
        return CellKey(self.domain, self.item, self.denominator)


class ReleaseDocument(BaseModel):
    """A release, byte for byte what its digest is of.

    ``checker`` and ``signed_on`` are empty while it waits for its signature; all four of `PEOPLE`
    are in the formats before 3.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format
    campaign: str
    number: int
    version: str
    maker: str | None = None
    made_on: date | None = None
    checker: str | None = None
    signed_on: date | None = None
    options: Options
    cells: tuple[CellOutcome, ...] = ()
    rows: tuple[RowOutcome, ...] = ()
    exposed: tuple[str, ...]
    results: Results

    @property
    def has_old_rules(self) -> bool:
        """Whether it was made by rules that no longer hold: small groups may be given away."""
        return self.format < FORMAT

    @property
    def flagged_results(self) -> Results:
        """The results under a title that says so if the rules no longer hold, for every reader."""
        title = self.results.title
        if not self.has_old_rules:
            return self.results
        flagged_title = Names(
            zh=f"{title.zh}（{_OLD_RULES.zh}）", en=f"{title.en} ({_OLD_RULES.en})"
        )
        return replace(self.results, title=flagged_title)

    @model_validator(mode="after")
    def _fits_its_format(self) -> "ReleaseDocument":
        has_maker = self.maker is not None and self.made_on is not None
        is_signed = self.checker is not None
        if has_maker == self.has_old_rules or is_signed != (self.signed_on is not None):
            raise ValueError("maker and checker do not fit the format")
        if is_signed and (self.has_old_rules or self.checker == self.maker):
            raise ValueError("no other person has signed")
        outcomes, no_outcomes = ("cells", "rows") if self.has_old_rules else ("rows", "cells")
        if outcomes not in self.model_fields_set or no_outcomes in self.model_fields_set:
            raise ValueError("the outcomes do not fit the format")
        return self

    def to_json(self) -> bytes:
        """Write the document: the same release gives the same bytes."""
        content = self.model_dump(mode="json")
        for name in (*PEOPLE, "rows") if self.has_old_rules else ("cells",):
            del content[name]
        for table, later in LATER.items():
            rows = content["results"][table]
            content["results"][table] = [_without_empty(row, later) for row in rows]
        if self.format == 1:
            notes = content["results"]["notes"]
            content["results"]["notes"] = [_note_in_format_1(note) for note in notes]
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def read(document: bytes) -> ReleaseDocument:
    """Read a document.

    Raises
    ------
    InputError
        It is not the document of a release.
    """
    try:
        release = ReleaseDocument.model_validate_json(document)
        return _from_format_1(release) if release.format == 1 else release
    except (ValidationError, ValueError):
        raise InputError(N_("This is not the document of a release.")) from None


def read_signed(document: bytes, signature: bytes, public_key: bytes) -> ReleaseDocument:
    """Read a release that its side has signed, and that names who checked it.

    Raises
    ------
    InputError
        The signature does not fit, or it is not the document of a signed release.
    """
    try:
        signatures.verify(public_key, signature, document)
    except signatures.SignatureError:
        raise InputError(
            N_("The signature does not fit: the release was altered, or another key signed it.")
        ) from None
    release = read(document)
    if release.checker is None:
        raise InputError(N_("This is not the document of a signed release."))
    return release


def _from_format_1(release: ReleaseDocument) -> ReleaseDocument:
    notes = tuple(
        Note("sealed", note.subject, ballots=int(note.other)) if note.what == "sealed" else note
        for note in release.results.notes
    )
    return release.model_copy(update={"results": replace(release.results, notes=notes)})


def _without_empty(row: dict[str, Any], later: Sequence[str]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if cell is not None or name not in later}


def _note_in_format_1(note: dict[str, Any]) -> dict[str, Any]:
    ballots = note.pop("ballots")
    return note if ballots is None else note | {"other": str(ballots)}
