"""What is done with the box: accept a manifest, close, strip, open; each is logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.analyse.box.destruction import useless_keys
from survey_app.answers.analyse.box.grouping import OpeningGroups
from survey_app.answers.client.bundles import pinned_scripts
from survey_app.answers.store import ballot_pool
from survey_app.answers.store.models import Audit, Ballot, Box, Campaign, KeyName, Script
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
from survey_app.documents.extension import extended
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.errors import N_, OpeningError, StateError, SurveyError
from survey_app.storage.mixing import shuffle


@dataclass(frozen=True)
class BoxOverview:
    """A campaign's box as the list shows it."""

    campaign: str
    title: Names
    state: str
    window: Period
    latest_day: date
    has_keeper: bool
    useless_keys: list[KeyName]
    """Keys that nothing needs any more, and that no one has said to be destroyed."""

    @property
    def destroying(self) -> tuple[str, ...]:
        """What says that a key is destroyed."""
        option = {KeyName.OPENING: "", KeyName.KEEPER: " --keeper"}
        return tuple(f"destroy-key {{campaign}}{option[key]}" for key in self.useless_keys)

    @property
    def commands(self) -> tuple[str, ...]:
        """What opens the box from where it stands; ``{campaign}`` stands for its name."""
        opening = ("open {campaign}",)
        if not self.has_keeper or self.state == Box.STRIPPED:
            return opening
        return ("strip {campaign} --keeper keeper.key", *opening)


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
    OpeningError
        The seal keeper's key is good for no keeper.
    """
    manifest = parse(Manifest, document)
    check_design(manifest.strata)
    check_new(session, manifest.campaign)
    _check_keeper(session, manifest, keys)
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


def _check_keeper(session: Session, manifest: Manifest, keys: BoxKeys) -> None:
    """Refuse a keeper where there can be none, and a keeper's key that is another key as well."""
    if keys.keeper is None:
        return
    if manifest.edition == 1:
        raise OpeningError(N_("A campaign of the first edition has no seal keeper."))
    documents = session.scalars(select(Campaign.published)).all()
    manifests = [manifest_of(published) for published in documents]
    known_keys = {key for m in manifests for key in (m.sealing_key, m.keeper_key)}
    if keys.keeper in {keys.sealing, *known_keys}:
        raise OpeningError(
            N_("This key of a seal keeper is used already: a new one is made for each campaign.")
        )


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


def close(session: Session, campaign: str, grounds: Grounds) -> None:
    """Close the box for good and fix the Merkle root of its receipts; a closed one stays so.

    Raises
    ------
    ClosingError, OpeningError
        There are no grounds for it: the campaign goes on.
    """
    lock_campaign(session, campaign)
    row = find_campaign(session, campaign)
    grounds.check(manifest_of(row.published), ballots_by_stratum(session, campaign))
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


def check_strip(
    session: Session, campaign: str, key: sealing.OpeningKey | None = None
) -> PublishedManifest:
    """Get the manifest of a campaign whose keeper's seals are to come off now, by this key.

    Raises
    ------
    StateError
        They came off before.
    OpeningError
        There is no seal keeper, or the key is not the keeper's.
    """
    row = find_campaign(session, campaign)
    manifest = manifest_of(row.published)
    if manifest.keeper_key is None:
        raise OpeningError(
            N_("“%(campaign)s” has no seal keeper: open the box."), campaign=campaign
        )
    if row.box in (Box.STRIPPED, Box.OPENED):
        raise StateError(
            N_("The seal keeper's seals of “%(campaign)s” are off already."), campaign=campaign
        )
    if key is not None and sealing.public_bytes(key) != manifest.keeper_key:
        raise OpeningError(reason=N_("this is not the seal keeper's key of this campaign"))
    return manifest


def check_open(
    session: Session, campaign: str, key: sealing.OpeningKey | None = None
) -> PublishedManifest:
    """Get the manifest of a campaign whose box is to be opened now, by this key.

    Raises
    ------
    StateError
        It was opened, or the keeper's seals are still on.
    OpeningError
        The key is another one.
    """
    manifest = check_unopened(session, campaign)
    state = find_campaign(session, campaign).box
    if manifest.keeper_key is not None and state != Box.STRIPPED:
        raise StateError(campaign=campaign, state=state, needed=Box.STRIPPED)
    if key is not None and sealing.public_bytes(key) != manifest.sealing_key:
        raise OpeningError(reason=N_("this is the key of another campaign"))
    return manifest


def plan(session: Session, campaign: str, merges: Mapping[str, str]) -> OpeningGroups:
    """Decide which strata of a closed box are opened together: no sheet stands in a small group.

    Raises
    ------
    StateError
        The box still collects: what the plan depends on is not to be told yet. Or it was opened.
    OpeningError
        A stratum has too few ballots and was not merged, or a merge is impossible.
    """
    row = find_campaign(session, campaign)
    if row.box != Box.CLOSED:
        raise StateError(campaign=campaign, state=row.box, needed=Box.CLOSED)
    manifest = manifest_of(row.published)
    return OpeningGroups.of(manifest.strata, ballots_by_stratum(session, campaign), merges)


def overview(session: Session) -> list[BoxOverview]:
    """List all campaigns with the state of their box."""
    rows = session.scalars(select(Campaign).order_by(Campaign.campaign)).all()
    pairs = [(row, manifest_of(row.published)) for row in rows]
    return [
        BoxOverview(
            m.campaign,
            m.heading,
            row.box,
            extended(m.window, row.extension),
            m.latest_day,
            m.keeper_key is not None,
            useless_keys(session, m.campaign),
        )
        for row, m in pairs
    ]
