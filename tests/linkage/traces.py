"""A thief takes one store, rows and files, and notes by what its rows can be put in an order."""

import re
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import psycopg

from tests.clusters import Cluster

FILE, LOG, DEAD = "place in a file", "write-ahead log", "dead rows"
_SHORTEST_NEEDLE = 16
_SYSTEM = ("ctid", "xmin", "xmax", "cmin")
_TUPLE_HEADER, _VARLENA_HEADER = 24, 1


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
    """

    name: str
    kind: str
    values: Mapping[bytes, Any]
    on_rows: bool = True
    clock: str = ""


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
        """The column that stands for a person: a third of it is known, at least."""
        for name in self.columns:
            values = self.column(name)
            if (
                sum(isinstance(value, bytes) and value in identifiers for value in values)
                > len(identifiers) / 3
            ):
                return values
        return None


class StoreCopier(Protocol):
    """Copies one store, as an intruder would."""

    def take(self, identifiers: Collection[bytes]) -> list[Trace]:
        """Note every trace of the rows that these values stand in."""


@dataclass(frozen=True)
class SqliteCopier:
    """Copies an SQLite store with its journal files."""

    store: Path
    bag: Path

    def take(self, identifiers: Collection[bytes]) -> list[Trace]:
        copy = self.bag / self.store.name
        shutil.rmtree(self.bag, ignore_errors=True)
        self.bag.mkdir()
        files = sorted(self.store.parent.glob(f"{self.store.name}*"))
        contents = {file.name.removeprefix(self.store.name): file.read_bytes() for file in files}
        for ending, content in contents.items():
            (self.bag / f"{self.store.name}{ending}").write_bytes(content)
        connection = sqlite3.connect(copy)
        tables = list(_sqlite_tables(connection))
        connection.close()
        page, needles = int.from_bytes(contents[""][16:18]), _needles(tables, identifiers)
        return [
            *_of_columns(tables, identifiers),
            *(
                trace
                for ending, content in contents.items()
                for kind in [LOG if ending == "-wal" else FILE]
                for trace in _of_file(f"file{ending}", content, needles, page=page, kind=kind)
            ),
        ]


@dataclass(frozen=True)
class PostgresCopier:
    """Copies a PostgreSQL store by SQL as its superuser, then its files."""

    cluster: Cluster
    database: str = "survey"

    def take(self, identifiers: Collection[bytes]) -> list[Trace]:
        clock = str(self.cluster.port)
        with self.cluster.connect(database=self.database) as connection:
            tables = list(_postgres_tables(connection))
            log = self._write_ahead_log()
            connection.execute("CHECKPOINT")  # so that all rows are in the files
            files = dict(self._files(connection))
        needles = _needles(tables, identifiers)
        traces = [*_of_columns(tables, identifiers, clock), *_by_the_log(tables, identifiers)]
        traces += _of_file("pg_wal", log, needles, kind=LOG, on_rows=False, clock=f"log {clock}")
        for name, content in files.items():
            traces += _of_file(name, content, needles, on_rows=False)
            traces += _dead_rows(name, content, needles, clock)
        return traces

    def _write_ahead_log(self) -> bytes:
        segments = sorted((Path(self.cluster.data) / "pg_wal").glob("0*"))
        return b"".join(segment.read_bytes().rstrip(b"\0") for segment in segments)

    def _files(self, connection: psycopg.Connection) -> Iterator[tuple[str, bytes]]:
        """Every file of this database and of the server that may hold rows, by what it is."""
        query = "SELECT pg_relation_filepath(oid), relname FROM pg_class WHERE relfilenode <> 0"
        names: dict[str, str] = dict(connection.execute(query).fetchall())
        (oid,) = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or (0,)
        data = Path(self.cluster.data)
        for path in sorted(data.rglob("*")):
            place = str(path.relative_to(data))
            elsewhere = re.match(rf"base/(?!{oid}/)|pg_wal/", place)
            if path.is_file() and not elsewhere:
                yield names.get(place, place), path.read_bytes()
        yield "server's log", (self.cluster.folder / "log").read_bytes()


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

    table: Table
    column: str
    owner: Mapping[bytes, bytes]


def _needles(tables: Iterable[Table], identifiers: Collection[bytes]) -> list[Needles]:
    return [
        Needles(table, *columns) for table in tables for columns in _searchable(table, identifiers)
    ]


def _searchable(
    table: Table, identifiers: Collection[bytes]
) -> Iterator[tuple[str, dict[bytes, bytes]]]:
    """By column: values that are one row's only and can be searched for, and whose they are."""
    keys = table.keys(identifiers) or []
    for name in table.columns if keys else ():
        pairs = zip(table.column(name), keys, strict=True)
        owner = {
            value: key for value, key in pairs if key in identifiers and isinstance(value, bytes)
        }
        lengths = {len(value) for value in owner}
        if (
            3 * len(owner) > len(identifiers)
            and len(lengths) == 1
            and min(lengths) >= _SHORTEST_NEEDLE
        ):
            yield name, owner


def _of_columns(
    tables: Iterable[Table], identifiers: Collection[bytes], server: str = ""
) -> Iterator[Trace]:
    for table in tables:
        keys = table.keys(identifiers)
        for name in table.columns if keys else ():
            column = table.column(name)
            pairs = zip(keys or [], column, strict=True)
            values = {
                key: value for key, value in pairs if key in identifiers and value is not None
            }
            if (
                len(set(values.values())) > 1
                and len({type(entry) for entry in values.values()}) == 1
            ):
                system = name in (*_SYSTEM, "rowid")
                clock = "minutes" if isinstance(column[0], float) else ""
                clock = f"transactions {server}" if name == "xmin" else clock
                yield Trace(
                    f"{table.name}.{name}", name if system else "column", values, clock=clock
                )


def _of_file(
    name: str,
    content: bytes,
    needles: Iterable[Needles],
    *,
    page: int = 0,
    kind: str = FILE,
    on_rows: bool = True,
    clock: str = "",
) -> Iterator[Trace]:
    for group in needles:
        places = find(content, group.owner)
        if len(places) < 2:
            continue
        first = {group.owner[needle]: at[0] for needle, at in places.items()}
        last = {group.owner[needle]: at[-1] for needle, at in places.items()}
        label = f"{group.column} in {name}"
        yield Trace(f"{label}, first", kind, first, on_rows, clock)
        yield Trace(f"{label}, last", kind, last, on_rows)
        if page:
            inside = {key: at % page for key, at in first.items()}
            yield Trace(f"{label}, in its page", kind, inside, on_rows)


def _dead_rows(
    name: str, content: bytes, needles: Iterable[Needles], server: str
) -> Iterator[Trace]:
    """Read the oldest transaction off each row's versions that were not swept away yet."""
    for group in needles:
        own = group.table.columns[len(_SYSTEM) :]
        if group.table.name != name or group.column not in own:
            continue
        before = [group.table.column(column)[0] for column in own[: own.index(group.column)]]
        if not all(isinstance(value, str | bytes) for value in before):
            continue
        start = sum(len(value) + _VARLENA_HEADER for value in before)
        start += _TUPLE_HEADER + _VARLENA_HEADER
        oldest = {
            group.owner[needle]: min(
                int.from_bytes(content[at - start : at - start + 4], "little") for at in places
            )
            for needle, places in find(content, group.owner).items()
        }
        label = f"{name}.{group.column}, oldest version"
        if len(oldest) > 1:
            yield Trace(label, DEAD, oldest, on_rows=False, clock=f"transactions {server}")


def _by_the_log(tables: Sequence[Table], identifiers: Collection[bytes]) -> Iterator[Trace]:
    """Read the time of each row's transaction off the staff log, whose entries have both."""
    (log,) = (table for table in tables if table.name == "audit")
    entries = sorted(zip(log.column("xmin"), map(_minutes, log.column("minute")), strict=True))
    if len(entries) < 2:
        return
    for trace in _of_columns(tables, identifiers):
        if trace.kind == "xmin":
            numbers, minutes = (np.array(part) for part in zip(*entries, strict=True))
            at = np.interp(np.array(list(trace.values.values())), numbers, minutes)
            values = dict(zip(trace.values, at.tolist(), strict=True))
            yield Trace(
                f"{trace.name} by the staff log", "xmin by the staff log", values, clock="minutes"
            )


def _minutes(moment: str) -> float:
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M%z").timestamp() / 60


def _sqlite_tables(connection: sqlite3.Connection) -> Iterator[Table]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        try:
            rows = connection.execute(f"SELECT rowid AS rowid, * FROM {name}")
        except sqlite3.OperationalError:  # it has none
            rows = connection.execute(f"SELECT * FROM {name}")
        yield Table(name, [column[0] for column in rows.description], rows.fetchall())


def _postgres_tables(connection: psycopg.Connection) -> Iterator[Table]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (name,) in names.fetchall():
        query = "SELECT ctid::text, xmin::text::bigint, xmax::text::bigint, cmin::text::bigint, *"
        cursor = connection.execute(f"{query} FROM {name}".encode())
        columns = [column.name for column in cursor.description or ()]
        rows = [(_place(row[0]), *row[1:]) for row in cursor]
        yield Table(name, columns, rows)


def _place(ctid: str) -> tuple[int, int]:
    page, item = ctid.strip("()").split(",")
    return int(page), int(item)
