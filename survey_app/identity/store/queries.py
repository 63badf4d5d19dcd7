"""Queries of the identity store that more than one site needs."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.errors import N_, NotFoundError, SurveyError
from survey_app.identity.store.models import (
    UNCLAIMED,
    WITHDRAWN,
    Campaign,
    Invitation,
    Letter,
    Person,
    Place,
    Pool,
    RefusedClaims,
)
from survey_app.storage.pool import number_waiting


@dataclass(frozen=True)
class Claims:
    """How many codes a stratum has, withdrawn ones left out, and how many were claimed."""

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
    """Count codes in every stratum that has some; those that were withdrawn are none."""
    session.flush()
    query = select(Place.stratum, Place.codes).where(Place.campaign == campaign, Place.codes > 0)
    return dict(session.execute(query.order_by(Place.stratum)).all())


def check_no_codes(session: Session, campaign: str) -> None:
    """Refuse to draw once a code of a campaign is good, or was: more would work than were drawn.

    Raises
    ------
    SurveyError
        There is such a code.
    """
    if count_codes(session, campaign):
        raise SurveyError(N_("Codes have been made: no one can be drawn any more."))


def count_claims(session: Session, campaign: str) -> dict[str, Claims]:
    """Count codes and credentials in every stratum that has codes; some credentials wait."""
    claims = Counter(_stored_claims(session, campaign))
    claims.update(number_waiting(session, Pool, campaign))
    counts = count_codes(session, campaign)
    return {stratum: Claims(number, claims[stratum]) for stratum, number in counts.items()}


def count_undelivered(session: Session, campaign: str) -> dict[str, int]:
    """Count by stratum the persons whose invitation by letter no mail server has taken.

    It waits, or it failed and no manager has dealt with it, or the person has no address.
    """
    query = (
        select(Letter.stratum, func.count())
        .where(Letter.campaign == campaign, Letter.person.is_not(None))
        .group_by(Letter.stratum)
        .order_by(Letter.stratum)
    )
    return {row.stratum: row[1] for row in session.execute(query)}


def was_mailed(session: Session, campaign: str) -> bool:
    """Tell whether persons of a campaign were invited by letter."""
    mailed = select(Person.person).where(Person.campaign == campaign, Person.step == "mailed")
    return session.scalar(mailed.limit(1)) is not None


def count_refused(session: Session, campaign: str) -> int:
    """Count the claims of a campaign that were refused."""
    row = session.get(RefusedClaims, campaign)
    return row.number if row else 0


def _stored_claims(session: Session, campaign: str) -> dict[str, int]:
    """Count a campaign's claims that do not wait, by stratum.

    Measured on 150,000 codes: by the index each row is looked up singly, 145 ms; read in one pass,
    56 ms.
    """
    unindexed = Invitation.campaign.concat("") == campaign
    query = (
        select(Invitation.stratum, func.count())
        .where(Invitation.claimed_for.not_in((UNCLAIMED, WITHDRAWN)), unindexed)
        .group_by(Invitation.stratum)
    )
    return {row.stratum: row[1] for row in session.execute(query)}
