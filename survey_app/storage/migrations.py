"""Bring a store's tables to what the code expects, by its own history of migrations.

Alembic is loaded only where a migration runs: every command opens a store, and few have one due.
"""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, make_url, select, table

from survey_app.config import SiteSettings
from survey_app.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
VERSION_TABLE = "alembic_version"


def revisions(side: str) -> list[str]:
    """List a side's revisions from the first on; each begins the name of its file."""
    return sorted(
        file.name.partition("_")[0] for file in (_MIGRATIONS / side / "versions").glob("[0-9]*.py")
    )


def revision_of(connection: Connection) -> str | None:
    """Read the revision that a store has reached; none where it is empty."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version = table(VERSION_TABLE, column("version_num"))
    revision: str | None = connection.scalar(select(version.c.version_num))
    return revision


def is_current(connection: Connection, side: str) -> bool:
    """Tell whether a store has had all of its migrations."""
    return revision_of(connection) == revisions(side)[-1]


def prepared(settings: SiteSettings) -> Database:
    """Open a side's store as its owner, with its tables brought up to date."""
    database = Database(settings.owner_url)
    with database.engine.connect() as connection:
        current = is_current(connection, settings.side)
    if not current:
        upgrade(database, settings.side)
    if settings.owner_url != settings.database_url:
        with database.engine.begin() as connection:
            _let_in(connection, make_url(settings.database_url).username or "")
    return database


def upgrade(database: Database, side: str, revision: str = "head") -> None:
    """Run the migrations that a store lacks."""
    from alembic import command

    config = _history(side)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(database: Database, side: str, revision: str) -> None:
    """Take migrations back down to a revision."""
    from alembic import command

    config = _history(side)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def _history(side: str) -> "Config":
    """Point Alembic to one side's history."""
    from alembic.config import Config

    config = Config(_MIGRATIONS / "alembic.ini")
    config.set_main_option("script_location", str(_MIGRATIONS / side).replace("%", "%%"))
    return config


def _let_in(connection: Connection, account: str) -> None:
    """Let the service's account read and write rows, or have tables rewritten; nothing else."""
    account = connection.dialect.identifier_preparer.quote_identifier(account)
    rights = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
    connection.exec_driver_sql(f"GRANT {rights} TO {account}")
    for rights in ("INSERT, UPDATE, DELETE ON alembic_version", "UPDATE, DELETE ON audit"):
        connection.exec_driver_sql(f"REVOKE {rights} FROM {account}")
    functions = "rewrite_table(text), forget_log()"
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {functions} TO {account}")
