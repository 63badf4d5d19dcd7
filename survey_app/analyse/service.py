"""What a statistician can do with the box: accept a manifest, close, open; each is logged."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

import questionnaires
from survey_app.accounts import audit
from survey_app.analyse.merging import Groups
from survey_app.answers.models import Audit, Ballot, Box, Campaign, Opening, Sheet
from survey_app.answers.queries import (
    ballots_by_stratum,
    find_campaign,
    lock_campaign,
    manifest_of,
)
from survey_app.crypto import sealing
from survey_app.crypto.receipts import merkle_root
from survey_app.database import shuffle
from survey_app.errors import N_, OpeningError, StateError, SurveyError
from survey_app.manifest import Manifest, Names, Period, PublishedManifest, parse

KEPT, SEALED = "kept", "sealed"


@dataclass(frozen=True)
class BoxOverview:
    """A campaign's box as the list shows it."""

    campaign: str
    title: Names
    state: str
    window: Period


@dataclass(frozen=True)
class SealedBallot:
    """One ballot as it lies in the box, and the group of strata that it is opened in."""

    stratum: str
    group: str
    spent: bytes
    sealed: bytes


@dataclass(frozen=True)
class Opened:
    """What became of one ballot: a sheet, or the reason why there is none."""

    group: str
    answers: bytes | None
    outcome: str


def accept(session: Session, document: bytes, sealing_key: bytes) -> PublishedManifest:
    """Accept a manifest for good: from now on nothing in it can change.

    Raises
    ------
    ManifestError
        It is not a manifest.
    SurveyError
        One was accepted for this campaign already.
    """
    manifest = parse(Manifest, document)
    check_new(session, manifest.campaign)
    published = PublishedManifest(**dict(manifest), sealing_key=sealing_key)
    session.add(
        Campaign(campaign=manifest.campaign, box=Box.COLLECTING, published=published.canonical())
    )
    audit.record(session, Audit, "accept", manifest.campaign)
    return published


def check_new(session: Session, campaign: str) -> None:
    """Refuse a campaign for which a manifest was accepted already."""
    if session.get(Campaign, campaign) is not None:
        raise SurveyError(
            N_("A manifest was accepted for the campaign “%(campaign)s” already."),
            campaign=campaign,
        )


def close(session: Session, campaign: str) -> None:
    """Close the box for good, and fix the Merkle root over its receipts; again is no fault."""
    lock_campaign(session, campaign)
    found = find_campaign(session, campaign)
    if found.box == Box.COLLECTING:
        query = select(Ballot.receipt).where(Ballot.campaign == campaign)
        found.merkle_root = merkle_root(session.scalars(query).all())
        found.box = Box.CLOSED
        shuffle(session, Ballot, Ballot.campaign == campaign)
        audit.record(session, Audit, "close", campaign)


def check_unopened(session: Session, campaign: str) -> PublishedManifest:
    """Get the manifest of a campaign whose box was not opened yet.

    Raises
    ------
    StateError
        It was.
    """
    found = find_campaign(session, campaign)
    if found.box == Box.OPENED:
        raise StateError(campaign=campaign, state=found.box, needed=Box.CLOSED)
    return manifest_of(found.published)


def plan(session: Session, campaign: str, merges: Mapping[str, str]) -> Groups:
    """Decide which strata are opened together, so that no sheet stands in too small a group.

    Raises
    ------
    OpeningError
        A stratum has too few ballots and was not merged, or a merge is impossible.
    """
    lock_campaign(session, campaign)
    manifest = check_unopened(session, campaign)
    return Groups.of(manifest.strata, ballots_by_stratum(session, campaign), merges)


def sealed_ballots(session: Session, campaign: str, groups: Groups) -> list[SealedBallot]:
    """Take the ballots of the groups that are opened out of the box."""
    query = select(Ballot.stratum, Ballot.spent, Ballot.sealed).where(
        Ballot.campaign == campaign, Ballot.stratum.in_(groups.opened)
    )
    return [
        SealedBallot(stratum, groups.opened[stratum], spent, sealed or b"")
        for stratum, spent, sealed in session.execute(query)
    ]


def check_key(manifest: PublishedManifest, key: sealing.OpeningKey) -> None:
    """Refuse a key that is not the one to which this campaign's answers are sealed."""
    if sealing.public_bytes(key) != manifest.sealing_key:
        raise OpeningError(reason=N_("this is the key of another campaign"))


def open_ballot(
    manifest: PublishedManifest, key: sealing.OpeningKey, ballot: SealedBallot
) -> Opened:
    """Open one ballot; one that does not open or decode is counted by its reason."""
    stratum = manifest.stratum(ballot.stratum)
    if stratum is None:
        return Opened(ballot.group, None, "unknown stratum")
    info = sealing.ballot_info(manifest.campaign, ballot.stratum, ballot.spent)
    try:
        answers = sealing.open_sealed(key, info, ballot.sealed)
    except sealing.SealingError:
        return Opened(ballot.group, None, "does not open")
    try:
        questionnaires.decode(manifest.questions(stratum), answers)
    except ValueError:
        return Opened(ballot.group, None, "does not decode")
    return Opened(ballot.group, answers, KEPT)


def store_sheets(session: Session, campaign: str, groups: Groups, opened: Sequence[Opened]) -> None:
    """Keep the sheets in random order under random keys, and empty the box.

    From here on no receipt leads to a sheet, not even for who holds the opening key.

    Raises
    ------
    StateError
        Somebody else opened the box meanwhile.
    """
    lock_campaign(session, campaign)
    check_unopened(session, campaign)
    keyed = {secrets.token_bytes(16): one for one in opened if one.answers is not None}
    sheets = [
        {"sheet": key, "campaign": campaign, "stratum": one.group, "answers": one.answers}
        for key, one in sorted(keyed.items())
    ]
    if sheets:
        session.execute(insert(Sheet), sheets)
    session.add_all(_outcomes(campaign, groups, opened))
    session.execute(update(Ballot).where(Ballot.campaign == campaign).values(sealed=None))
    session.execute(update(Campaign).where(Campaign.campaign == campaign).values(box=Box.OPENED))
    audit.record(session, Audit, "open", campaign)


def overview(session: Session) -> list[BoxOverview]:
    """List all campaigns with the state of their box."""
    found = session.execute(select(Campaign.box, Campaign.published).order_by(Campaign.campaign))
    pairs = [(box, manifest_of(published)) for box, published in found]
    return [BoxOverview(m.campaign, m.title, box, m.window) for box, m in pairs]


def _outcomes(campaign: str, groups: Groups, opened: Iterable[Opened]) -> list[Opening]:
    counted = Counter((one.group, one.outcome) for one in opened)
    for stratum, ballots in groups.sealed.items():
        counted[stratum, SEALED] = ballots
    return [
        Opening(campaign=campaign, stratum=stratum, outcome=outcome, sheets=sheets)
        for (stratum, outcome), sheets in counted.items()
    ]
