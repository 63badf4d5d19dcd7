"""The document of a release: what others may see of a campaign's results, as bytes that stay.

A release is JSON: the campaign, its number, the options, what became of every cell, the results as
they may be seen, and the version of the code that computed them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stats.disclosure import Fate
from survey_app.documents.results import CellKey, Denominator, Note, Options, Results
from survey_app.errors import N_, InputError

FORMAT: Final = 2
Format = Literal[1, 2]
"""In format 1, the first release's, a note on a sealed stratum had its ballots in ``other``."""
LATER: Final = {
    "rates": ("outer_low", "outer_high", "step", "below", "above", "hidden"),
    "unfiltered": ("outer_low", "outer_high", "step", "below", "above", "hidden"),
    "risks": ("above_at_most",),
}
"""Fields that results got after format 2; a release shows none of them, nor that they are empty."""


@dataclass(frozen=True)
class CellOutcome:
    """One cell's fate: by domain, item and denominator."""

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
    """A release, byte for byte what its digest is of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format
    campaign: str
    number: int
    version: str
    options: Options
    cells: tuple[CellOutcome, ...]
    exposed: tuple[str, ...]
    results: Results

    @property
    def hidden(self) -> list[CellOutcome]:
        """The cells that are not shown in full."""
        return [outcome for outcome in self.cells if outcome.fate != Fate.SHOWN]

    def to_json(self) -> bytes:
        """Write the document: the same release gives the same bytes."""
        content = self.model_dump(mode="json")
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
        return release if release.format == FORMAT else _from_format_1(release)
    except (ValidationError, ValueError):
        raise InputError(N_("This is not the document of a release.")) from None


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
