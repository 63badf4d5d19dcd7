"""Which ballots a backup holds while their box collects: no one alone, none that waits."""

from typing import Any

from sqlalchemy import Select, Table, false, select, true
from sqlalchemy.orm import Session

from survey_app.answers.store.models import Ballot, Box, Campaign, Pool
from survey_app.storage.copies import all_rows, mark_batches

_COLLECTING = select(Campaign.campaign).where(Campaign.box == Box.COLLECTING)


def mark(session: Session) -> None:
    """Mark the ballots of full batches, while no box closes."""
    session.execute(_COLLECTING.with_for_update(read=True))
    mark_batches(session, Ballot, true())


def rows(table: Table) -> Select[Any]:
    """Give the rows of a table that a copy holds."""
    match table.name:
        case Pool.__tablename__:
            return all_rows(table).where(false())
        case Ballot.__tablename__:
            return all_rows(table).where(table.c.copied | table.c.campaign.not_in(_COLLECTING))
    return all_rows(table)
