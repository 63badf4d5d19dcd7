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

    def keys(self, known: Collection[bytes]) -> list[bytes] | None:
        """The column that stands for a person: a third of it is known, at least."""
        for name in self.columns:
            values = self.column(name)
            if sum(isinstance(one, bytes) and one in known for one in values) > len(known) / 3:
                return values
        return None


class Thief(Protocol):
    """Takes one store."""

    def take(self, known: Collection[bytes]) -> list[Trace]:
        """Note every trace of the rows that these values stand in."""


@dataclass(frozen=True)
class SqliteThief:
    """Takes an SQLite store with every file beside it."""

    store: Path
    bag: Path

    def take(self, known: Collection[bytes]) -> list[Trace]:
        taken = self.bag / self.store.name
        shutil.rmtree(self.bag, ignore_errors=True)
        self.bag.mkdir()
        files = sorted(self.store.parent.glob(f"{self.store.name}*"))
        contents = {file.name.removeprefix(self.store.name): file.read_bytes() for file in files}
        for ending, content in contents.items():
            (self.bag / f"{self.store.name}{ending}").write_bytes(content)
        connection = sqlite3.connect(taken)
        tables = list(_sqlite_tables(connection))
        connection.close()
        page, sought = int.from_bytes(contents[""][16:18]), _needles(tables, known)
        return [
            *_of_columns(tables, known),
            *(
                trace
                for ending, content in contents.items()
                for kind in [LOG if ending == "-wal" else FILE]
                for trace in _of_file(f"file{ending}", content, sought, page=page, kind=kind)
            ),
        ]


@dataclass(frozen=True)
class PostgresThief:
    """Takes a PostgreSQL store by SQL as its superuser, then its files."""

    cluster: Cluster
    database: str = "survey"

    def take(self, known: Collection[bytes]) -> list[Trace]:
        clock = str(self.cluster.port)
        with self.cluster.connect(database=self.database) as connection:
            tables = list(_postgres_tables(connection))
            log = self._write_ahead_log()
            connection.execute("CHECKPOINT")  # so that all rows are in the files
            files = dict(self._files(connection))
        sought = _needles(tables, known)
        traces = [*_of_columns(tables, known, clock), *_by_the_log(tables, known)]
        traces += _of_file("pg_wal", log, sought, kind=LOG, on_rows=False, clock=f"log {clock}")
        for name, content in files.items():
            traces += _of_file(name, content, sought, on_rows=False)
            traces += _dead_rows(name, content, sought, clock)
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
    found: dict[bytes, list[int]] = {}
    length = max((len(needle) for needle in needles), default=0)
    if not length or len(content) < length:
        return found
    begins = np.zeros(1 << 16, dtype=bool)
    begins[[int.from_bytes(needle[:2]) for needle in needles]] = True
    data = np.frombuffer(content, dtype=np.uint8).astype(np.uint16)
    wanted = frozenset(needles)
    for place in np.flatnonzero(begins[(data[:-1] << 8) | data[1:]]).tolist():
        piece = content[place : place + length]
        if piece in wanted:
            found.setdefault(piece, []).append(place)
    return found


@dataclass(frozen=True)
class Needles:
    """A column whose values can be searched for in files, and whose each of them is."""

    table: Table
    column: str
    owner: Mapping[bytes, bytes]


def _needles(tables: Iterable[Table], known: Collection[bytes]) -> list[Needles]:
    return [Needles(table, *found) for table in tables for found in _searchable(table, known)]


def _searchable(table: Table, known: Collection[bytes]) -> Iterator[tuple[str, dict[bytes, bytes]]]:
    """By column: values that are one row's only and can be searched for, and whose they are."""
    keys = table.keys(known) or []
    for name in table.columns if keys else ():
        pairs = zip(table.column(name), keys, strict=True)
        owner = {value: key for value, key in pairs if key in known and isinstance(value, bytes)}
        lengths = {len(value) for value in owner}
        if 3 * len(owner) > len(known) and len(lengths) == 1 and min(lengths) >= _SHORTEST_NEEDLE:
            yield name, owner


def _of_columns(
    tables: Iterable[Table], known: Collection[bytes], server: str = ""
) -> Iterator[Trace]:
    for table in tables:
        keys = table.keys(known)
        for name in table.columns if keys else ():
            column = table.column(name)
            pairs = zip(keys or [], column, strict=True)
            values = {key: value for key, value in pairs if key in known and value is not None}
            if len(set(values.values())) > 1 and len({type(one) for one in values.values()}) == 1:
                system = name in (*_SYSTEM, "rowid")
                clock = "minutes" if isinstance(column[0], float) else ""
                clock = f"transactions {server}" if name == "xmin" else clock
                yield Trace(
                    f"{table.name}.{name}", name if system else "column", values, clock=clock
                )


def _of_file(
    name: str,
    content: bytes,
    sought: Iterable[Needles],
    *,
    page: int = 0,
    kind: str = FILE,
    on_rows: bool = True,
    clock: str = "",
) -> Iterator[Trace]:
    for one in sought:
        places = find(content, one.owner)
        if len(places) < 2:
            continue
        first = {one.owner[needle]: at[0] for needle, at in places.items()}
        last = {one.owner[needle]: at[-1] for needle, at in places.items()}
        label = f"{one.column} in {name}"
        yield Trace(f"{label}, first", kind, first, on_rows, clock)
        yield Trace(f"{label}, last", kind, last, on_rows)
        if page:
            inside = {key: at % page for key, at in first.items()}
            yield Trace(f"{label}, in its page", kind, inside, on_rows)


def _dead_rows(
    name: str, content: bytes, sought: Iterable[Needles], server: str
) -> Iterator[Trace]:
    """Read the oldest transaction off each row's versions that were not swept away yet."""
    for one in sought:
        own = one.table.columns[len(_SYSTEM) :]
        if one.table.name != name or one.column not in own:
            continue
        before = [one.table.column(column)[0] for column in own[: own.index(one.column)]]
        if not all(isinstance(value, str | bytes) for value in before):
            continue
        start = sum(len(value) + _VARLENA_HEADER for value in before)
        start += _TUPLE_HEADER + _VARLENA_HEADER
        oldest = {
            one.owner[needle]: min(
                int.from_bytes(content[at - start : at - start + 4], "little") for at in places
            )
            for needle, places in find(content, one.owner).items()
        }
        label = f"{name}.{one.column}, oldest version"
        if len(oldest) > 1:
            yield Trace(label, DEAD, oldest, on_rows=False, clock=f"transactions {server}")


def _by_the_log(tables: Sequence[Table], known: Collection[bytes]) -> Iterator[Trace]:
    """Read the time of each row's transaction off the staff log, whose entries have both."""
    (log,) = (table for table in tables if table.name == "audit")
    entries = sorted(zip(log.column("xmin"), map(_minutes, log.column("minute")), strict=True))
    if len(entries) < 2:
        return
    for trace in _of_columns(tables, known):
        if trace.kind == "xmin":
            numbers, minutes = (np.array(one) for one in zip(*entries, strict=True))
            at = np.interp(np.array(list(trace.values.values())), numbers, minutes)
            values = dict(zip(trace.values, at.tolist(), strict=True))
            yield Trace(
                f"{trace.name} by the staff log", "xmin by the staff log", values, clock="minutes"
            )


def _minutes(written: str) -> float:
    return datetime.strptime(written, "%Y-%m-%dT%H:%M%z").timestamp() / 60


def _sqlite_tables(connection: sqlite3.Connection) -> Iterator[Table]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        try:
            found = connection.execute(f"SELECT rowid AS rowid, * FROM {name}")
        except sqlite3.OperationalError:  # it has none
            found = connection.execute(f"SELECT * FROM {name}")
        yield Table(name, [one[0] for one in found.description], found.fetchall())


def _postgres_tables(connection: psycopg.Connection) -> Iterator[Table]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (name,) in names.fetchall():
        query = "SELECT ctid::text, xmin::text::bigint, xmax::text::bigint, cmin::text::bigint, *"
        found = connection.execute(f"{query} FROM {name}".encode())
        columns = [one.name for one in found.description or ()]
        rows = [(_place(row[0]), *row[1:]) for row in found]
        yield Table(name, columns, rows)


def _place(ctid: str) -> tuple[int, int]:
    page, item = ctid.strip("()").split(",")
    return int(page), int(item)
