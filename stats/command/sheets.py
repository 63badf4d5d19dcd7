"""``design.csv`` and ``sheets.csv``: the design, and its sheets in blocks of a few megabytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import compute

from stats.command.csv_files import FileError, blocks, find_line, header, read_strata
from stats.command.output import progress
from stats.counting import BLANK, CODES, Counts, count
from stats.design import Design, Lonely

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stats.arrays import Integers

_CELLS: Final = {"": BLANK, **{str(code): code for code in CODES if code != BLANK}}


@dataclass(frozen=True, eq=False)
class SheetBlock:
    """A block of n sheets as ``count`` takes them.

    Attributes
    ----------
    place : ndarray of int, shape (n,)
        Index of the stratum.
    answers : ndarray of int8, shape (n, I)
    domain : ndarray of int, shape (n,)
        Index into ``domains``; all 0 without a column to group by.
    domains : tuple of str
    """

    place: NDArray[np.intp]
    answers: NDArray[np.int8]
    domain: NDArray[np.intp]
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Files:
    """The two files of a command, their columns checked.

    Attributes
    ----------
    design, sheets : Path
    columns : dict of str to tuple of str
        Of the design, one value a stratum: ``stratum``, ``population`` and what there is besides.
    items : tuple of str
    by : str
        A column of the sheets that cuts through strata, empty if there is none.
    """

    design: Path
    sheets: Path
    columns: dict[str, tuple[str, ...]]
    items: tuple[str, ...]
    by: str

    @classmethod
    def of(cls, options: argparse.Namespace, *, by: str | None, items: Sequence[str]) -> Files:
        """Open the files of ``--design`` and ``--sheets``.

        Raises
        ------
        FileError
            One of them lacks a column, or is no such file.
        """
        rows = read_strata(options.design)
        names = tuple(next(iter(rows.values())).cells)
        columns = {name: tuple(row.cells[name] for row in rows.values()) for name in names}
        sheet_columns = header(options.sheets, ["stratum", *items])
        cuts = "" if by is None or by in columns else by
        if cuts and cuts not in sheet_columns:
            raise FileError(options.sheets, f"there is no column {cuts}.", 1, cuts)
        answered_items = tuple(items) or tuple(
            name for name in sheet_columns if name not in {"stratum", by}
        )
        if not answered_items:
            raise FileError(options.sheets, "there is no item.", 1)
        return cls(options.design, options.sheets, columns, answered_items, cuts)

    def design_of(self, respondents: Integers, lonely: Lonely) -> Design:
        """Make the design, given how many sheets each stratum has.

        Raises
        ------
        FileError
            A stratum's numbers cannot be; the line is named.
        """
        issued = self._issued()
        population = [float(cell) for cell in self.columns["population"]]
        for at, name in enumerate(self.columns["stratum"]):
            limit, column = population[at], "population"
            if issued is not None and issued[at] < limit:
                limit, column = issued[at], "issued"
            if respondents[at] > limit:
                raise self._fault(
                    name, column, f"{name} has {respondents[at]} sheets of {limit:g}."
                )
            if not respondents[at]:
                raise self._fault(
                    name, "stratum", f"{name} has no sheet in {self.sheets}: leave it out."
                )
        groups = {
            name: cells
            for name, cells in self.columns.items()
            if name not in {"stratum", "population", "issued"}
        }
        return Design(
            self.columns["stratum"], population, respondents, issued, groups=groups, lonely=lonely
        )

    def _issued(self) -> list[float] | None:
        if "issued" not in self.columns:
            return None
        return [row.number("issued") for row in read_strata(self.design, ["issued"]).values()]

    def _fault(self, stratum: str, column: str, reason: str) -> FileError:
        return FileError(self.design, reason, find_line(self.design, {"stratum": stratum}), column)

    def read(self) -> Iterator[SheetBlock]:
        """Yield the sheets block by block, showing progress on a terminal.

        Raises
        ------
        FileError
            A sheet's stratum is not in the design, or an answer is none of 1, 0, 8, 9 and empty.
        """
        rows = 0
        columns = dict.fromkeys(["stratum", *self.items, *([self.by] if self.by else [])])
        kind = pa.dictionary(pa.int32(), pa.string())
        for batch in blocks(self.sheets, list(columns), kind):
            yield self._sheets(batch)
            rows += batch.num_rows
            progress(f"{self.sheets}: {rows:,} sheets")
        progress("")
        if not rows:
            raise FileError(self.sheets, "there is a header and no row.", 1)

    def _sheets(self, batch: Any) -> SheetBlock:  # noqa: ANN401 - pyarrow types it no better
        place = self._coded(batch, "stratum", self._stratum)
        answers = np.empty((batch.num_rows, len(self.items)), np.int8, order="F")
        for at, item in enumerate(self.items):
            answers[:, at] = self._coded(batch, item, self._code)
        if not self.by:
            return SheetBlock(place, answers, np.zeros(len(place), np.intp), ("",))
        encoded = batch.column(self.by)
        return SheetBlock(place, answers, _indices(encoded), tuple(encoded.dictionary.to_pylist()))

    def _coded(
        self,
        batch: Any,  # noqa: ANN401 - pyarrow types it no better
        column: str,
        code: Callable[[str, str], int],
    ) -> NDArray[np.intp]:
        """Translate a dictionary-encoded column cell by distinct cell."""
        encoded = batch.column(column)
        codes = [code(column, cell) for cell in encoded.dictionary.to_pylist()]
        return np.array(codes, np.intp)[_indices(encoded)]

    def _stratum(self, column: str, name: str) -> int:
        names = self.columns["stratum"]
        if name not in names:
            raise self._sheet_fault(column, name, f"{name!r} is no stratum of {self.design}.")
        return names.index(name)

    def _code(self, column: str, cell: str) -> int:
        if cell not in _CELLS:
            raise self._sheet_fault(column, cell, f"{cell!r} is none of 1, 0, 8, 9 and empty.")
        return _CELLS[cell]

    def _sheet_fault(self, column: str, cell: str, reason: str) -> FileError:
        return FileError(self.sheets, reason, find_line(self.sheets, {column: cell}), column)


def _indices(encoded: Any) -> NDArray[np.intp]:  # noqa: ANN401
    return np.asarray(compute.cast(encoded.indices, pa.int64()).to_numpy(), np.intp)


def count_domains(files: Files) -> tuple[Integers, dict[str, Counts]]:
    """Count the sheets of each stratum, and all answers by domain, in the order of appearance.

    Returns
    -------
    respondents : ndarray of int, shape (H,)
    counts : dict of str to Counts
        By the column ``files.by``; one domain ``""`` without it.
    """
    strata = len(files.columns["stratum"])
    respondents = np.zeros(strata, np.int64)
    counts: dict[str, Counts] = {}
    for sheets in files.read():
        respondents += np.bincount(sheets.place, minlength=strata)
        for at, name in enumerate(sheets.domains):
            if files.by and not name:
                continue  # without a value a sheet is in no domain, as R leaves NA out
            within = sheets.domain == at if files.by else None
            block = count(sheets.place, sheets.answers, files.items, strata, within=within)
            counts[name] = counts[name] + block if name in counts else block
    return respondents, counts


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the options that every verb over sheets has."""
    parser.add_argument("--design", type=Path, required=True, help="stratum,population[,…]")
    parser.add_argument(
        "--sheets", type=Path, required=True, help="stratum,item[,…]; a row a sheet"
    )
    parser.add_argument("--level", type=float, default=0.95, help="of confidence")
    parser.add_argument(
        "--no-fpc", dest="fpc", action="store_false", help="without the finite population"
    )
    parser.add_argument(
        "--lonely",
        choices=[str(option) for option in Lonely],
        default="fail",
        help="strata with one respondent",
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
