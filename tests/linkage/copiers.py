"""A thief copies one store, rows and files, and notes every trace of the rows in it."""

import re
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.clusters import Cluster
from tests.linkage.traces import (
    FILE,
    LOG,
    Table,
    Trace,
    by_the_staff_log,
    find,
    needles_of,
    of_columns,
    of_file,
    of_pages,
    of_versions,
)


class StoreCopier(Protocol):
    """Copies one store, as an intruder would."""

    def take(self, identifiers: Collection[bytes]) -> list[Trace]:
        """Note every trace of the rows that these values stand in."""

    def present(self, identifiers: Collection[bytes]) -> set[bytes]:
        """Tell which of these values stand in the store."""


@dataclass(frozen=True)
class SqliteCopier:
    """Copies an SQLite store with its journal files."""

    store: Path
    bag: Path

    def take(self, identifiers: Collection[bytes]) -> list[Trace]:
        contents = self._copy()
        connection = sqlite3.connect(self.bag / self.store.name)
        tables = list(_sqlite_tables(connection))
        connection.close()
        needles = needles_of(tables, identifiers)
        traces = [*of_columns(tables, identifiers), *of_pages(contents[""], needles)]
        for ending, content in contents.items():
            kind = LOG if ending == "-wal" else FILE
            traces += of_file(f"file{ending}", content, needles, kind=kind)
        return traces

    def present(self, identifiers: Collection[bytes]) -> set[bytes]:
        self._copy()
        with closing(sqlite3.connect(self.bag / self.store.name)) as connection:
            return _present(_sqlite_tables(connection), identifiers)

    def _copy(self) -> dict[str, bytes]:
        shutil.rmtree(self.bag, ignore_errors=True)
        self.bag.mkdir()
        files = sorted(self.store.parent.glob(f"{self.store.name}*"))
        contents = {file.name.removeprefix(self.store.name): file.read_bytes() for file in files}
        for ending, content in contents.items():
            (self.bag / f"{self.store.name}{ending}").write_bytes(content)
        return contents


@dataclass(frozen=True)
class PostgresCopier:
    """Copies a PostgreSQL store by SQL as its superuser, then the files written since it began."""

    cluster: Cluster
    database: str = "survey"
    began: float = field(default_factory=time.time)

    def take(self, identifiers: Collection[bytes]) -> list[Trace]:
        server = str(self.cluster.port)
        with self.cluster.connect(database=self.database) as connection:
            tables = list(_postgres_tables(connection))
            log = self._write_ahead_log()
            connection.execute("CHECKPOINT")  # so that all rows are in the files
            files = dict(self._files(connection))
        needles = needles_of(tables, identifiers)
        traces = list(of_columns(tables, identifiers, server))
        traces += by_the_staff_log(tables, traces)
        traces += of_file("pg_wal", log, needles, kind=LOG, on_rows=False, clock=f"log {server}")
        for name, content in files.items():
            if find(content, identifiers):
                traces += of_file(name, content, needles, on_rows=False)
                traces += of_versions(name, content, needles, server)
        return traces

    def present(self, identifiers: Collection[bytes]) -> set[bytes]:
        with self.cluster.connect(database=self.database) as connection:
            return _present(_postgres_tables(connection), identifiers)

    def _write_ahead_log(self) -> bytes:
        segments = sorted((Path(self.cluster.data) / "pg_wal").glob("0*"))
        return b"".join(segment.read_bytes().rstrip(b"\0") for segment in segments)

    def _files(self, connection: psycopg.Connection) -> Iterator[tuple[str, bytes]]:
        """Every file of this database and of the server that may hold its rows, by what it is."""
        query = "SELECT pg_relation_filepath(oid), relname FROM pg_class WHERE relfilenode <> 0"
        names: dict[str, str] = dict(connection.execute(query).fetchall())
        (oid,) = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or (0,)
        data = Path(self.cluster.data)
        for path in sorted(data.rglob("*")):
            place = str(path.relative_to(data))
            elsewhere = re.match(rf"base/(?!{oid}/)|pg_wal/", place)
            if not elsewhere and path.is_file() and path.stat().st_mtime >= self.began - 1:
                yield names.get(place, place), path.read_bytes()
        yield "server's log", (self.cluster.folder / "log").read_bytes()


def _present(tables: Iterable[Table], identifiers: Collection[bytes]) -> set[bytes]:
    """Find values in any row, and in values that hold several rows."""
    rows = (row for table in tables for row in table.rows)
    values = (value for row in rows for value in row if isinstance(value, bytes))
    return set(find(b"".join(values), identifiers))


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
        rows: Sequence[Sequence[Any]] = [(_place(row[0]), *row[1:]) for row in cursor]
        yield Table(name, columns, rows)


def _place(ctid: str) -> tuple[int, int]:
    page, item = ctid.strip("()").split(",")
    return int(page), int(item)
