"""One engine for each store, and the settings without which a store would remember order."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from select import POLLIN, poll
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    Connection,
    ExceptionContext,
    Executable,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from survey_app.secret_files import make_folder
from survey_app.storage.mixing import keeps_versions, table_of

if TYPE_CHECKING:
    import psycopg

_PRAGMAS = (
    "journal_mode=DELETE",  # a write-ahead log keeps the order of arrival
    "secure_delete=ON",  # per connection: deleted content is overwritten, not only unlinked
    "synchronous=FULL",  # what was acknowledged survives a power cut
    "foreign_keys=ON",
    "temp_store=MEMORY",  # no temporary file beside the store
    "busy_timeout=30000",
)
UNAVAILABLE = (OperationalError, InternalError, InterfaceError)
"""What a store raises that is away, full or read-only: what was asked for may be asked again."""
_STALE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
_POSTGRESQL: dict[str, Any] = {
    "connect_args": {
        "connect_timeout": 10,
        # What was acknowledged survives a power cut; no transaction waits for ever.
        "options": "-c synchronous_commit=on -c lock_timeout=30s"
        " -c idle_in_transaction_session_timeout=60s",
    },
}
_LOCK = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_READS_ONLY = ("default_transaction_read_only", "in_hot_standby")
"""What a server reports by itself while it is read-only."""
_ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_AT_ONCE = 5000


class Database:
    """One store: an engine, and transactions on it."""

    def __init__(self, url: str) -> None:
        parsed = engine_url(url)
        own = _POSTGRESQL if parsed.get_backend_name() == "postgresql" else {}
        # Statements' parameters stay out of every error message, so out of every log.
        self.engine = create_engine(parsed, hide_parameters=True, **own)
        self._write = sessionmaker(self.engine.execution_options(writes=True))
        reading = self.engine
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_on_sqlite)
            event.listen(self.engine, "handle_error", _invalidate_stale)
        else:
            event.listen(self.engine, "checkout", _reconnect_if_spoken_to)
            event.listen(self.engine, "begin", _reconnect_to_write)
            event.listen(self.engine, "checkin", _reset_read_only)
            reading = self.engine.execution_options(**_ONE_STATE)
        self._read = sessionmaker(reading)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open one writing transaction: committed at the end, rolled back on any exception."""
        with self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open one reading transaction: it sees one state of the store and changes nothing."""
        with self._read() as session:
            yield session

    def vacuum(self) -> None:
        """Rewrite the store, so that no page remembers what stood in it, or when."""
        if self.engine.dialect.name == "sqlite":
            self._vacuum_sqlite()
            return
        with self._at_once() as connection:
            for table in inspect(connection).get_table_names():
                connection.execute(select(func.rewrite_table(table)))
            connection.execute(select(func.forget_log()))

    def scrub(self, model: type[DeclarativeBase]) -> None:
        """Leave nothing on disk of the rows that were deleted from one table.

        SQLite has overwritten them at once; PostgreSQL keeps them until the table is rewritten.
        """
        if self.engine.dialect.name != "sqlite":
            with self._at_once() as connection:
                connection.execute(select(func.rewrite_table(table_of(model).name)))
                connection.execute(select(func.forget_log()))

    @contextmanager
    def _at_once(self) -> Iterator[Connection]:
        """Connect so that each statement is a transaction of its own."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def _vacuum_sqlite(self) -> None:
        connection = self.engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")  # which stands outside of any transaction
        finally:
            connection.close()


def for_each(session: Session, statement: Executable, rows: Iterable[dict[str, Any]]) -> None:
    """Execute a statement for many rows, some at a time: all would stand in memory many times."""
    remaining_rows = iter(rows)
    while batch := list(islice(remaining_rows, _AT_ONCE)):
        session.execute(statement, batch)


def insert_many(session: Session, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows that have the same columns, many by each statement.

    PostgreSQL is given a list for each column, so that one statement stores a batch: what counts
    rows (a trigger) runs once for it.
    """
    if not keeps_versions(session):
        for_each(session, insert(table), rows)
        return
    remaining_rows = iter(rows)
    while batch := list(islice(remaining_rows, _AT_ONCE)):
        names = list(batch[0])
        lists = [
            bindparam(None, [row[name] for row in batch], ARRAY(table.c[name].type))
            for name in names
        ]
        values = func.unnest(*lists).table_valued(*names).render_derived()
        statement = insert(table).from_select(names, select(*values.c), include_defaults=True)
        session.execute(statement)


def lock(session: Session, *names: str) -> None:
    """Let one transaction at a time go on from here for what these names name.

    SQLite has one writer at a time in any case.
    """
    if keeps_versions(session):
        key = int.from_bytes(sha256("\0".join(names).encode()).digest()[:8], signed=True)
        session.execute(_LOCK, {"key": key})


def engine_url(address: str) -> URL:
    """Name the driver of a PostgreSQL address, and make the folder of an SQLite store."""
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        make_folder(Path(url.database).parent)
    return url


def _reconnect_if_spoken_to(connection: "psycopg.Connection", _record: object, _: object) -> None:
    """Reconnect if the server has sent an unsolicited message: it is closing, or gone."""
    news = poll()
    news.register(connection.fileno(), POLLIN)
    if news.poll(0):
        raise InvalidatePoolError


def _reconnect_to_write(connection: Connection) -> None:
    """Reconnect before a writing transaction if the server said that this connection only reads.

    It says so once, when the connection is opened or the setting changes under it: the server may
    be writable again, or another one may have taken its place.
    """
    if connection.get_execution_options().get("writes") and _reported_read_only(connection):
        connection.engine.dispose()  # what else was opened in that time only reads, too
        connection.invalidate()


def _reported_read_only(connection: Connection) -> bool:
    server: psycopg.Connection | None = connection.connection.driver_connection
    return server is not None and any(
        server.info.parameter_status(name) == "on" for name in _READS_ONLY
    )


def _reset_read_only(connection: "psycopg.Connection | None", _record: ConnectionPoolEntry) -> None:
    """Reset read-only mode when the connection goes back to the pool."""
    if connection is not None:
        connection.read_only = None


def _set_up_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun here, not by the driver
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_on_sqlite(connection: Connection) -> None:
    """Begin a transaction, on a new connection if this one was opened while nothing could write.

    Nothing of the transaction has run yet, so nothing is done twice.
    """
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    try:
        _begin_to_write(connection)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        _begin_to_write(connection)


def _begin_to_write(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # a mere reading where the file is read-only
    connection.exec_driver_sql("PRAGMA incremental_vacuum")  # changes nothing, refused where it is


def _invalidate_stale(context: ExceptionContext) -> None:
    """Close every connection of the pool once one of them could not use its file.

    A file that was opened while its disk was read-only stays so for as long as it is open.
    """
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if context.connection is not None and code & 0xFF in _STALE:
        context.is_disconnect = True
        with suppress(sqlite3.Error):  # its lock is freed now, not when its last cursor is
            context.connection.connection.rollback()
