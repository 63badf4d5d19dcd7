"""Queries that more than one site makes in the answers store."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.answers.store.models import Ballot, Box, Campaign, Pool
from survey_app.documents.design import Stratum
from survey_app.documents.extension import extended
from survey_app.documents.manifest import PublishedManifest, parse
from survey_app.documents.shown_counts import show
from survey_app.errors import NotFoundError
from survey_app.storage.pool import number_waiting


def find_campaign(session: Session, campaign: str) -> Campaign:
    """Get a campaign.

    Raises
    ------
    NotFoundError
        There is no campaign of this name.
    """
    row = session.get(Campaign, campaign)
    if row is None:
        raise NotFoundError(campaign=campaign)
    return row


def lock_campaign(session: Session, campaign: str, *, with_others: bool = False) -> None:
    """Lock this campaign until the transaction ends; shared locks do not exclude each other."""
    session.flush()
    session.get(Campaign, campaign, with_for_update={"read": with_others}, populate_existing=True)


@lru_cache(maxsize=64)
def manifest_of(published: bytes) -> PublishedManifest:
    """Read a published manifest, once for every content."""
    return parse(PublishedManifest, published)


def last_day(row: Campaign) -> date:
    """Give the last day on which codes are good for an answer: as planned, or as extended."""
    return extended(manifest_of(row.published).window, row.extension).end


def ballots_by_stratum(session: Session, campaign: str) -> dict[str, int]:
    """Count the ballots in every stratum that has any, in the table or waiting."""
    query = (
        select(Ballot.stratum, func.count())
        .where(Ballot.campaign == campaign)
        .group_by(Ballot.stratum)
    )
    counts = Counter({row.stratum: row[1] for row in session.execute(query)})
    counts.update(number_waiting(session, Pool, campaign))
    return dict(counts)


@dataclass(frozen=True)
class StratumBallots:
    """How many of a stratum answered, as it may be shown; None below ten before the close."""

    stratum: Stratum
    ballots: int | None


def turnout(session: Session, campaign: str) -> list[StratumBallots]:
    """Give the turnout of each stratum, in the design's order."""
    row = find_campaign(session, campaign)
    ballots = ballots_by_stratum(session, campaign)
    is_closed = row.box != Box.COLLECTING
    return [
        StratumBallots(stratum, show(ballots.get(stratum.id, 0), is_closed=is_closed).number)
        for stratum in manifest_of(row.published).strata
    ]
