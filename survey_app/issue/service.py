"""What the public may do on the identity side: spend a code on one blind signature."""

import hashlib
from datetime import date
from functools import lru_cache

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.crypto.at_rest import decrypt
from survey_app.crypto.blind_rsa import BlindSignatureError, SigningKey, check_blinded
from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.database import lock, mix
from survey_app.errors import N_, ClosedError, CodeRefusedError, InputError, StateError
from survey_app.identity.models import UNCLAIMED, Invitation, IssuerKey, Step
from survey_app.identity.queries import Claims, claims, find_campaign, lock_campaign
from survey_app.manifest import Manifest, parse


def stratum_of(session: Session, key: bytes, campaign: str, code: str, today: date) -> str:
    """Name the stratum an unspent code belongs to; consumes nothing.

    Raises
    ------
    CodeRefusedError
        The code is unknown or spent; which of the two is never told.
    """
    _collecting(session, campaign, today)
    invitation = _invitation(session, key, campaign, code)
    if invitation.claimed_for != UNCLAIMED:
        raise CodeRefusedError
    return invitation.stratum


def claim(
    session: Session, key: bytes, campaign: str, code: str, blinded: bytes, today: date
) -> bytes:
    """Spend an invitation code on one blinded message; returns the stratum's encrypted key.

    The same code with the same blinded message is claimed again, so that a lost reply strands
    nobody.

    Raises
    ------
    InputError
        No honest client blinds to this.
    CodeRefusedError
        The code is unknown, or was claimed for another message; which of the two is never told.
    """
    _collecting(session, campaign, today)
    invitation = _invitation(session, key, campaign, code)
    lock(session, campaign, invitation.stratum)
    lock_campaign(session, campaign, shared=True)
    manifest = _collecting(session, campaign, today)
    session.refresh(invitation)  # a rival may have claimed it meanwhile
    stratum = manifest.stratum(invitation.stratum)
    if stratum is None:
        raise CodeRefusedError
    try:
        check_blinded(stratum.key, blinded)
    except BlindSignatureError:
        raise InputError(N_("The blinded message is not one for this survey.")) from None
    digest = hashlib.sha256(blinded).digest()
    if invitation.claimed_for != digest:
        _claim_once(session, invitation.code, digest)
        pool = (Invitation.campaign == campaign, Invitation.stratum == stratum.id)
        mix(session, Invitation, Invitation.code == invitation.code, *pool)
    return session.get_one(IssuerKey, (campaign, stratum.id)).encrypted


@lru_cache(maxsize=256)
def signing_key(master: bytes, campaign: str, encrypted: bytes) -> SigningKey:
    """Decrypt a stratum's key, once for every process."""
    return SigningKey.from_der(decrypt(master, encrypted, campaign))


def published_counts(session: Session, campaign: str) -> dict[str, Claims]:
    """Count codes and credentials by stratum, once the campaign has closed.

    Raises
    ------
    StateError
        It has not closed yet: counts while it runs would watch people.
    """
    found = find_campaign(session, campaign)
    if found.step != Step.CLOSED:
        raise StateError(campaign=campaign, state=found.step, needed=Step.CLOSED)
    return claims(session, campaign)


def _collecting(session: Session, campaign: str, today: date) -> Manifest:
    found = find_campaign(session, campaign)
    if found.step == Step.CLOSED:
        raise ClosedError
    if found.step != Step.PUBLISHED or found.manifest is None:
        raise StateError(campaign=campaign, state=found.step, needed=Step.PUBLISHED)
    manifest = _manifest(found.manifest)
    manifest.check_window(today)
    return manifest


@lru_cache(maxsize=64)
def _manifest(document: bytes) -> Manifest:
    return parse(Manifest, document)


def _invitation(session: Session, key: bytes, campaign: str, typed: str) -> Invitation:
    try:
        code = normalize_code(typed)
    except ValueError:
        raise InputError(N_("A code has 16 letters and digits.")) from None
    found = session.scalar(
        select(Invitation).where(
            Invitation.code == code_hash(key, campaign, code), Invitation.campaign == campaign
        )
    )
    if found is None:
        raise CodeRefusedError
    return found


def _claim_once(session: Session, code: bytes, digest: bytes) -> None:
    claimed = session.scalars(
        update(Invitation)
        .where(Invitation.code == code, Invitation.claimed_for == UNCLAIMED)
        .values(claimed_for=digest)
        .returning(Invitation.code)
        .execution_options(synchronize_session=False)
    )
    if claimed.one_or_none() is None:
        raise CodeRefusedError
