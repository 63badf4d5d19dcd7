"""Bring a store's tables to what the code expects, by its own history of migrations.

Alembic is loaded only where a migration runs: every command opens a store, and few have one due.
"""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, make_url, select, table

from survey_app.config import SiteSettings
from survey_app.sides import SIDES, Site
from survey_app.storage.database import Database, lock

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
    if database.engine.dialect.name == "postgresql":
        with database.begin() as session:
            lock(session, "rights")  # the catalogue refuses two who change the same rights at once
            _let_in(session.connection(), settings)
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


def account_of(url: str) -> str:
    """Name the account that an address signs in with; empty where there is none."""
    return (url and make_url(url).username) or ""


def _let_in(connection: Connection, settings: SiteSettings) -> None:
    """Give the accounts of the side's sites their rights; the owner's has them all."""
    owner, staff, public = map(
        account_of, (settings.owner_url, settings.staff_url, settings.public_url)
    )
    if staff not in {"", owner}:
        _let_staff_in(connection, staff)
    public_site = SIDES[settings.side].public_site
    if public_site and public not in {"", owner, staff}:
        _let_public_in(connection, public, public_site)


def _let_staff_in(connection: Connection, account: str) -> None:
    """Let the staff site's account read and write rows, or have tables rewritten; nothing else."""
    account = connection.dialect.identifier_preparer.quote_identifier(account)
    rights = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
    connection.exec_driver_sql(f"GRANT {rights} TO {account}")
    for rights in ("INSERT, UPDATE, DELETE ON alembic_version", "UPDATE, DELETE ON audit"):
        connection.exec_driver_sql(f"REVOKE {rights} FROM {account}")
    functions = "rewrite_table(text), forget_log()"
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {functions} TO {account}")


def _let_public_in(connection: Connection, account: str, site: Site) -> None:
    """Let the public site's account do what the table of sides lists; whatever else it had ends."""
    account = connection.dialect.identifier_preparer.quote_identifier(account)
    for objects in ("TABLES", "FUNCTIONS"):
        connection.exec_driver_sql(f"REVOKE ALL ON ALL {objects} IN SCHEMA public FROM {account}")
    for table_name, rights in site.rights:
        connection.exec_driver_sql(f"GRANT {', '.join(rights)} ON {table_name} TO {account}")
