"""What a statistician can do with the box: accept a manifest, close, open; each is logged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.answers.analyse.box.destruction import has_keys
from survey_app.answers.analyse.box.grouping import OpeningGroups
from survey_app.answers.analyse.box.unsealing import OpenedPart, SealedBallot
from survey_app.answers.client.bundles import pinned_scripts
from survey_app.answers.store import ballot_pool
from survey_app.answers.store.models import Audit, Ballot, Box, Campaign, Opening, Script, Sheets
from survey_app.answers.store.queries import (
    ballots_by_stratum,
    find_campaign,
    lock_campaign,
    manifest_of,
)
from survey_app.config import SiteSettings
from survey_app.crypto import sealing, signatures
from survey_app.crypto.receipts import merkle_root
from survey_app.documents.design import Names, Period
from survey_app.documents.design_rules import check_design
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.errors import N_, OpeningError, StateError, SurveyError
from survey_app.storage.mixing import shuffle

SHEET_KEPT, SEALED = "kept", "sealed"


@dataclass(frozen=True)
class BoxOverview:
    """A campaign's box as the list shows it."""

    campaign: str
    title: Names
    state: str
    window: Period
    has_keys: bool
    """The box is opened, and no one has said that its keys are destroyed."""


@dataclass(frozen=True)
class BoxKeys:
    """The public keys of a campaign's box.

    Attributes
    ----------
    sealing, keeper
        Points of P-256: the statisticians', and the seal keeper's if there is one.
    receipts
        The Ed25519 key of its receipts.
    """

    sealing: bytes
    receipts: bytes
    keeper: bytes | None = None

    @classmethod
    def of(
        cls, settings: SiteSettings, campaign: str, sealing: bytes, keeper: bytes | None = None
    ) -> "BoxKeys":
        """Add the key that the side derives itself."""
        key = signatures.campaign_key(settings.secret("receipts"), signatures.RECEIPTS, campaign)
        return cls(sealing, signatures.public_bytes(key), keeper)


def accept(session: Session, document: bytes, keys: BoxKeys) -> PublishedManifest:
    """Accept a manifest for good: from now on nothing in it can change.

    Raises
    ------
    ManifestError
        It is not a manifest.
    DesignRefusedError
        A stratum of it would not hide its persons.
    SurveyError
        One was accepted for this campaign already.
    """
    manifest = parse(Manifest, document)
    check_design(manifest.strata)
    check_new(session, manifest.campaign)
    scripts = pinned_scripts()
    published = PublishedManifest(**dict(manifest), **_added(manifest, keys, scripts))
    session.add(
        Campaign(campaign=manifest.campaign, box=Box.COLLECTING, published=published.canonical())
    )
    if published.scripts is not None:
        session.flush()
        session.add_all(
            Script(campaign=manifest.campaign, file=name, content=content)
            for name, content in scripts.items()
        )
    audit.record(session, Audit, "accept", manifest.campaign)
    return published


def _added(manifest: Manifest, keys: BoxKeys, scripts: Mapping[str, bytes]) -> dict[str, Any]:
    """Give what the answers side adds to a manifest of its edition."""
    if manifest.edition == 1:
        return {"sealing_key": keys.sealing}
    return {
        "sealing_key": keys.sealing,
        "keeper_key": keys.keeper,
        "receipts_key": keys.receipts,
        "scripts": {name: sha256(content).digest() for name, content in scripts.items()},
    }


def check_new(session: Session, campaign: str) -> None:
    """Refuse a campaign whose manifest was accepted before."""
    if session.get(Campaign, campaign) is not None:
        raise SurveyError(
            N_("A manifest was accepted for the campaign “%(campaign)s” already."),
            campaign=campaign,
        )


def close(session: Session, campaign: str) -> None:
    """Close the box for good and fix the Merkle root of its receipts; a closed one stays so."""
    lock_campaign(session, campaign)
    row = find_campaign(session, campaign)
    if row.box == Box.COLLECTING:
        ballot_pool.empty(session, campaign)
        query = select(Ballot.receipt).where(Ballot.campaign == campaign)
        row.merkle_root = merkle_root(session.scalars(query).all())
        row.box = Box.CLOSED
        shuffle(session, Ballot, campaign)
        audit.record(session, Audit, "close", campaign)


def check_unopened(session: Session, campaign: str) -> PublishedManifest:
    """Get the manifest of a campaign whose box was not opened yet.

    Raises
    ------
    StateError
        It was opened.
    """
    row = find_campaign(session, campaign)
    if row.box == Box.OPENED:
        raise StateError(N_("The box of “%(campaign)s” is opened already."), campaign=campaign)
    return manifest_of(row.published)


def plan(session: Session, campaign: str, merges: Mapping[str, str]) -> OpeningGroups:
    """Decide which strata of a closed box are opened together: no sheet stands in a small group.

    Raises
    ------
    StateError
        The box still collects: what the plan depends on is not to be told yet. Or it was opened.
    OpeningError
        A stratum has too few ballots and was not merged, or a merge is impossible.
    """
    manifest = check_unopened(session, campaign)
    state = find_campaign(session, campaign).box
    if state == Box.COLLECTING:
        raise StateError(campaign=campaign, state=state, needed=Box.CLOSED)
    return OpeningGroups.of(manifest.strata, ballots_by_stratum(session, campaign), merges)


def sealed_ballots(
    session: Session, campaign: str, groups: OpeningGroups
) -> dict[str, list[SealedBallot]]:
    """Take the ballots of the strata that are opened out of the box, by stratum."""
    query = select(Ballot.stratum, Ballot.spent, Ballot.sealed).where(
        Ballot.campaign == campaign, Ballot.stratum.in_(groups.group_of)
    )
    box: dict[str, list[SealedBallot]] = {stratum: [] for stratum in groups.group_of}
    for stratum, spent_hash, sealed in session.execute(query):
        box[stratum].append((spent_hash, sealed or b""))
    return box


def check_key(manifest: PublishedManifest, key: sealing.OpeningKey) -> None:
    """Refuse a key that is not the one to which this campaign's answers are sealed."""
    if sealing.public_bytes(key) != manifest.sealing_key:
        raise OpeningError(reason=N_("this is the key of another campaign"))


def store_sheets(
    session: Session, campaign: str, groups: OpeningGroups, opened_parts: Iterable[OpenedPart]
) -> Counter[str]:
    """Keep the sheets sorted, and empty the box; gives the ballots by outcome.

    From here on no receipt leads to a sheet, not even with the opening key.

    Raises
    ------
    StateError
        The box was opened meanwhile.
    """
    lock_campaign(session, campaign)
    check_unopened(session, campaign)
    sheets: dict[str, list[bytes]] = {group: [] for group in groups.group_of.values()}
    ballots_by_outcome: Counter[tuple[str, str]] = Counter()
    for part in opened_parts:
        group = groups.group_of[part.stratum]
        opened_sheets = [outcome for outcome in part.outcomes if isinstance(outcome, bytes)]
        sheets[group] += opened_sheets
        ballots_by_outcome[group, SHEET_KEPT] += len(opened_sheets)
        ballots_by_outcome.update(
            (group, reason) for reason in part.outcomes if isinstance(reason, str)
        )
    for stratum, ballots in groups.sealed.items():
        ballots_by_outcome[stratum, SEALED] = ballots
    session.add_all(
        Sheets(campaign=campaign, stratum=group, answers=b"".join(sorted(answers)))
        for group, answers in sheets.items()
    )
    session.add_all(
        Opening(campaign=campaign, stratum=stratum, outcome=outcome, sheets=number)
        for (stratum, outcome), number in ballots_by_outcome.items()
    )
    session.execute(update(Ballot).where(Ballot.campaign == campaign).values(sealed=None))
    session.execute(update(Campaign).where(Campaign.campaign == campaign).values(box=Box.OPENED))
    audit.record(session, Audit, "open", campaign)
    outcomes: Counter[str] = Counter()
    for (_, outcome), number in ballots_by_outcome.items():
        outcomes[outcome] += number
    return outcomes


def overview(session: Session) -> list[BoxOverview]:
    """List all campaigns with the state of their box."""
    rows = session.execute(select(Campaign.box, Campaign.published).order_by(Campaign.campaign))
    pairs = [(box, manifest_of(published)) for box, published in rows]
    return [
        BoxOverview(m.campaign, m.heading, box, m.window, has_keys(session, m.campaign))
        for box, m in pairs
    ]
