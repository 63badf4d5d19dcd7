"""What the public may do on the identity side: spend a code on one blind signature."""

import hashlib
from datetime import date
from functools import lru_cache

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session

from survey_app.crypto.at_rest import decrypt
from survey_app.crypto.blind_rsa import BlindSignatureError, SigningKey, check_blinded
from survey_app.crypto.credentials import code_hash, normalize_code, verify_code
from survey_app.documents.closing import ClosingStatement, StratumClaims
from survey_app.documents.extension import extended
from survey_app.documents.manifest import PublishedManifest, parse
from survey_app.errors import N_, ClosedError, CodeRefusedError, InputError, PausedError, StateError
from survey_app.identity.issue.api import CodeState, CredentialCounts, CredentialRequest
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import (
    UNCLAIMED,
    WITHDRAWN,
    Campaign,
    Invitation,
    IssuerKey,
    Pool,
    RefusedClaims,
    Step,
)
from survey_app.identity.store.queries import count_claims, find_campaign
from survey_app.storage.database import lock

_OF_CAMPAIGN = Campaign.campaign == bindparam("campaign_id")
_LOOKUP = (
    select(Campaign.step, Campaign.paused, Invitation.stratum)
    .outerjoin(
        Invitation,
        and_(Invitation.code == bindparam("hashed"), Invitation.campaign == Campaign.campaign),
    )
    .where(_OF_CAMPAIGN)
)
"""One row in any case: every code costs the same."""
_EXTENSION = select(Campaign.extension).where(_OF_CAMPAIGN)
_LOCKED_KEY = (
    select(Campaign.step, IssuerKey.encrypted)
    .outerjoin(
        IssuerKey,
        and_(IssuerKey.campaign == Campaign.campaign, IssuerKey.stratum == bindparam("in_stratum")),
    )
    .where(_OF_CAMPAIGN)
    .with_for_update(read=True, of=Campaign)
)
"""The campaign's step and its stratum's key, locked until the transaction ends."""
_CLAIMS = _LOOKUP.add_columns(Invitation.claimed_for, Pool.records).outerjoin(
    Pool, and_(Pool.campaign == Campaign.campaign, Pool.stratum == bindparam("in_stratum"))
)
"""What a code was claimed for, or waits to be: the stratum's pool is read for every code."""


_COUNT_REFUSAL = (
    update(RefusedClaims)
    .where(RefusedClaims.campaign == bindparam("campaign_id"))
    .values(number=RefusedClaims.number + 1)
    .execution_options(synchronize_session=False)
)


def manifest_of(session: Session, campaign: str) -> PublishedManifest:
    """Read the manifest of a campaign that collects; it never changes.

    Raises
    ------
    NotFoundError, StateError, ClosedError
        There is no such campaign, or it is not collecting.
    """
    row = find_campaign(session, campaign)
    if row.step == Step.CLOSED:
        raise ClosedError
    if row.step != Step.PUBLISHED or row.published is None:
        raise StateError(campaign=campaign, state=row.step, needed=Step.PUBLISHED)
    return parse(PublishedManifest, row.published)


def last_day(session: Session, manifest: PublishedManifest) -> date:
    """Give the last day on which codes are good: as planned, or as it was extended."""
    extension = session.scalar(_EXTENSION, {"campaign_id": manifest.campaign})
    return extended(manifest.window, extension).end


def stratum_of(session: Session, key: bytes, manifest: PublishedManifest, code: str) -> str:
    """Name the stratum of a code that was ever made; tells nothing of what became of it.

    Raises
    ------
    CodeRefusedError
        It was never a code of this campaign.
    PausedError
        No code can be spent for now.
    """
    hashed = _code_hash(key, manifest, code)
    row = session.execute(_LOOKUP, {"campaign_id": manifest.campaign, "hashed": hashed}).one()
    _check_step(row.step)
    if row.paused:
        raise PausedError
    if row.stratum is None:
        raise CodeRefusedError
    return str(row.stratum)


def claim(
    session: Session, key: bytes, manifest: PublishedManifest, request: CredentialRequest
) -> bytes:
    """Spend an invitation code on one blinded message; returns the stratum's encrypted key.

    The same code with the same blinded message is claimed again, so that a reply may be lost.
    Nothing is said about the code before `blinded` is one that can be signed: who asks whether a
    code was spent spends it. For the same reason nothing is said of any code during a pause, but to
    who repeats the very claim that was made before it.

    Raises
    ------
    InputError
        There is no such stratum, or no honest client blinds to this.
    CodeRefusedError
        The code is unknown, of another stratum, withdrawn, or was claimed for another message;
        which of them is never revealed.
    PausedError
        No code can be spent for now.
    """
    campaign, stratum = manifest.campaign, request.stratum
    _check_blinded(manifest, stratum, request.blinded)
    hashed = _code_hash(key, manifest, request.code)
    digest = hashlib.sha256(request.blinded).digest()
    _find_claim(session, campaign, stratum, hashed, digest)  # a refusal takes no lock
    lock(session, campaign, stratum)
    step, encrypted = session.execute(
        _LOCKED_KEY, {"campaign_id": campaign, "in_stratum": stratum}
    ).one()
    _check_step(step)
    claimed_for, claims = _find_claim(session, campaign, stratum, hashed, digest)
    if claimed_for == UNCLAIMED:
        claim_pool.add(session, campaign, stratum, claims, hashed, digest)
    return bytes(encrypted)


def count_refusal(session: Session, campaign: str) -> None:
    """Count a claim that was refused."""
    session.execute(_COUNT_REFUSAL, {"campaign_id": campaign})


@lru_cache(maxsize=256)
def signing_key(master: bytes, campaign: str, encrypted: bytes) -> SigningKey:
    """Decrypt a stratum's key, once for every process."""
    return SigningKey.from_der(decrypt(master, encrypted, campaign))


def published_counts(session: Session, campaign: str) -> CredentialCounts:
    """Give the counts that were signed when the campaign closed.

    Campaigns of the first edition were not signed for: theirs are counted.

    Raises
    ------
    StateError
        It has not closed yet: earlier counts would reveal when persons answer.
    """
    row = _closed(session, campaign)
    if row.closing is None:
        strata = [
            StratumClaims(stratum=stratum, invited=counts.invited, credentials=counts.claims)
            for stratum, counts in sorted(count_claims(session, campaign).items())
        ]
        return CredentialCounts(campaign=campaign, strata=strata)
    root = row.receipts_root.hex() if row.receipts_root else None
    statement = ClosingStatement.read(row.closing)
    return CredentialCounts(**dict(statement), receipts_root=root)


def code_state(session: Session, key: bytes, campaign: str, code: str) -> CodeState:
    """Tell the holder of a code whether it was used, once the campaign has closed.

    A ballot that was cast in a person's place is so found out by the person alone.

    Raises
    ------
    StateError
        The campaign has not closed: the answer would tell who answers, and when.
    CodeRefusedError
        It was never a code of this campaign.
    """
    row = _closed(session, campaign)
    manifest = parse(PublishedManifest, row.published or b"")
    query = select(Invitation.claimed_for).where(
        Invitation.code == _code_hash(key, manifest, code), Invitation.campaign == campaign
    )
    match session.scalar(query):
        case None:
            raise CodeRefusedError(N_("This was never a code of this survey."))
        case claim if claim == UNCLAIMED:
            return CodeState.UNUSED
        case claim if claim == WITHDRAWN:
            return CodeState.WITHDRAWN
    return CodeState.USED


def _closed(session: Session, campaign: str) -> Campaign:
    row = find_campaign(session, campaign)
    if row.step != Step.CLOSED:
        raise StateError(campaign=campaign, state=row.step, needed=Step.CLOSED)
    return row


def _check_step(step: str) -> None:
    if step != Step.PUBLISHED:
        raise ClosedError  # it was collecting when the manifest was read


def _code_hash(key: bytes, manifest: PublishedManifest, code: str) -> bytes:
    try:
        normalized = normalize_code(code)
    except ValueError:
        raise InputError(N_("A code has 20 letters and digits, in older surveys 16.")) from None
    try:
        verify_code(normalized, manifest.root)
    except ValueError:
        raise InputError(
            N_("A character of the code is wrong, or it is the code of another survey.")
        ) from None
    return code_hash(key, manifest.campaign, normalized)


def _find_claim(
    session: Session, campaign: str, stratum: str, hashed: bytes, digest: bytes
) -> tuple[bytes, claim_pool.Claims]:
    """Find what a code of a stratum was claimed for, nothing or this message; and what waits."""
    values = {"campaign_id": campaign, "in_stratum": stratum, "hashed": hashed}
    row = session.execute(_CLAIMS, values).one()
    _check_step(row.step)
    claims = claim_pool.unpack([row.records])
    claimed_for = claims.get(hashed, row.claimed_for)
    if row.paused and (row.stratum != stratum or claimed_for != digest):
        raise PausedError
    if row.stratum != stratum or claimed_for not in (UNCLAIMED, digest):
        raise CodeRefusedError
    return claimed_for, claims


def _check_blinded(manifest: PublishedManifest, stratum: str, blinded: bytes) -> None:
    published = manifest.stratum(stratum)
    if published is None:
        raise InputError(N_("There is no such stratum in this survey."))
    try:
        check_blinded(published.key, blinded)
    except BlindSignatureError:
        raise InputError(N_("The blinded message is not one for this survey.")) from None
