"""One engine for each store, and the settings without which a store would remember order."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

_PRAGMAS = (
    "journal_mode=DELETE",  # a write-ahead log keeps the order of arrival
    "secure_delete=ON",  # per connection: deleted content is overwritten, not only unlinked
    "synchronous=FULL",  # what was acknowledged survives a power cut
    "foreign_keys=ON",
    "temp_store=MEMORY",  # no temporary file beside the store
    "busy_timeout=30000",
)


class Database:
    """One store: an engine, and transactions on it."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Statements' parameters stay out of every error message, so out of every log.
        self.engine = create_engine(parsed, hide_parameters=True)
        if self.engine.dialect.name == "sqlite":
            _keep_no_order(self.engine)
        self._write = sessionmaker(self.engine.execution_options(begin="BEGIN IMMEDIATE"))
        self._read = sessionmaker(self.engine)

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
        connection = self.engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")  # which stands outside of any transaction
        finally:
            connection.close()


def _keep_no_order(engine: Engine) -> None:
    """Set every SQLite connection up, and begin transactions in the way they ask for."""

    def connect(connection: SqliteConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun here, not by the driver
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        options: dict[str, Any] = dict(connection.get_execution_options())
        connection.exec_driver_sql(options.get("begin", "BEGIN"))

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
