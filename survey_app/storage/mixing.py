"""Rows without an order of arrival on PostgreSQL: after the close all of them are mixed."""

from functools import cache

from sqlalchemy import Executable, Table, bindparam, delete, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Session


def shuffle(
    session: Session, model: type[DeclarativeBase], campaign: str, stratum: str = ""
) -> None:
    """Rewrite all rows of a campaign, or of a stratum, in random order: none tells when it came.

    On SQLite `Database.vacuum` does so, in the order of the random primary key.
    """
    if keeps_versions(session):
        session.flush()
        places = {"in_campaign": campaign} | ({"in_stratum": stratum} if stratum else {})
        session.execute(_shuffling(table_of(model), len(places)), places)
        session.expire_all()  # what the session holds was rewritten


@cache
def _shuffling(table: Table, places: int) -> Executable:
    """Delete rows and insert them again, in one statement and by the server's own strong chance."""
    of_place = [table.c.campaign == bindparam("in_campaign")]
    if places > 1:
        of_place.append(table.c.stratum == bindparam("in_stratum"))
    deleted_rows = delete(table).where(*of_place).returning(*table.c).cte("gone")
    rows_again = select(*deleted_rows.c).order_by(func.gen_random_uuid())
    return insert(table).from_select(deleted_rows.c.keys(), rows_again)


def keeps_versions(session: Session) -> bool:
    """Tell whether the store keeps what rows were before, as PostgreSQL does."""
    return session.get_bind().dialect.name == "postgresql"


def table_of(model: type[object]) -> Table:
    """Give a model's table, for statements that leave the session's objects alone."""
    table = getattr(model, "__table__", None)
    if not isinstance(table, Table):
        raise TypeError(model)
    return table
