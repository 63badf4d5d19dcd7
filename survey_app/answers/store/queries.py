"""Queries that more than one site makes in the answers store."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.answers.store.models import Ballot, Box, Campaign, Pool
from survey_app.documents.design import SMALLEST_OPENING, Stratum
from survey_app.documents.manifest import PublishedManifest, parse
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
    """How many of a stratum answered.

    ``ballots`` is exact after the close; before it is rounded down to tens, and None below ten: a
    count that grows one by one would tell when a person answered.
    """

    stratum: Stratum
    ballots: int | None


def turnout(session: Session, campaign: str) -> list[StratumBallots]:
    """Give the turnout of each stratum, in the design's order."""
    row = find_campaign(session, campaign)
    ballots = ballots_by_stratum(session, campaign)
    grain = SMALLEST_OPENING if row.box == Box.COLLECTING else 1
    return [
        StratumBallots(
            stratum, ballots.get(stratum.id, 0) // grain * grain or (None if grain > 1 else 0)
        )
        for stratum in manifest_of(row.published).strata
    ]
