"""A roster: who is to be invited. Read, checked, written out with codes, never stored."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey_app.errors import RosterError
from survey_app.manifest import Stratum

REQUIRED = ("stratum", "person")


@dataclass(frozen=True)
class Roster:
    """The rows of a roster file, each a person of one stratum."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    @property
    def by_stratum(self) -> Counter[str]:
        """Count the persons of each stratum."""
        return Counter(row["stratum"] for row in self.rows)


def read(path: Path, strata: Sequence[Stratum]) -> Roster:
    """Read a CSV roster (UTF-8 with or without BOM, or GB18030) for a design's strata.

    Raises
    ------
    RosterError
        A column is missing, a person stands twice, a stratum is not in the design, or has more
        persons than its population; names file and line.
    """
    try:
        text = _decoded(path)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, cells) for cells in reader if any(cells)]
    except OSError:
        raise RosterError(file=path.name, line=0, reason="cannot be read") from None
    except csv.Error:
        raise RosterError(file=path.name, line=reader.line_num, reason="is not CSV") from None
    roster = _parsed(lines, path.name)
    for line, reason in _faults(lines, roster, strata):
        raise RosterError(file=path.name, line=line, reason=reason)
    return roster


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterError(file=path.name, line=1, reason="is neither UTF-8 nor GB18030 text")


def _parsed(lines: list[tuple[int, list[str]]], file: str) -> Roster:
    header = tuple(name.strip() for name in lines[0][1]) if lines else ()
    for name in REQUIRED:
        if name not in header:
            raise RosterError(file=file, line=1, reason=f"the column '{name}' is missing")
    if len(set(header)) < len(header) or {"code", "link"} & set(header):
        reason = "a column stands twice, or is called 'code' or 'link'"
        raise RosterError(file=file, line=1, reason=reason)
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            reason = f"has {len(cells)} cells where the header has {len(header)}"
            raise RosterError(file=file, line=line, reason=reason)
    rows = [{n: c.strip() for n, c in zip(header, cells, strict=True)} for _, cells in lines[1:]]
    return Roster(header, tuple(rows))


def _faults(
    lines: list[tuple[int, list[str]]], roster: Roster, strata: Sequence[Stratum]
) -> Iterator[tuple[int, str]]:
    populations = {stratum.id: stratum.population for stratum in strata}
    seen: set[str] = set()
    for (line, _), row in zip(lines[1:], roster.rows, strict=True):
        if row["stratum"] not in populations:
            yield line, f"the stratum '{row['stratum']}' is not in the design"
        if not row["person"]:
            yield line, "the person is empty"
        if row["person"] in seen:
            yield line, f"the person '{row['person']}' stands twice"
        seen.add(row["person"])
    if not roster.rows:
        yield 1, "names nobody"
    for stratum, persons in roster.by_stratum.items():
        if persons > populations[stratum]:
            most = populations[stratum]
            yield 1, f"names {persons} persons in the stratum '{stratum}' of {most} persons"
