"""One engine for each store, and the settings without which a store would remember order."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from select import POLLIN, poll
from typing import Any, Final

import psycopg
from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    ExceptionContext,
    Executable,
    Table,
    and_,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    or_,
    select,
    text,
)
from sqlalchemy.exc import (
    DisconnectionError,
    InterfaceError,
    InternalError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

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
        # What was acknowledged survives a power cut; nobody waits for ever.
        "options": "-c synchronous_commit=on -c lock_timeout=30s"
        " -c idle_in_transaction_session_timeout=60s",
    },
}
_LOCK = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_AT_ONCE = 5000
POOL = 20
"""How many of a pool's latest rows every write to it writes anew, in random order."""


class Pooled:
    """Columns of a table whose latest rows in each campaign's stratum are mixed."""

    pending: Mapped[bool] = mapped_column(default=False, sort_order=1)
    """Whether the next write to the pool writes this row anew."""


WHERE_PENDING: Final[dict[str, Any]] = {
    "postgresql_where": text("pending"),
    "sqlite_where": text("pending"),
}
"""What an index of pending rows holds."""


class Database:
    """One store: an engine, and transactions on it."""

    def __init__(self, url: str) -> None:
        parsed = engine_url(url)
        own = _POSTGRESQL if parsed.get_backend_name() == "postgresql" else {}
        # Statements' parameters stay out of every error message, so out of every log.
        self.engine = create_engine(parsed, hide_parameters=True, **own)
        self._write = sessionmaker(self.engine.execution_options(begin="BEGIN IMMEDIATE"))
        reading = self.engine
        if self.engine.dialect.name == "sqlite":
            _keep_no_order(self.engine)
        else:
            event.listen(self.engine, "checkout", _find_again)
            event.listen(self.engine, "checkin", _ask_for_nothing)
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
        """Write the store anew, so that no page remembers what stood in it, or when."""
        if self.engine.dialect.name == "sqlite":
            self._vacuum_sqlite()
            return
        with self._at_once() as connection:
            for table in inspect(connection).get_table_names():
                connection.execute(select(func.rewrite_table(table)))
            connection.execute(select(func.forget_log()))

    def scrub(self, model: type[DeclarativeBase]) -> None:
        """Leave nothing on disk of the rows that were deleted from one table.

        SQLite has overwritten them at once; PostgreSQL keeps them until the table is written anew.
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
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        session.execute(statement, some)


def lock(session: Session, *names: str) -> None:
    """Let one transaction at a time go on from here for what these names name.

    SQLite has one writer at a time in any case.
    """
    if _keeps_versions(session):
        key = int.from_bytes(sha256("\0".join(names).encode()).digest()[:8], signed=True)
        session.execute(_LOCK, {"key": key})


def mix(session: Session, model: type[Pooled], newest: bytes, campaign: str, stratum: str) -> None:
    """Hide which row of a stratum was written last among the rows written shortly before.

    PostgreSQL tells by ``xmin`` which transaction wrote a row and by ``ctid`` where it put it. The
    stratum's pending rows and the newest are written anew in random order by this transaction; one
    of them, drawn at random, is pending no more once they are too many. Call it after the write,
    under a `lock` on the stratum that was taken before any write. On SQLite the random primary key
    is the order, and no row is ever pending.
    """
    if _keeps_versions(session):
        session.flush()
        values = {"newest": newest, "in_campaign": campaign, "in_stratum": stratum}
        session.execute(_mixing(table_of(model)), values)


def shuffle(session: Session, model: type[Pooled], campaign: str) -> None:
    """Write all rows of a campaign anew in random order: none tells when it was first written."""
    if _keeps_versions(session):
        session.flush()
        session.execute(_shuffling(table_of(model)), {"in_campaign": campaign})
        session.expire_all()  # what the session holds was written anew


@cache
def _mixing(table: Table) -> Executable:
    (key,) = table.primary_key
    stratum = and_(
        table.c.campaign == bindparam("in_campaign"), table.c.stratum == bindparam("in_stratum")
    )
    return _rewriting(table, POOL, stratum, or_(table.c.pending, key == bindparam("newest")))


@cache
def _shuffling(table: Table) -> Executable:
    return _rewriting(table, 0, table.c.campaign == bindparam("in_campaign"))


def _rewriting(table: Table, pending: int, *rows: ColumnElement[bool]) -> Executable:
    """Delete rows and insert them again, in one statement and by the server's own strong chance."""
    gone = delete(table).where(*rows).returning(*table.c).cte("gone")
    place = func.row_number().over(order_by=func.gen_random_uuid())  # draws who stays pending, too
    again = [(place <= pending).label(one.name) if one.name == "pending" else one for one in gone.c]
    anew = select(*again).order_by(func.gen_random_uuid())
    return insert(table).from_select(gone.c.keys(), anew)


def _keeps_versions(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def table_of(model: type[DeclarativeBase | Pooled]) -> Table:
    """Give a model's table, for statements that leave the session's objects alone."""
    table = getattr(model, "__table__", None)
    if not isinstance(table, Table):
        raise TypeError(model)
    return table


def engine_url(address: str) -> URL:
    """Name the driver of a PostgreSQL address, and make the folder of an SQLite store."""
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return url


def _find_again(connection: psycopg.Connection, _record: object, _fairy: object) -> None:
    """Connect anew if the server said something unasked: it says good-bye, or nothing any more."""
    news = poll()
    news.register(connection.fileno(), POLLIN)
    if news.poll(0):
        raise InvalidatePoolError


def _ask_for_nothing(connection: psycopg.Connection | None, _record: ConnectionPoolEntry) -> None:
    """Begin by the server's default again: SQLAlchemy would insist on writing after a reading."""
    if connection is not None:
        connection.read_only = None


def _keep_no_order(engine: Engine) -> None:
    """Set every SQLite connection up, and begin transactions in the way they ask for."""

    def connect(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun here, not by the driver
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        options: dict[str, Any] = dict(connection.get_execution_options())
        connection.exec_driver_sql(options.get("begin", "BEGIN"))

    def fail(context: ExceptionContext) -> None:
        code = getattr(context.original_exception, "sqlite_errorcode", 0)
        if context.connection is not None and code & 0xFF in _STALE:
            context.connection.info["stale"] = True

    def check_out(_connection: object, record: ConnectionPoolEntry, _fairy: object) -> None:
        # A file that was opened while its disk was read-only stays so for as long as it is open.
        if record.info.get("stale"):
            raise DisconnectionError

    event.listen(engine, "checkout", check_out)
    event.listen(engine, "handle_error", fail)
    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
