"""CSV files whose faults are named by line and column."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow

from stats.command.output import progress

_BLOCK = 1 << 24


class FileError(ValueError):
    """A file that cannot be used; the sentence says which, and where."""

    def __init__(self, path: Path, reason: str, line: int = 0, column: str = "") -> None:
        place = [
            str(path),
            *([f"line {line}"] if line else []),
            *([f"column {column}"] * bool(column)),
        ]
        super().__init__(f"{', '.join(place)}: {reason}")


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
        try:
            value = float(self.cells[column])
        except ValueError:
            raise self.fault(column, f"{self.cells[column]!r} is not a number.") from None
        if not 0 < value < float("inf"):
            raise self.fault(column, f"{self.cells[column]} must be above 0.")
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
        if name in strata:
            raise row.fault("stratum", f"{name} stands here a second time.")
        if not row.number("population").is_integer():
            raise row.fault("population", f"{row.cells['population']} is not a whole number.")
        strata[name] = row
    return strata


def find_line(path: Path, cells: Mapping[str, str]) -> int:
    """Find the first line with these cells."""
    for row in _rows(path, tuple(cells)):
        if all(row.cells[column] == cell for column, cell in cells.items()):
            return row.line
    return 0


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
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, None)
            if header is None:
                raise FileError(path, "the file is empty.")
            for column in columns:
                if column not in header:
                    raise FileError(path, f"there is no column {column}.", 1, column)
            for cells in filter(None, reader):
                if len(cells) != len(header):
                    reason = f"{len(cells)} cells stand where the header has {len(header)}."
                    raise FileError(path, reason, reader.line_num)
                yield Row(path, reader.line_num, dict(zip(header, cells, strict=True)))
    except OSError as error:
        raise FileError(path, f"{error.strerror}.") from None
    except UnicodeDecodeError:
        raise FileError(path, "this is not UTF-8 text.") from None
    except csv.Error as error:
        raise FileError(path, f"{error}.", reader.line_num) from None


def header(path: Path, columns: Sequence[str]) -> tuple[str, ...]:
    """Read the names of a file's columns.

    Raises
    ------
    FileError
        It cannot be read, is empty, or lacks one of ``columns``; a name stands twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = tuple(next(csv.reader(file, strict=True), ()))
    except OSError as error:
        raise FileError(path, f"{error.strerror}.") from None
    except UnicodeDecodeError:
        raise FileError(path, "this is not UTF-8 text.") from None
    if not names:
        raise FileError(path, "the file is empty.")
    for column in columns:
        if column not in names:
            raise FileError(path, f"there is no column {column}.", 1, column)
    for column, times in Counter(names).items():
        if times > 1:
            raise FileError(path, f"the column {column} stands twice.", 1, column)
    return names


def blocks(path: Path, columns: list[str], kind: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield record batches of a large file, these columns read as the arrow type ``kind``.

    Raises
    ------
    FileError
        A row is ragged, or the file is no CSV.
    """
    try:
        yield from arrow.open_csv(
            path,
            read_options=arrow.ReadOptions(block_size=_BLOCK),
            parse_options=arrow.ParseOptions(newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(columns, kind)
            ),
        )
    except pa.ArrowInvalid as error:
        for _ in _rows(path, columns):
            pass  # arrow's threads do not know the line; this reader raises at it
        raise FileError(path, f"this cannot be read as CSV ({error}).") from None
