"""What a backup holds of the tables that respondents write to: whole batches of their rows.

Two copies of one store tell which rows came between them. So rows are marked, a batch of a stratum
at a time, and a copy holds those that are marked, however often it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey_app.storage.mixing import table_of

BATCH = 20
"""How many new rows of a stratum come into a copy together, at least."""


class CopiedColumns:
    """Columns of a table of which copies hold the marked rows."""

    copied: Mapped[bool] = mapped_column(default=False, sort_order=1)
    """Whether copies hold the row."""


@dataclass(frozen=True)
class Copying:
    """How one side is copied.

    Attributes
    ----------
    mark
        Marks the batches that are full by now. What it did is committed before a copy is made.
    rows
        The rows of a table that a copy holds, with its columns in their order.
    """

    mark: Callable[[Session], None]
    rows: Callable[[Table], Select[Any]]


def mark_batches(
    session: Session, model: type[CopiedColumns], condition: ColumnElement[bool]
) -> None:
    """Mark the rows that fulfil a condition and are in no copy, of strata with enough of them."""
    table = table_of(model)
    stratum = (table.c.campaign, table.c.stratum)
    new = ~table.c.copied & condition
    full = select(*stratum).where(new).group_by(*stratum).having(func.count() >= BATCH)
    session.execute(update(table).where(new, tuple_(*stratum).in_(full)).values(copied=True))


def all_rows(table: Table) -> Select[Any]:
    """Give all rows of a table."""
    return select(table)
