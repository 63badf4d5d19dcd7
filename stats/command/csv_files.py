"""CSV files whose faults are named by line and column."""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow

from stats.command.forms import UTF_8, FileError, form_of
from stats.command.output import progress

_BLOCK = 1 << 24


# A population is not guessed from what merely resembles one: 1_00, 1e3, 1,000, full-width digits.
_NUMBER: Final = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")


@dataclass(frozen=True)
class Row:
    """One row of a small file; ``cells`` by column."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, reason: str) -> FileError:
        """Make the refusal of one cell."""
        return FileError(self.path, reason, self.line, column)

    def number(self, column: str) -> float:
        """Read a number above 0.

        Raises
        ------
        FileError
            The cell holds none.
        """
        cell = self.cells[column]
        if not cell:
            raise self.fault(column, f"{column} is empty.")
        if not _NUMBER.fullmatch(cell):
            reason = f"{cell!r} is not a number in plain digits, such as 1000 or 0.5."
            raise self.fault(column, reason)
        value = float(cell)
        if not 0 < value < float("inf"):
            raise self.fault(column, f"{cell} must be above 0.")
        return value


def read_rows(path: Path, columns: Sequence[str]) -> tuple[Row, ...]:
    """Read a small file whole.

    Raises
    ------
    FileError
        It cannot be read, is empty, has a header alone, lacks a column, or a row is ragged.
    """
    rows = tuple(_rows(path, columns))
    if not rows:
        raise FileError(path, "there is a header and no row.", 1)
    return rows


def read_strata(path: Path, columns: Sequence[str] = ()) -> dict[str, Row]:
    """Read a design by stratum.

    Raises
    ------
    FileError
        As `read_rows`; or a stratum stands twice, or a population is not whole and above 0.
    """
    strata: dict[str, Row] = {}
    for row in read_rows(path, ["stratum", "population", *columns]):
        name = row.cells["stratum"]
        if not name:
            raise row.fault("stratum", "stratum is empty.")
        if name in strata:
            raise row.fault("stratum", f"{name} stands here a second time.")
        if not row.number("population").is_integer():
            raise row.fault("population", f"{row.cells['population']} is not a whole number.")
        strata[name] = row
    return strata


def find_line(path: Path, cells: Mapping[str, str], occurrence: int = 1) -> int:
    """Find the first line with these cells, or a later one; 0 if there is none."""
    matches = (
        row.line
        for row in _rows(path, tuple(cells))
        if all(row.cells[column] == cell for column, cell in cells.items())
    )
    return next(itertools.islice(matches, occurrence - 1, None), 0)


def refuse_repeats(path: Path, column: str) -> None:
    """Refuse a large file in which two rows have the same cell, or one has none, in a column.

    Raises
    ------
    FileError
        The line of the second, or of the empty one, is named.
    """
    header(path, [column])
    chunks = [batch.column(0) for batch in blocks(path, [column], pa.string())]
    counts = pa.chunked_array(chunks, pa.string()).value_counts()
    cells, rows = counts.field("values"), counts.field("counts")
    if compute.any(compute.equal(cells, "")).as_py():
        raise FileError(path, f"{column} is empty.", find_line(path, {column: ""}), column)
    repeated = cells.filter(compute.greater(rows, 1))
    if len(repeated):
        cell = repeated[0].as_py()
        reason = f"{cell} stands here a second time; {len(repeated)} such cells are repeated."
        raise FileError(path, reason, find_line(path, {column: cell}, 2), column)


def count_rows(
    path: Path, columns: Sequence[str], further: Sequence[str] = ()
) -> dict[str, Counter[tuple[str, ...]]]:
    """Count the rows of a large file by the cells of ``columns`` and each ``further`` column.

    Returns
    -------
    dict of str to Counter
        By further column, and by "" without any.

    Raises
    ------
    FileError
        As `read_rows`.
    """
    next(_rows(path, (*columns, *further)), None)
    keys = {
        name: list(dict.fromkeys([*columns, *([name] if name else [])])) for name in ("", *further)
    }
    counts: dict[str, Counter[tuple[str, ...]]] = {name: Counter() for name in keys}
    rows = 0
    for batch in blocks(path, list(dict.fromkeys((*columns, *further))), pa.string()):
        table = pa.table(batch)
        for name, key in keys.items():
            grouped = table.group_by(key).aggregate([([], "count_all")]).to_pydict()
            cells = zip(*(grouped[column] for column in key), strict=True)
            counts[name].update(dict(zip(cells, grouped["count_all"], strict=True)))
        rows += table.num_rows
        progress(f"{path}: {rows:,} rows")
    progress("")
    if not rows:
        raise FileError(path, "there is a header and no row.", 1)
    return counts


def _rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    lines = _lines(path)
    _, names = next(lines)
    _require(path, columns, names)
    for line, cells in lines:
        if len(cells) != len(names):
            reason = f"{len(cells)} cells stand where the header has {len(names)}."
            raise FileError(path, reason, line)
        yield Row(path, line, dict(zip(names, cells, strict=True)))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that has any, the header first."""
    form = form_of(path)
    try:
        with path.open(encoding=form.encoding, newline="") as file:
            for _ in range(form.first_lines):
                file.readline()
            reader = csv.reader(file, delimiter=form.separator, strict=True)
            names = next(reader, None)
            if not names:
                raise FileError(path, "the file is empty.")
            names[0] = names[0].removeprefix("\ufeff")
            yield form.first_lines + reader.line_num, names
            for cells in filter(None, reader):
                yield form.first_lines + reader.line_num, cells
    except OSError as error:
        raise FileError(path, f"{error.strerror}.") from None
    except csv.Error as error:
        raise FileError(path, f"{error}.", form.first_lines + reader.line_num) from None


def _require(path: Path, columns: Sequence[str], names: Sequence[str]) -> None:
    for column in columns:
        if column in names:
            continue
        reason = f"there is no column {column}."
        if len(names) == 1:
            reason = f"there is no column {column}; commas, semicolons or tabs separate columns."
        raise FileError(path, reason, 1, column)


def header(path: Path, columns: Sequence[str]) -> tuple[str, ...]:
    """Read the names of a file's columns.

    Raises
    ------
    FileError
        It cannot be read, is empty, or lacks one of ``columns``; a name stands twice.
    """
    _, names = next(_lines(path))
    _require(path, columns, names)
    for column in names:
        if names.count(column) > 1:
            raise FileError(path, f"the column {column} stands twice.", 1, column)
    return tuple(names)


def blocks(path: Path, columns: list[str], kind: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield record batches of a large file, these columns read as the arrow type ``kind``.

    Raises
    ------
    FileError
        A row is ragged, or the file is no CSV.
    """
    form = form_of(path)
    try:
        yield from arrow.open_csv(
            path,
            read_options=arrow.ReadOptions(
                block_size=_BLOCK,
                encoding="utf8" if form.encoding == UTF_8 else form.encoding,
                skip_rows=form.first_lines,
            ),
            parse_options=arrow.ParseOptions(delimiter=form.separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(columns, kind)
            ),
        )
    except pa.ArrowInvalid as error:
        for _ in _rows(path, columns):
            pass  # arrow's threads do not know the line; this reader raises at it
        raise FileError(path, f"this cannot be read as CSV ({error}).") from None
