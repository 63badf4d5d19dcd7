"""Queries of the identity store that more than one site needs."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.errors import NotFoundError
from survey_app.identity.store.models import UNCLAIMED, Campaign, Invitation, Pool
from survey_app.storage.pool import number_waiting


@dataclass(frozen=True)
class Claims:
    """How many codes a stratum has, and how many of them were claimed."""

    invited: int
    claims: int


def find_campaign(session: Session, campaign: str) -> Campaign:
    """Get a campaign.

    Raises
    ------
    NotFoundError
        There is none of this name.
    """
    row = session.get(Campaign, campaign)
    if row is None:
        raise NotFoundError(campaign=campaign)
    return row


def lock_campaign(session: Session, campaign: str, *, with_others: bool = False) -> None:
    """Lock a campaign against changes until this transaction ends; several may share the lock."""
    session.flush()
    session.get(Campaign, campaign, with_for_update={"read": with_others}, populate_existing=True)


def count_codes(session: Session, campaign: str) -> dict[str, int]:
    """Count codes in every stratum that has some; quicker than to look at claims as well."""
    query = (
        select(Invitation.stratum, func.count())
        .where(Invitation.campaign == campaign)
        .group_by(Invitation.stratum)
    )
    return {row.stratum: row[1] for row in session.execute(query)}


def count_claims(session: Session, campaign: str) -> dict[str, Claims]:
    """Count codes and credentials in every stratum that has codes; some credentials wait."""
    # Measured on 100,000 codes: by the index each row is looked up singly, 125 ms; read in one
    # pass, with the claimed ones picked out first, 35 ms.
    unindexed = Invitation.campaign.concat("") == campaign
    query = (
        select(Invitation.stratum, func.count())
        .where(Invitation.claimed_for != UNCLAIMED, unindexed)
        .group_by(Invitation.stratum)
    )
    claims = Counter({row.stratum: row[1] for row in session.execute(query)})
    claims.update(number_waiting(session, Pool, campaign))
    counts = count_codes(session, campaign)
    return {stratum: Claims(number, claims[stratum]) for stratum, number in counts.items()}
