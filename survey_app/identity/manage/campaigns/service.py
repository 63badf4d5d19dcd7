"""What a survey manager can do: create, confirm, fix, publish, close; each is logged."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import acting, audit
from survey_app.accounts.two_persons import are_two, check_two
from survey_app.config import SiteSettings
from survey_app.crypto import signatures
from survey_app.crypto.at_rest import encrypt
from survey_app.crypto.blind_rsa import SigningKey, generate_key
from survey_app.crypto.credentials import check_code
from survey_app.documents.closing import ClosingStatement, StratumClaims
from survey_app.documents.design import CampaignDesign, Period, Stratum
from survey_app.documents.extension import extended
from survey_app.documents.manifest import KeyedStratum, Manifest, PublishedManifest, parse
from survey_app.documents.validity import default_rule
from survey_app.errors import (
    N_,
    ChangedError,
    InputError,
    ManifestError,
    StateError,
    SurveyError,
    UnconfirmedError,
)
from survey_app.identity.manage.campaigns.draft import Draft, check_planned
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import (
    Audit,
    Campaign,
    Card,
    CodeList,
    Confirmation,
    Invitation,
    IssuerKey,
    Job,
    Letter,
    Person,
    Place,
    Proposal,
    RefusedClaims,
    Staff,
    Step,
)
from survey_app.identity.store.queries import Claims, count_claims, find_campaign, lock_campaign
from survey_app.storage.mixing import shuffle


@dataclass(frozen=True)
class Issuer:
    """Where credentials are signed, and the Ed25519 key of the closing statement (public)."""

    address: str
    closing_key: bytes

    @classmethod
    def of(cls, settings: SiteSettings, campaign: str) -> "Issuer":
        """Take both from what the site knows."""
        return cls(settings.issue_url, signatures.public_bytes(closing_key(settings, campaign)))


@dataclass(frozen=True)
class StratumKey:
    """A stratum's new key pair: the public half, and the private half encrypted."""

    stratum: str
    modulus: bytes
    encrypted: bytes


def create(session: Session, design: CampaignDesign[Stratum] | Draft) -> None:
    """Store a new campaign's design.

    Raises
    ------
    SurveyError
        There is a campaign of this name already.
    """
    if session.get(Campaign, design.campaign) is not None:
        raise SurveyError(
            N_("There is a campaign “%(campaign)s” already."), campaign=design.campaign
        )
    session.add(Campaign(campaign=design.campaign, step=Step.DRAFT, design=design.canonical()))
    session.flush()
    session.add(RefusedClaims(campaign=design.campaign, number=0))
    audit.record(session, Audit, "create", design.campaign)


def design_of(session: Session, campaign: str) -> CampaignDesign[Stratum]:
    """Read a campaign's design.

    Raises
    ------
    IncompleteError
        It is still a draft in which something is missing.
    """
    return draft_of(find_campaign(session, campaign)).design()


def draft_of(row: Campaign) -> Draft:
    """Read a campaign's design as far as it is planned."""
    return _draft(row.design)


def days(row: Campaign) -> Period | None:
    """Give the days on which answers are taken: as planned, or as extended; None in some drafts."""
    window = draft_of(row).window
    return window and extended(window, row.extension)


@lru_cache(maxsize=64)
def _draft(document: bytes) -> Draft:
    return Draft.model_validate_json(document)


def version(row: Campaign) -> str:
    """Compute a version of the design as it is now, so that no unseen change is overwritten."""
    return hashlib.sha256(row.design).hexdigest()[:16]


def change(session: Session, campaign: str, expected: str, **changes: object) -> Draft:
    """Change a draft.

    Raises
    ------
    StateError
        The campaign is no longer a draft.
    ChangedError
        It was changed since it was seen.
    DesignRefusedError
        A stratum would not hide its persons.
    SurveyError
        A sample was drawn for the strata as they are.
    """
    row = check_step(session, campaign, Step.DRAFT)
    if version(row) != expected:
        raise ChangedError
    if "strata" in changes and _has_persons(session, campaign):
        raise SurveyError(
            N_("The sample is drawn already: erase the roster before you change the strata.")
        )
    draft = Draft.model_validate(dict(draft_of(row)) | changes)
    if "strata" in changes:
        check_planned(draft.strata)
    row.design = draft.canonical()
    audit.record(session, Audit, "change", campaign, ", ".join(changes))
    return draft


def next_wave(session: Session, earlier: str, campaign: str) -> Draft:
    """Plan the next wave of a campaign: everything but its days and samples."""
    row = find_campaign(session, earlier)
    previous = draft_of(row)
    strata = tuple(stratum.model_copy(update={"sample": 0}) for stratum in previous.strata)
    days = {"window": None, "reference_period": None, "latest_end": None}
    changes = {"campaign": campaign, "strata": strata, **days}
    wave = Draft.model_validate(dict(previous) | changes)
    create(session, wave)
    find_campaign(session, campaign).plan = row.plan
    return wave


def _has_persons(session: Session, campaign: str) -> bool:
    query = select(Person.person).where(Person.campaign == campaign).limit(1)
    return session.scalar(query) is not None


def check_step(session: Session, campaign: str, needed: Step) -> Campaign:
    """Get a campaign, which must be at a certain step.

    Raises
    ------
    StateError
        It is at another.
    """
    row = find_campaign(session, campaign)
    if row.step != needed:
        raise StateError(campaign=campaign, state=row.step, needed=needed)
    return row


def make_keys(design: CampaignDesign[Stratum], master: bytes) -> Iterator[StratumKey]:
    """Make each stratum's signing key, encrypted under the side's master key."""
    for stratum in design.strata:
        der = generate_key()
        encrypted = encrypt(master, der, design.campaign)
        yield StratumKey(stratum.id, SigningKey.from_der(der).modulus, encrypted)


def confirm(session: Session, campaign: str) -> None:
    """Confirm the current design as the account that acts."""
    lock_campaign(session, campaign)
    row = check_step(session, campaign, Step.DRAFT)
    digest = hashlib.sha256(row.design).digest()
    session.merge(Confirmation(campaign=campaign, account=acting().name, design=digest))
    audit.record(session, Audit, "confirm", campaign)


def confirming(session: Session, campaign: str) -> list[str]:
    """Name the accounts that have confirmed the design as it stands."""
    digest = hashlib.sha256(find_campaign(session, campaign).design).digest()
    query = select(Confirmation.account).where(
        Confirmation.campaign == campaign, Confirmation.design == digest
    )
    return sorted(session.scalars(query))


def check_confirmed(session: Session, campaign: str) -> None:
    """Refuse a design whose current version no other manager has confirmed.

    Raises
    ------
    UnconfirmedError
        No manager but the one who acts has confirmed it.
    SurveyError
        None has whose account is not in the same hand.
    """
    row = find_campaign(session, campaign)
    digest = hashlib.sha256(row.design).digest()
    confirmations = select(Confirmation.account).where(
        Confirmation.campaign == campaign,
        Confirmation.account != acting().name,
        Confirmation.design == digest,
    )
    names = session.scalars(confirmations).all()
    if not names:
        raise UnconfirmedError(campaign=campaign)
    if not any(are_two(session, Staff, name, acting().name) for name in names):
        check_two(session, Staff, acting().name, names[0])


def fix(
    session: Session,
    campaign: str,
    keys: Iterable[StratumKey],
    issuer: Issuer,
    *,
    two_managers: bool,
) -> Manifest:
    """Fix the design for good and write the manifest with each stratum's public key."""
    lock_campaign(session, campaign)
    row = check_step(session, campaign, Step.DRAFT)
    if two_managers:
        check_confirmed(session, campaign)
    design = draft_of(row).design()
    pairs = {key.stratum: key for key in keys}
    strata = [
        KeyedStratum(**dict(stratum), key=pairs[stratum.id].modulus) for stratum in design.strata
    ]
    fields = {**dict(design), "strata": strata, "validity": design.validity or default_rule()}
    manifest = Manifest(**fields, issuer=issuer.address, closing_key=issuer.closing_key)
    row.manifest, row.step = manifest.canonical(), Step.FIXED
    session.add_all(
        IssuerKey(campaign=campaign, stratum=key.stratum, encrypted=key.encrypted)
        for key in pairs.values()
    )
    audit.record(session, Audit, "fix", campaign)
    return manifest


def publish(session: Session, campaign: str, document: bytes) -> PublishedManifest:
    """Store the published manifest; from now on credentials are signed for it.

    Raises
    ------
    ManifestError
        It differs from the campaign's own manifest in anything but what the answers side adds.
    """
    lock_campaign(session, campaign)
    row = check_step(session, campaign, Step.FIXED)
    if document.strip() == row.manifest:
        raise ManifestError(
            reason=N_("it is the one from here, and not the one that the statisticians gave back")
        )
    published = parse(PublishedManifest, document)
    if published.unpublished().canonical() != row.manifest:
        sentence = N_("it is not the one of the campaign “%(campaign)s”")
        raise ManifestError(reason=SurveyError(sentence, campaign=campaign))
    row.published, row.step = published.canonical(), Step.PUBLISHED
    session.add_all(
        Place(campaign=campaign, stratum=stratum.id, sample=stratum.sample)
        for stratum in published.strata
    )
    audit.record(session, Audit, "publish", campaign)
    return published


def published_manifest(session: Session, campaign: str) -> PublishedManifest:
    """Read the manifest of a published campaign.

    Raises
    ------
    StateError
        It is not published, or has closed.
    """
    row = check_step(session, campaign, Step.PUBLISHED)
    return _parsed(row.published or b"")


def last_day(session: Session, manifest: PublishedManifest) -> date:
    """Give the last day of a published campaign: as planned, or as extended."""
    return extended(manifest.window, find_campaign(session, manifest.campaign).extension).end


def check_code_of(row: Campaign) -> str:
    """Give a campaign's check code, which respondents compare; empty before it is published."""
    return "" if row.published is None else check_code(_parsed(row.published).root)


@lru_cache(maxsize=64)
def _parsed(published: bytes) -> PublishedManifest:
    """Parse a published manifest, once for every content: it never changes."""
    return parse(PublishedManifest, published)


def closing_key(settings: SiteSettings, campaign: str) -> Ed25519PrivateKey:
    """Derive the key that a campaign's closing statement is signed with."""
    return signatures.campaign_key(settings.secret("closing"), signatures.CLOSING, campaign)


def close(session: Session, campaign: str, closing_key: Ed25519PrivateKey) -> None:
    """Destroy the campaign's signing keys: no credential can be signed any longer.

    The counts of the close are signed: without them no box opens before the latest last day. What
    still waits to be made or sent is dropped: its codes would be of no use.
    """
    lock_campaign(session, campaign)
    row = check_step(session, campaign, Step.PUBLISHED)
    row.closing = _closing_statement(session, row, closing_key)
    session.execute(delete(IssuerKey).where(IssuerKey.campaign == campaign))
    for table in (CodeList, Card, Proposal, Letter):
        session.execute(delete(table).where(table.campaign == campaign))
    session.execute(delete(Job).where(Job.campaign == campaign, Job.state != "done"))
    session.execute(update(Person).where(Person.campaign == campaign).values(holds=None))
    row.step, row.paused = Step.CLOSED, False
    claim_pool.empty(session, campaign)
    shuffle(session, Invitation, campaign)
    audit.record(session, Audit, "close", campaign)


def record_root(session: Session, campaign: str, root: bytes) -> None:
    """Record the root over the receipts that the answers side has published, for good.

    From then on both sides publish it: neither can change the list of receipts unseen.

    Raises
    ------
    StateError
        The campaign has not closed.
    SurveyError
        Another root was recorded.
    """
    lock_campaign(session, campaign)
    row = check_step(session, campaign, Step.CLOSED)
    if row.receipts_root not in (None, root):
        raise SurveyError(
            N_(
                "Another root is recorded: %(root)s. Ask the statisticians which list they changed."
            ),
            root=row.receipts_root.hex(),
        )
    if row.receipts_root is None:
        row.receipts_root = root
        audit.record(session, Audit, "root", campaign, root.hex())


def read_root(text: str) -> bytes:
    """Read a root as the answers side shows it: 64 hexadecimal digits.

    Raises
    ------
    InputError
        It is something else.
    """
    digits = "".join(text.lower().split())
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise InputError(N_("A root has 64 digits and letters a to f."))
    return bytes.fromhex(digits)


def _closing_statement(session: Session, row: Campaign, key: Ed25519PrivateKey) -> bytes | None:
    """Sign the counts of the close; campaigns of the first edition have no key for it."""
    manifest = _parsed(row.published or b"")
    if manifest.edition == 1:
        return None
    claims = count_claims(session, row.campaign)
    strata = [
        StratumClaims(stratum=stratum.id, invited=counts.invited, credentials=counts.claims)
        for stratum in manifest.strata
        for counts in [claims.get(stratum.id, Claims(0, 0))]
    ]
    return ClosingStatement.sign(key, row.campaign, manifest.root, strata).canonical()
