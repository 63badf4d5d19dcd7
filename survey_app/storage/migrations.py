"""Bring a store's tables to what the code expects, by its own history of migrations."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

from survey_app.config import Side, SiteSettings
from survey_app.storage.database import Database

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def history(side: Side) -> Config:
    """Point Alembic to one side's history."""
    config = Config(_MIGRATIONS / "alembic.ini", ini_section=side)
    config.set_section_option(side, "script_location", str(_MIGRATIONS / side).replace("%", "%%"))
    return config


def prepared(settings: SiteSettings) -> Database:
    """Open a side's store as its owner, with its tables brought up to date."""
    database = Database(settings.owner_url)
    upgrade(database, settings.side)
    if settings.owner_url != settings.database_url:
        with database.engine.begin() as connection:
            _let_in(connection, make_url(settings.database_url).username or "")
    return database


def upgrade(database: Database, side: Side, revision: str = "head") -> None:
    """Run the migrations that a store lacks."""
    config = history(side)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def is_current(connection: Connection, side: Side) -> bool:
    """Tell whether a store has had all of its migrations."""
    return MigrationContext.configure(connection).get_current_revision() == _head(side)


@lru_cache
def _head(side: Side) -> str | None:
    return ScriptDirectory.from_config(history(side)).get_current_head()


def downgrade(database: Database, side: Side, revision: str) -> None:
    """Take migrations back down to a revision."""
    config = history(side)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def _let_in(connection: Connection, account: str) -> None:
    """Let the service's account read and write rows, or have them written anew; nothing else."""
    account = connection.dialect.identifier_preparer.quote_identifier(account)
    rights = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
    connection.exec_driver_sql(f"GRANT {rights} TO {account}")
    for kept in ("INSERT, UPDATE, DELETE ON alembic_version", "UPDATE, DELETE ON audit"):
        connection.exec_driver_sql(f"REVOKE {kept} FROM {account}")
    functions = "rewrite_table(text), forget_log()"
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {functions} TO {account}")
