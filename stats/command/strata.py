"""The strata of a design's file, joined to a neighbour or left out as asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stats.command.csv_files import Row, find_line, read_strata
from stats.command.forms import FileError
from stats.command.output import note

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def add_strata(parser: argparse.ArgumentParser) -> None:
    """Add the options for strata that cannot stand alone."""
    parser.add_argument(
        "--collapse",
        action="append",
        default=[],
        metavar="D=C",
        help="count stratum D with its neighbour C, before anything is estimated",
    )
    parser.add_argument(
        "--leave-out",
        action="append",
        default=[],
        metavar="D",
        help="describe the others only: D has no sheets, and its persons are not represented",
    )


@dataclass(frozen=True)
class Strata:
    """The strata that remain of a design's file.

    Attributes
    ----------
    path : Path
    columns : dict of str to tuple of str
        One value for each stratum that remains; populations and issued samples are those of all
        that were joined.
    places : dict of str to int
        Index of every stratum of the file that is not left out.
    left_out : dict of str to int
        Persons of each stratum that is left out.
    """

    path: Path
    columns: dict[str, tuple[str, ...]]
    places: dict[str, int]
    left_out: dict[str, int]

    @classmethod
    def of(cls, options: argparse.Namespace) -> Strata:
        """Read ``--design``, join ``--collapse`` and leave ``--leave-out`` out.

        Raises
        ------
        FileError
            The design cannot be read, or lacks one of these strata.
        ValueError
            A stratum is joined to one that does not remain.
        """
        rows = read_strata(options.design)
        into = dict(_pair(text, rows, options.design) for text in options.collapse)
        for name in options.leave_out:
            if name not in rows:
                raise FileError(options.design, f"there is no stratum {name} to leave out.")
        for name, neighbour in into.items():
            if neighbour in into or {name, neighbour} & set(options.leave_out):
                raise ValueError(
                    f"--collapse {name}={neighbour}: {name} and {neighbour} cannot be joined to "
                    "yet another stratum, or left out, as well."
                )
        remaining = [name for name in rows if name not in into and name not in options.leave_out]
        if not remaining:
            raise FileError(options.design, "no stratum is left.")
        places = {name: place for place, name in enumerate(remaining)}
        places |= {name: places[neighbour] for name, neighbour in into.items()}
        left_out = {name: int(rows[name].number("population")) for name in options.leave_out}
        return cls(options.design, _joined(rows, remaining, places), places, left_out)

    @property
    def names(self) -> tuple[str, ...]:
        """The strata that remain, in the order of the file."""
        return self.columns["stratum"]

    @property
    def population(self) -> dict[str, float]:
        """Persons of each stratum that remains."""
        return dict(zip(self.names, map(float, self.columns["population"]), strict=True))

    def fault(self, stratum: str, column: str, reason: str) -> FileError:
        """Make the refusal of one stratum."""
        return FileError(self.path, reason, find_line(self.path, {"stratum": stratum}), column)

    def absence(self, name: str) -> str:
        """Say why sheets cannot be of a stratum."""
        if not name:
            return "stratum is empty."
        if name in self.left_out:
            return f"{name} is left out by --leave-out, but has sheets."
        return f"{name!r} is no stratum of {self.path}."

    def refuse_empty(self, sheets: Sequence[int], path: Path) -> None:
        """Refuse the first stratum without sheets, naming what can be done.

        Raises
        ------
        FileError
            The neighbour it names has sheets, most labels in common, and stands nearest.
        """
        if all(sheets):
            return
        empty = next(at for at, number in enumerate(sheets) if not number)
        name, persons = self.names[empty], self.columns["population"][empty]
        neighbour = self._neighbour(empty, [at for at, number in enumerate(sheets) if number])
        join = f"join it to a neighbour (--collapse {name}={neighbour}), or " if neighbour else ""
        raise self.fault(
            name,
            "stratum",
            f"{name} has no sheet in {path}: {join}leave its {persons} persons out "
            f"(--leave-out {name}).",
        )

    def _neighbour(self, empty: int, candidates: Sequence[int]) -> str:
        groups = [
            cells
            for name, cells in self.columns.items()
            if name not in {"stratum", "population", "issued"}
        ]

        def distance(at: int) -> tuple[int, int]:
            return -sum(cells[at] == cells[empty] for cells in groups), abs(at - empty)

        return self.names[min(candidates, key=distance)] if candidates else ""

    def say_left_out(self) -> None:
        """Say who is not represented by the results."""
        if self.left_out:
            persons = sum(self.left_out.values())
            names = ", ".join(self.left_out)
            note(f"{self.path}: {persons} persons are not represented, those of {names}.")


def persons_left_out(options: argparse.Namespace) -> int:
    """Return how many persons of the design the results do not represent."""
    return sum(Strata.of(options).left_out.values())


def _pair(text: str, rows: Mapping[str, Row], path: Path) -> tuple[str, str]:
    """Split D=C where both are strata: their names may have a = of their own."""
    parts = text.split("=")
    for at in range(1, len(parts)):
        name, neighbour = "=".join(parts[:at]), "=".join(parts[at:])
        if name in rows and neighbour in rows and name != neighbour:
            return name, neighbour
    raise FileError(path, f"--collapse {text} does not name two of its strata as D=C.")


def _joined(
    rows: Mapping[str, Row], remaining: Iterable[str], places: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """Return the columns of the strata that remain, numbers added up."""
    first = next(iter(rows.values()))
    columns = {
        column: tuple(rows[name].cells[column] for name in remaining) for column in first.cells
    }
    for column in {"population", "issued"} & set(columns):
        sums = [0] * len(columns["stratum"])
        for name, place in places.items():
            sums[place] += _whole(rows[name], column)
        columns[column] = tuple(map(str, sums))
    return columns


def _whole(row: Row, column: str) -> int:
    number = row.number(column)
    if not number.is_integer():
        raise row.fault(column, f"{row.cells[column]} is not a whole number.")
    return int(number)
