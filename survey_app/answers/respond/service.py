"""What the public may do on the answers side: cast a ballot, and check that it was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from survey_app.answers.client.bundles import File, files, script_file
from survey_app.answers.store import ballot_pool, queries
from survey_app.answers.store.models import Ballot, Box, Campaign, Script
from survey_app.answers.store.queries import ballots_by_stratum, find_campaign, manifest_of
from survey_app.crypto import blind_rsa
from survey_app.crypto.credentials import SERIAL_BYTES, credential_message, spent_hash
from survey_app.crypto.receipts import receipt as receipt_of
from survey_app.documents.design import Names
from survey_app.documents.extension import extended
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import (
    N_,
    BallotRefusedError,
    ClosedError,
    CredentialSpentError,
    InputError,
    StateError,
    SurveyError,
)
from survey_app.storage.database import lock

_BOX_THAT_STAYS = (
    select(Campaign.box).where(Campaign.campaign == bindparam("named")).with_for_update(read=True)
)
"""Where the box stands, until the transaction ends."""
_STANDING = select(Campaign.box, Campaign.extension).where(Campaign.campaign == bindparam("named"))


@dataclass(frozen=True)
class Cast:
    """A ballot as it came: nothing in it is trusted yet."""

    stratum: str
    message: bytes
    signature: bytes
    sealed: bytes


@dataclass(frozen=True)
class Standing:
    """What may still change of a campaign: whether its box takes ballots, and its last day."""

    collecting: bool
    last_day: date


@dataclass(frozen=True)
class Count:
    """What is published after the close."""

    root: bytes
    ballots: dict[str, int]
    receipts: Sequence[bytes]


def verify(manifest: PublishedManifest, ballot: Cast) -> None:
    """Check a ballot against the manifest alone: right credential, right length.

    Raises
    ------
    InputError
        There is no such stratum, or the sealed answers have another length than every other.
    BallotRefusedError
        The credential is not one of this campaign and stratum.
    """
    stratum = manifest.stratum(ballot.stratum)
    if stratum is None:
        raise InputError(N_("There is no such stratum in this survey."))
    if len(ballot.sealed) != manifest.seals(stratum).length(len(manifest.questions(stratum).codes)):
        raise InputError(N_("The sealed answers have the wrong length."))
    content, serial = ballot.message[blind_rsa.PREFIX_BYTES :], ballot.message[-SERIAL_BYTES:]
    if content != credential_message(manifest.edition, manifest.campaign, stratum.id, serial):
        raise BallotRefusedError
    try:
        blind_rsa.verify(stratum.key, ballot.message, ballot.signature)
    except blind_rsa.BlindSignatureError:
        raise BallotRefusedError from None


def cast(session: Session, manifest: PublishedManifest, ballot: Cast, today: date) -> bytes:
    """Put a verified ballot into the box and return its receipt; sent twice, it is there once.

    Raises
    ------
    CredentialSpentError
        Another ballot was cast with this credential.
    ClosedError, NotYetOpenError
        The box takes no ballots now, and this one is not in it.
    """
    campaign, stratum = manifest.campaign, ballot.stratum
    receipt = receipt_of(manifest.edition, ballot.message, ballot.sealed)
    digest = spent_hash(manifest.edition, ballot.message)
    lock(session, campaign, stratum)
    box = session.scalars(_BOX_THAT_STAYS, {"named": campaign}).one()
    there = ballot_pool.find_same(session, campaign, stratum, receipt, digest)
    if receipt in there.receipts:
        return receipt
    if box != Box.COLLECTING:
        raise ClosedError
    manifest.check_begun(today)
    if there.receipts:
        raise CredentialSpentError
    ballot_pool.add(session, there, receipt, digest, ballot.sealed)
    return receipt


def published(session: Session, campaign: str) -> PublishedManifest:
    """Get the published manifest of a campaign."""
    return manifest_of(find_campaign(session, campaign).published)


def script(session: Session, campaign: str, name: str) -> File:
    """Get a script as it was when the manifest was accepted; of the first edition, as it is now."""
    content = session.get(Script, (campaign, name))
    return files()[name] if content is None else script_file(content.content)


def phase(manifest: PublishedManifest, standing: Standing, today: date) -> str:
    """Say where a campaign stands.

    Returns
    -------
    str
        ``early``, ``late`` (nothing is taken any more), ``after`` (the last day that this side
        knows has passed; the issuer may know a later one), or nothing within the days.
    """
    if today < manifest.window.start:
        return "early"
    if not standing.collecting or today > manifest.latest_day:
        return "late"
    return "after" if today > standing.last_day else ""


def standing(session: Session, manifest: PublishedManifest) -> Standing:
    """Look up what may still change of a campaign whose manifest is at hand."""
    box, extension = session.execute(_STANDING, {"named": manifest.campaign}).one()
    return Standing(box == Box.COLLECTING, extended(manifest.window, extension).end)


def collecting(session: Session, today: date) -> list[PublishedManifest]:
    """List the campaigns that invite to answer now."""
    query = select(Campaign).where(Campaign.box == Box.COLLECTING).order_by(Campaign.campaign)
    return [
        manifest_of(row.published) for row in session.scalars(query) if _takes_ballots(row, today)
    ]


@dataclass(frozen=True)
class SurveyEntry:
    """A campaign as the start page lists it."""

    campaign: str
    title: Names
    first_day: date
    last_day: date
    stage: str
    """``open``, ``early`` or ``ended``."""
    closed_early: bool
    """Whether its box was closed on the last day or before."""


def listed(session: Session, today: date) -> list[SurveyEntry]:
    """List every campaign, those that end last first: receipts are checked long after the end."""
    entries = [_entry(row, today) for row in session.scalars(select(Campaign))]
    return sorted(entries, key=lambda entry: (-entry.last_day.toordinal(), entry.campaign))


def _entry(row: Campaign, today: date) -> SurveyEntry:
    manifest = manifest_of(row.published)
    first_day, last_day = manifest.window.start, queries.last_day(row)
    is_over = row.box != Box.COLLECTING or today > last_day
    stage = "ended" if is_over else "early" if today < first_day else "open"
    closed_early = is_over and today <= last_day
    return SurveyEntry(
        manifest.campaign, manifest.heading, first_day, last_day, stage, closed_early
    )


def collects(session: Session, campaign: str) -> bool:
    """Whether a campaign's box still takes ballots."""
    return find_campaign(session, campaign).box == Box.COLLECTING


def count(session: Session, campaign: str) -> Count:
    """Give the sorted receipts, their Merkle root and the ballots by stratum, after the close.

    Raises
    ------
    StateError
        The box has not closed: a list that grows would tell when a person answered.
    """
    row = find_campaign(session, campaign)
    if row.merkle_root is None:
        raise StateError(campaign=campaign, state=row.box, needed=Box.CLOSED)
    query = select(Ballot.receipt).where(Ballot.campaign == campaign).order_by(Ballot.receipt)
    receipts = session.scalars(query).all()
    return Count(row.merkle_root, ballots_by_stratum(session, campaign), receipts)


def _takes_ballots(row: Campaign, today: date) -> bool:
    try:
        manifest_of(row.published).check_days(today, queries.last_day(row))
    except SurveyError:
        return False
    return True
