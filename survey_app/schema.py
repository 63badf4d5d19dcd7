"""Bring a store's tables to what the code expects, by its own history of migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from survey_app.config import Side
from survey_app.database import Database

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def history(side: Side) -> Config:
    """Point Alembic to one side's history."""
    config = Config(_MIGRATIONS / "alembic.ini", ini_section=side)
    config.set_section_option(side, "script_location", str(_MIGRATIONS / side).replace("%", "%%"))
    return config


def upgrade(database: Database, side: Side, revision: str = "head") -> None:
    """Run the migrations that a store lacks."""
    config = history(side)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(database: Database, side: Side, revision: str) -> None:
    """Take migrations back down to a revision."""
    config = history(side)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
