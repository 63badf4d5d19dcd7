"""What the public may do on the identity side: spend a code on one blind signature."""

import hashlib
from functools import lru_cache

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from survey_app.crypto.at_rest import decrypt
from survey_app.crypto.blind_rsa import BlindSignatureError, SigningKey, check_blinded
from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.documents.manifest import Manifest, parse
from survey_app.errors import N_, ClosedError, CodeRefusedError, InputError, StateError
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import (
    UNCLAIMED,
    Campaign,
    Invitation,
    IssuerKey,
    Pool,
    Step,
)
from survey_app.identity.store.queries import Claims, count_claims, find_campaign
from survey_app.storage.database import lock

_OF_CAMPAIGN = Campaign.campaign == bindparam("campaign_id")
_OF_STRATUM = and_(Pool.campaign == Invitation.campaign, Pool.stratum == Invitation.stratum)
_LOOKUP = (
    select(Campaign.step, Invitation.stratum, Invitation.claimed_for, Pool.records)
    .outerjoin(
        Invitation,
        and_(Invitation.code == bindparam("hashed"), Invitation.campaign == Campaign.campaign),
    )
    .outerjoin(Pool, _OF_STRATUM)
    .where(_OF_CAMPAIGN)
)
"""One row in any case: an unknown code costs what a spent one does."""
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
_CLAIMED = (
    select(Invitation.claimed_for, Pool.records)
    .outerjoin(Pool, _OF_STRATUM)
    .where(Invitation.code == bindparam("hashed"))
)


def manifest_of(session: Session, campaign: str) -> Manifest:
    """Read the manifest of a campaign that collects; it never changes.

    Raises
    ------
    NotFoundError, StateError, ClosedError
        There is no such campaign, or it is not collecting.
    """
    row = find_campaign(session, campaign)
    if row.step == Step.CLOSED:
        raise ClosedError
    if row.step != Step.PUBLISHED or row.manifest is None:
        raise StateError(campaign=campaign, state=row.step, needed=Step.PUBLISHED)
    return parse(Manifest, row.manifest)


def stratum_of(session: Session, key: bytes, manifest: Manifest, code: str) -> str:
    """Name the stratum an unspent code belongs to; consumes nothing.

    Raises
    ------
    CodeRefusedError
        The code is unknown or spent; which of the two is never revealed.
    """
    return _find(session, manifest.campaign, _code_hash(key, manifest.campaign, code))


def claim(session: Session, key: bytes, manifest: Manifest, code: str, blinded: bytes) -> bytes:
    """Spend an invitation code on one blinded message; returns the stratum's encrypted key.

    The same code with the same blinded message is claimed again, so that a reply may be lost.

    Raises
    ------
    InputError
        No honest client blinds to this.
    CodeRefusedError
        The code is unknown, or was claimed for another message; which of the two is never revealed.
    """
    campaign = manifest.campaign
    hashed, digest = _code_hash(key, campaign, code), hashlib.sha256(blinded).digest()
    stratum = _find(session, campaign, hashed, digest)
    _check_blinded(manifest, stratum, blinded)
    lock(session, campaign, stratum)
    step, encrypted = session.execute(
        _LOCKED_KEY, {"campaign_id": campaign, "in_stratum": stratum}
    ).one()
    _check_step(step)
    _claim_once(session, campaign, stratum, hashed, digest)
    return bytes(encrypted)


@lru_cache(maxsize=256)
def signing_key(master: bytes, campaign: str, encrypted: bytes) -> SigningKey:
    """Decrypt a stratum's key, once for every process."""
    return SigningKey.from_der(decrypt(master, encrypted, campaign))


def published_counts(session: Session, campaign: str) -> dict[str, Claims]:
    """Count codes and credentials by stratum, once the campaign has closed.

    Raises
    ------
    StateError
        It has not closed yet: earlier counts would reveal when persons answer.
    """
    row = find_campaign(session, campaign)
    if row.step != Step.CLOSED:
        raise StateError(campaign=campaign, state=row.step, needed=Step.CLOSED)
    return count_claims(session, campaign)


def _check_step(step: str) -> None:
    if step != Step.PUBLISHED:
        raise ClosedError  # it was collecting when the manifest was read


def _code_hash(key: bytes, campaign: str, code: str) -> bytes:
    try:
        return code_hash(key, campaign, normalize_code(code))
    except ValueError:
        raise InputError(N_("A code has 16 letters and digits.")) from None


def _find(session: Session, campaign: str, hashed: bytes, message: bytes = UNCLAIMED) -> str:
    """Find the stratum of a code that was claimed for nothing yet, or for this very message."""
    row = session.execute(_LOOKUP, {"campaign_id": campaign, "hashed": hashed}).one()
    _check_step(row.step)
    claims = claim_pool.unpack([row.records])
    if claims.get(hashed, row.claimed_for) not in (UNCLAIMED, message):
        raise CodeRefusedError
    return str(row.stratum)


def _check_blinded(manifest: Manifest, stratum: str, blinded: bytes) -> None:
    published = manifest.stratum(stratum)
    if published is None:
        raise CodeRefusedError
    try:
        check_blinded(published.key, blinded)
    except BlindSignatureError:
        raise InputError(N_("The blinded message is not one for this survey.")) from None


def _claim_once(session: Session, campaign: str, stratum: str, code: bytes, digest: bytes) -> None:
    """Claim a code for a message, under the lock on its stratum; again, nothing changes."""
    row = session.execute(_CLAIMED, {"hashed": code}).one_or_none()
    claims = claim_pool.unpack([row.records] if row else ())
    claimed_for = claims.get(code, row.claimed_for if row else None)
    if claimed_for not in (UNCLAIMED, digest):
        raise CodeRefusedError
    if claimed_for == UNCLAIMED:
        claim_pool.add(session, campaign, stratum, claims, code, digest)
