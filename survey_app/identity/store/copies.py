"""Which claims a backup holds while a campaign collects: no one alone, none that waits."""

from typing import Any

from sqlalchemy import Select, Table, and_, case, false, literal, select
from sqlalchemy.orm import Session

from survey_app.identity.store.models import (
    UNCLAIMED,
    WITHDRAWN,
    Campaign,
    Invitation,
    Place,
    Pool,
    RefusedClaims,
    Step,
)
from survey_app.storage.copies import all_rows, mark_batches

_COLLECTING = select(Campaign.campaign).where(Campaign.step == Step.PUBLISHED)
_STATES = (UNCLAIMED, WITHDRAWN)
_TENS = 10


def mark(session: Session) -> None:
    """Mark the claims of full batches, while no campaign closes."""
    session.execute(_COLLECTING.with_for_update(read=True))
    mark_batches(session, Invitation, Invitation.claimed_for.not_in(_STATES))


def rows(table: Table) -> Select[Any]:
    """Give the rows of a table that a copy holds; other claims are not made in it."""
    match table.name:
        case Pool.__tablename__:
            return all_rows(table).where(false())
        case Invitation.__tablename__:
            return _codes(table)
        case Place.__tablename__:  # the codes that come back are counted again
            return select(*(literal(0) if c.name == "codes" else c for c in table.columns))
        case RefusedClaims.__tablename__:
            return select(table.c.campaign, table.c.number // _TENS * _TENS)
    return all_rows(table)


def _codes(table: Table) -> Select[Any]:
    new = and_(
        ~table.c.copied, table.c.claimed_for.not_in(_STATES), table.c.campaign.in_(_COLLECTING)
    )
    claimed_for = case((new, UNCLAIMED), else_=table.c.claimed_for)
    return select(*(claimed_for if c.name == "claimed_for" else c for c in table.columns))
