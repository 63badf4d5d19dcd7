"""``design.csv`` and ``sheets.csv``: the design, and its sheets in blocks of a few megabytes."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import compute

from stats.cells import Cells
from stats.clusters import ClusterCounts, count_clusters
from stats.command.csv_files import Row, blocks, find_line, header, refuse_repeats
from stats.command.forms import FileError
from stats.command.output import progress
from stats.command.strata import Strata, add_strata
from stats.counting import BLANK, CODES, REFUSED, UNKNOWN, Counts, count
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
    weight : ndarray of float, shape (n,), or None
        Of each sheet, where the files have weights.
    cluster : ndarray of str, shape (n,)
        Label of each sheet's cluster; empty where the files have no clusters.
    """

    place: NDArray[np.intp]
    answers: NDArray[np.int8]
    domain: NDArray[np.intp]
    domains: tuple[str, ...]
    weight: NDArray[np.float64] | None
    cluster: NDArray[np.str_]


@dataclass(frozen=True)
class Files:
    """The two files of a command, their columns checked.

    Attributes
    ----------
    strata : Strata
        Of the design.
    sheets : Path
    items : tuple of str
    by : str
        A column of the sheets that cuts through strata, empty if there is none.
    weight : str
        A column of the sheets with their weights, empty if there is none.
    cluster : str
        A column of the sheets with the label of their cluster, empty if there is none.
    codes : dict of str to int
        What each cell of an item says.
    """

    strata: Strata
    sheets: Path
    items: tuple[str, ...]
    by: str
    weight: str
    cluster: str
    codes: dict[str, int]

    @classmethod
    def of(
        cls,
        options: argparse.Namespace,
        *,
        by: str | None,
        items: Sequence[str],
        has_items: bool = True,
        has_codes: bool = True,
    ) -> Files:
        """Open the files of ``--design`` and ``--sheets``; without items only sheets are counted.

        Without codes ``--missing`` is left to the caller: numbers may be 8 or 9.

        Raises
        ------
        FileError
            One of them lacks a column, or is no such file; no item is named; two sheets have the
            same ``--id``.
        ValueError
            ``--missing`` names a code that has its own meaning.
        """
        strata = Strata.of(options)
        weight = getattr(options, "weight", None) or ""
        cluster = getattr(options, "cluster", None) or ""
        cuts = "" if by is None or by in strata.columns else by
        columns = [name for name in (cuts, weight, cluster, options.id) if name]
        sheet_columns = header(options.sheets, ["stratum", *items, *columns])
        reserved = {"stratum", by, weight, cluster, options.id}
        candidates = tuple(name for name in sheet_columns if name not in reserved)
        if not has_items:
            candidates = ()
        elif not items and not getattr(options, "all_items", False):
            # A weight of 1 and a sex of 0 or 1 look like answers.
            reason = "name each item (--item), or all columns as items (--all-items): "
            raise FileError(options.sheets, f"{reason}{', '.join(candidates)}.", 1)
        elif not candidates:
            raise FileError(options.sheets, "there is no item.", 1)
        if options.id:
            refuse_repeats(options.sheets, options.id)
        strata.say_left_out()
        codes = codes_of(options.missing if has_codes else None)
        item_names = tuple(items) or candidates
        return cls(strata, options.sheets, item_names, cuts, weight, cluster, codes)

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The design's columns, one value a stratum: ``stratum``, ``population``, and others."""
        return self.strata.columns

    def design_of(self, respondents: Integers, lonely: Lonely) -> Design:
        """Make the design, given how many sheets each stratum has.

        Raises
        ------
        FileError
            A stratum's numbers cannot be; the line is named.
        """
        self.strata.refuse_empty(respondents.tolist(), self.sheets)
        issued = self._issued()
        population = [float(cell) for cell in self.columns["population"]]
        for at, name in enumerate(self.columns["stratum"]):
            limit, column = population[at], "population"
            if issued is not None and issued[at] < limit:
                limit, column = issued[at], "issued"
            if respondents[at] > limit:
                reason = f"{name} has {respondents[at]} sheets of {limit:g}."
                raise self.strata.fault(name, column, reason)
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
        return [float(cell) for cell in self.columns["issued"]]

    def read(self) -> Iterator[SheetBlock]:
        """Yield the sheets block by block, showing progress on a terminal.

        Raises
        ------
        FileError
            A sheet's stratum is not in the design, an answer is none of the codes, or a weight is
            no number above 0.
        """
        rows = 0
        further = filter(None, [self.by, self.weight, self.cluster])
        columns = dict.fromkeys(["stratum", *self.items, *further])
        kind = pa.dictionary(pa.int32(), pa.string())
        for batch in blocks(self.sheets, list(columns), kind):
            yield self._sheets(batch)
            rows += batch.num_rows
            progress(f"{self.sheets}: {rows:,} sheets")
        progress("")
        if not rows:
            raise FileError(self.sheets, "there is a header and no row.", 1)

    def _sheets(self, batch: Any) -> SheetBlock:  # noqa: ANN401 - pyarrow types it no better
        place = self.places(batch)
        weight = None
        if self.weight:
            cells = batch.column(self.weight)
            numbers = [self._weight(cell) for cell in cells.dictionary.to_pylist()]
            weight = np.array(numbers, np.float64)[_indices(cells)]
        answers = np.empty((batch.num_rows, len(self.items)), np.int8, order="F")
        for at, item in enumerate(self.items):
            answers[:, at] = self.coded(batch, item, self._code)
        domains, domain = ("",), np.zeros(len(place), np.intp)
        if self.by:
            encoded = batch.column(self.by)
            domains, domain = tuple(encoded.dictionary.to_pylist()), _indices(encoded)
        return SheetBlock(place, answers, domain, domains, weight, self._clusters(batch))

    def _clusters(self, batch: Any) -> NDArray[np.str_]:  # noqa: ANN401
        if not self.cluster:
            return np.empty(0, np.str_)
        encoded = batch.column(self.cluster)
        labels = encoded.dictionary.to_pylist()
        if "" in labels:
            raise self.sheet_fault(self.cluster, "", "a sheet has no cluster.")
        return np.array(labels, np.str_)[_indices(encoded)]

    def places(self, batch: Any) -> NDArray[np.intp]:  # noqa: ANN401
        """Return the index of each sheet's stratum."""
        return self.coded(batch, "stratum", self._stratum).astype(np.intp)

    def coded(
        self,
        batch: Any,  # noqa: ANN401 - pyarrow types it no better
        column: str,
        code: Callable[[str, str], float],
    ) -> NDArray[np.float64]:
        """Translate a dictionary-encoded column cell by distinct cell."""
        encoded = batch.column(column)
        codes = [code(column, cell) for cell in encoded.dictionary.to_pylist()]
        return np.array(codes, np.float64)[_indices(encoded)]

    def _stratum(self, column: str, name: str) -> int:
        if name not in self.strata.places:
            raise self.sheet_fault(column, name, self.strata.absence(name))
        return self.strata.places[name]

    def _code(self, column: str, cell: str) -> int:
        if cell not in self.codes:
            reason = f"{cell!r} is none of 1, 0, 8, 9 and empty: --missing names other codes."
            raise self.sheet_fault(column, cell, reason)
        return self.codes[cell]

    def _weight(self, cell: str) -> float:
        row = Row(self.sheets, 0, {self.weight: cell})
        try:
            return row.number(self.weight)
        except FileError:
            line = find_line(self.sheets, {self.weight: cell})
            return replace(row, line=line).number(self.weight)

    def sheet_fault(self, column: str, cell: str, reason: str) -> FileError:
        """Make the refusal of a sheet's cell."""
        return FileError(self.sheets, reason, find_line(self.sheets, {column: cell}), column)


def codes_of(declaration: str | None) -> dict[str, int]:
    """Return what each cell of an item says, other houses' codes for no answer among them.

    Parameters
    ----------
    declaration : str, optional
        Codes with commas between; each is taken as blank, or as what stands behind a ``=``: 8
        (can't remember) or 9 (rather not say).

    Raises
    ------
    ValueError
        A code has its own meaning (1, 0, 8, 9), stands twice, or is to be neither.
    """
    codes = dict(_CELLS)
    for text in declaration.split(",") if declaration else ():
        code, equals, meaning = text.strip().partition("=")
        if code in codes:
            raise ValueError(f"--missing {code}: this code has its meaning already.")
        if equals and meaning not in {str(UNKNOWN), str(REFUSED)}:
            raise ValueError(f"--missing {text}: a code stands for blank, =8 or =9.")
        codes[code] = _CELLS[meaning]
    return codes


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


def count_clustered(files: Files) -> tuple[Integers, dict[str, ClusterCounts]]:
    """Count the sheets of each stratum, and all answers by domain and cluster.

    Returns
    -------
    respondents : ndarray of int, shape (H,)
    counts : dict of str to ClusterCounts
        As `count_domains` has them; each domain has all clusters.
    """
    strata = len(files.columns["stratum"])
    respondents = np.zeros(strata, np.int64)
    parts: dict[str, list[ClusterCounts]] = {}
    clusters: list[ClusterCounts] = []
    for sheets in files.read():
        respondents += np.bincount(sheets.place, minlength=strata)
        columns = sheets.place, sheets.cluster, sheets.answers, files.items
        for at, name in enumerate(sheets.domains):
            if files.by and not name:
                continue  # as in count_domains
            part = count_clusters(*columns, within=sheets.domain == at)
            parts.setdefault(name, []).append(part)
        clusters.append(count_clusters(*columns).emptied)
    return respondents, {
        name: functools.reduce(operator.add, [*of_domain, *clusters])
        for name, of_domain in parts.items()
    }


def count_cells(files: Files, by: str | None) -> tuple[Cells, Counts]:
    """Count the sheets, and their answers, by stratum, weight and ``by``.

    Returns
    -------
    cells : Cells
        With the category of the column ``files.weight`` as text, and of ``by``.
    counts : Counts
        Of these cells.

    Raises
    ------
    FileError
        As `Files.read`, and `Files.design_of`.
    """
    places: dict[tuple[int, float, str], int] = {}
    blocks_of_cells = []
    for sheets in files.read():
        weight = np.zeros(len(sheets.place)) if sheets.weight is None else sheets.weight
        rows = np.column_stack([sheets.place, sheets.domain, weight])
        distinct, cell = np.unique(rows, axis=0, return_inverse=True)
        of_distinct = [
            places.setdefault((int(place), value, sheets.domains[int(domain)]), len(places))
            for place, domain, value in distinct.tolist()
        ]
        cell_of_sheet = np.array(of_distinct)[np.ravel(cell)]
        block = count(cell_of_sheet, sheets.answers, files.items, len(places))
        blocks_of_cells.append((block, np.bincount(cell_of_sheet, minlength=len(places))))
    number = np.sum([_padded(sheets, len(places)) for _, sheets in blocks_of_cells], axis=0)
    counts = functools.reduce(
        operator.add, (_widened(block, len(places)) for block, _ in blocks_of_cells)
    )
    stratum, weights, domains = zip(*places, strict=True)
    files.design_of(np.bincount(stratum, number, len(files.strata.names)), Lonely.FAIL)
    names = files.strata.names
    categories = {files.weight: list(map(repr, weights))}
    if files.by:
        categories[files.by] = list(domains)
    elif by is not None and by != "stratum":
        categories[by] = [files.columns[by][place] for place in stratum]
    cells = Cells.of(files.strata.population, [names[at] for at in stratum], categories, number)
    return cells, counts


def _padded(column: Integers, cells: int) -> Integers:
    padding = [(0, cells - len(column)), *[(0, 0)] * (column.ndim - 1)]
    return np.pad(column, padding)


def _widened(counts: Counts, cells: int) -> Counts:
    """Return counts of as many cells, empty behind their own."""
    columns = {name: _padded(column, cells) for name, column in counts.columns().items()}
    return counts.with_columns(columns)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the options that every verb over sheets has."""
    parser.add_argument("--design", type=Path, required=True, help="stratum,population[,…]")
    parser.add_argument(
        "--sheets", type=Path, required=True, help="stratum,item[,…]; a row a sheet"
    )
    add_strata(parser)
    add_codes(parser)
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


def add_items(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose items."""
    parser.add_argument("--item", action="append", default=[], help="an item")
    parser.add_argument(
        "--all-items",
        action="store_true",
        help="every column is an item, but stratum, --by, --id, --weight and --cluster",
    )


def add_codes(parser: argparse.ArgumentParser) -> None:
    """Add the options for what stands in the sheets' columns."""
    parser.add_argument("--id", help="a column that no two sheets may have alike")
    parser.add_argument(
        "--missing",
        metavar="CODES",
        help="codes of items that are blank (does not apply), or =8, =9: --missing=99=9,-9,NA",
    )
