"""What a thief sees of rows in a stolen store, and by which they can be put in an order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from tests.linkage.pages import Row, Rows, heap_rows, sqlite_rows

FILE, LOG, DEAD = "place in a file", "write-ahead log", "dead rows"
PAGE, POOL_VALUE = "place in its page", "place in the pool"
_SHORTEST_NEEDLE = 16
SYSTEM = ("ctid", "xmin", "xmax", "cmin")
_BEHIND = 1 << 40
"""What is added to a place in the pool: its rows are younger than those of the table."""


@dataclass(frozen=True)
class Trace:
    """One thing that a thief sees of rows, and by which they sort.

    Attributes
    ----------
    values
        What is seen, by what stands for a person in this store.
    on_rows
        False for what only the files of a live PostgreSQL server show.
    clock
        The name of what the values count, if they are numbers that another store may share.
    groups
        The page of each row, where its value is no more than an order within the page.
    """

    name: str
    kind: str
    values: Mapping[bytes, Any]
    on_rows: bool = True
    clock: str = ""
    groups: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """The rows of a table: what the engine tells of each, then its columns."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def column(self, name: str) -> list[Any]:
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def keys(self, identifiers: Collection[bytes]) -> list[bytes] | None:
        """The column that stands for a person: a quarter of it or of those known, at least."""
        for name in self.columns:
            values = self.column(name)
            hits = sum(isinstance(value, bytes) and value in identifiers for value in values)
            if hits and 4 * hits > min(len(values), len(identifiers)):
                return values
        return None


@dataclass(frozen=True)
class PooledRow:
    """A row that waits in a value among others: where in it, and what is seen of that value."""

    place: int
    columns: Mapping[str, Any]


def pooled_rows(tables: Iterable[Table], identifiers: Collection[bytes]) -> dict[bytes, PooledRow]:
    """Find the rows that wait in one value with others."""
    pool_rows: dict[bytes, PooledRow] = {}
    for table in tables:
        for row in table.rows:
            columns = dict(zip(table.columns, row, strict=True))
            for value in row:
                if isinstance(value, bytes) and len(value) > 64:
                    places = find(value, identifiers)
                    pool_rows |= {key: PooledRow(at[0], columns) for key, at in places.items()}
    return pool_rows


def find(content: bytes, needles: Collection[bytes]) -> dict[bytes, list[int]]:
    """Find every occurrence of byte strings of one length, at any place."""
    places: dict[bytes, list[int]] = {}
    length = max((len(needle) for needle in needles), default=0)
    if not length or len(content) < length:
        return places
    begins = np.zeros(1 << 16, dtype=bool)
    begins[[int.from_bytes(needle[:2]) for needle in needles]] = True
    data = np.frombuffer(content, dtype=np.uint8).astype(np.uint16)
    keys = frozenset(needles)
    for place in np.flatnonzero(begins[(data[:-1] << 8) | data[1:]]).tolist():
        piece = content[place : place + length]
        if piece in keys:
            places.setdefault(piece, []).append(place)
    return places


@dataclass(frozen=True)
class Needles:
    """A column whose values can be searched for in files, and whose each of them is."""

    table: str
    column: str
    owner: Mapping[bytes, bytes]


def needles_of(tables: Iterable[Table], identifiers: Collection[bytes]) -> list[Needles]:
    """Name what can be searched for: what stands for persons itself, and columns beside it."""
    itself = {key: key for key in identifiers if len(key) >= _SHORTEST_NEEDLE}
    groups = [Needles("any", "identifier", itself)]
    for table in tables:
        groups += [Needles(table.name, *column) for column in _searchable(table, identifiers)]
    return groups


def _searchable(
    table: Table, identifiers: Collection[bytes]
) -> Iterator[tuple[str, dict[bytes, bytes]]]:
    """By column: values that are one row's only and can be searched for, and whose they are."""
    keys = table.keys(identifiers) or []
    for name in table.columns if keys else ():
        values = table.column(name)
        pairs = zip(values, keys, strict=True)
        owner = {
            value: key for value, key in pairs if key in identifiers and isinstance(value, bytes)
        }
        lengths = {len(value) for value in owner}
        unique = len(owner) > 1 and values != keys and len(lengths) == 1
        if unique and min(lengths) >= _SHORTEST_NEEDLE:
            yield name, owner


def of_columns(
    tables: Sequence[Table], identifiers: Collection[bytes], server: str = ""
) -> Iterator[Trace]:
    """By every column of every table, and by where a row waits."""
    pool_rows = pooled_rows(tables, identifiers)
    if pool_rows:
        places = {key: row.place for key, row in pool_rows.items()}
        yield Trace("place in the pool", POOL_VALUE, places)
    for table in tables:
        keys = table.keys(identifiers)
        for name in table.columns if keys else ():
            pairs = zip(keys or [], table.column(name), strict=True)
            values = {key: value for key, value in pairs if _is_seen(key, value, identifiers)}
            values |= _in_the_pool(name, pool_rows)
            if _sorts(values):
                yield _of_column(table.name, name, values, server)


def _is_seen(key: bytes, value: object, identifiers: Collection[bytes]) -> bool:
    return key in identifiers and value is not None


def _in_the_pool(column: str, pool_rows: Mapping[bytes, PooledRow]) -> dict[bytes, Any]:
    """Give what the engine tells of the rows that wait: they are the latest."""
    if column == "ctid":
        return {key: (_BEHIND, row.place) for key, row in pool_rows.items()}
    return {
        key: row.columns[column]
        for key, row in pool_rows.items()
        if column in row.columns and column in SYSTEM
    }


def _sorts(values: Mapping[bytes, Any]) -> bool:
    return len(set(values.values())) > 1 and len({type(value) for value in values.values()}) == 1


def _of_column(table: str, column: str, values: Mapping[bytes, Any], server: str) -> Trace:
    system = column in (*SYSTEM, "rowid")
    clock = "minutes" if isinstance(next(iter(values.values())), float) else ""
    clock = f"transactions {server}" if column == "xmin" else clock
    return Trace(f"{table}.{column}", column if system else "column", values, clock=clock)


def of_file(
    name: str,
    content: bytes,
    needles: Iterable[Needles],
    *,
    kind: str = FILE,
    on_rows: bool = True,
    clock: str = "",
) -> Iterator[Trace]:
    """By where the first and the last copy of a row's bytes lie in a file."""
    for group in needles:
        places = find(content, group.owner)
        if len(places) < 2:
            continue
        first = {group.owner[needle]: at[0] for needle, at in places.items()}
        last = {group.owner[needle]: at[-1] for needle, at in places.items()}
        label = f"{group.column} in {name}"
        yield Trace(f"{label}, first", kind, first, on_rows, clock)
        yield Trace(f"{label}, last", kind, last, on_rows)


def of_pages(content: bytes, needles: Iterable[Needles]) -> Iterator[Trace]:
    """By the order in which rows were put into their SQLite page."""
    rows = Rows(sqlite_rows(content))
    for group in needles:
        turns: dict[bytes, float] = {}
        pages: dict[bytes, int] = {}
        for key, row in _rows_of(content, group, rows):
            if key not in turns:
                turns[key], pages[key] = row.turn, row.page
        if _sorts(turns):
            yield Trace(f"{group.column} in its page", PAGE, turns, groups=pages)


def of_versions(
    name: str, content: bytes, needles: Iterable[Needles], server: str
) -> Iterator[Trace]:
    """By the oldest transaction of all versions of a row that were not swept away yet."""
    rows = Rows(heap_rows(content))
    for group in needles:
        oldest: dict[bytes, float] = {}
        for key, row in _rows_of(content, group, rows):
            oldest[key] = min(oldest.get(key, row.turn), row.turn)
        if _sorts(oldest):
            label = f"{group.column} in {name}, oldest version"
            yield Trace(label, DEAD, oldest, on_rows=False, clock=f"transactions {server}")


def _rows_of(content: bytes, group: Needles, rows: Rows) -> Iterator[tuple[bytes, Row]]:
    for needle, places in find(content, group.owner).items():
        for row in map(rows.at, places):
            if row:
                yield group.owner[needle], row


def by_the_staff_log(tables: Sequence[Table], traces: Iterable[Trace]) -> Iterator[Trace]:
    """Read the time of each row's transaction off the staff log, whose entries have both."""
    (log,) = (table for table in tables if table.name == "audit")
    entries = sorted(zip(log.column("xmin"), map(_minutes, log.column("minute")), strict=True))
    if len(entries) < 2:
        return
    numbers, minutes = (np.array(part) for part in zip(*entries, strict=True))
    for trace in traces:
        if trace.kind == "xmin":
            at = np.interp(np.array(list(trace.values.values())), numbers, minutes)
            values = dict(zip(trace.values, at.tolist(), strict=True))
            name = f"{trace.name} by the staff log"
            yield Trace(name, "xmin by the staff log", values, clock="minutes")


def _minutes(moment: str) -> float:
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M%z").timestamp() / 60
