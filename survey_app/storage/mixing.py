"""Rows without an order of arrival on PostgreSQL: the latest of each stratum are mixed."""

from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

POOL = 20
"""How many of a pool's latest rows every write to it rewrites, in random order."""


class Pooled:
    """Columns of a table whose latest rows in each campaign's stratum are mixed."""

    pending: Mapped[bool] = mapped_column(default=False, sort_order=1)
    """Whether the next write to the pool rewrites this row."""


WHERE_PENDING: Final[dict[str, Any]] = {
    "postgresql_where": text("pending"),
    "sqlite_where": text("pending"),
}
"""What an index of pending rows holds."""


def mix(session: Session, model: type[Pooled], newest: bytes, campaign: str, stratum: str) -> None:
    """Hide which row of a stratum was written last among the rows written shortly before.

    PostgreSQL tells by ``xmin`` which transaction wrote a row and by ``ctid`` where it put it. The
    stratum's pending rows and the newest are rewritten in random order by this transaction; one
    of them, drawn at random, is pending no more once they are too many. Call it after the write,
    under a `lock` on the stratum that was taken before any write. On SQLite the random primary key
    is the order, and no row is ever pending.
    """
    if keeps_versions(session):
        session.flush()
        values = {"newest": newest, "in_campaign": campaign, "in_stratum": stratum}
        session.execute(_mixing(table_of(model)), values)


def shuffle(session: Session, model: type[Pooled], campaign: str) -> None:
    """Rewrite all rows of a campaign in random order: none tells when it was first written."""
    if keeps_versions(session):
        session.flush()
        session.execute(_shuffling(table_of(model)), {"in_campaign": campaign})
        session.expire_all()  # what the session holds was rewritten


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
    deleted_rows = delete(table).where(*rows).returning(*table.c).cte("gone")
    place = func.row_number().over(order_by=func.gen_random_uuid())  # draws who stays pending, too
    columns = [
        (place <= pending).label(column.name) if column.name == "pending" else column
        for column in deleted_rows.c
    ]
    rows_again = select(*columns).order_by(func.gen_random_uuid())
    return insert(table).from_select(deleted_rows.c.keys(), rows_again)


def keeps_versions(session: Session) -> bool:
    """Tell whether the store keeps what rows were before, as PostgreSQL does."""
    return session.get_bind().dialect.name == "postgresql"


def table_of(model: type[DeclarativeBase | Pooled]) -> Table:
    """Give a model's table, for statements that leave the session's objects alone."""
    table = getattr(model, "__table__", None)
    if not isinstance(table, Table):
        raise TypeError(model)
    return table
