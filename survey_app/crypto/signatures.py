"""Signatures of the sites themselves: Ed25519 (RFC 8032), a key for each campaign.

Releases alone are signed by one key of their side: other systems keep it, whatever the campaign.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from survey_app.crypto.encoding import framed, in_fours

PUBLIC_KEY_BYTES, SIGNATURE_BYTES = 32, 64
RECEIPTS, CLOSING = "receipts/v2", "closing/v2"
"""What the keys are for: the box's receipts, and the issuer's closing statement."""
EXTENSION = "extension/v2"
"""What else the closing key signs, under a tag of its own."""
RELEASES = "releases/v1"
"""What the side's own key is for."""


class SignatureError(ValueError):
    """A signature does not fit what it stands under."""


def campaign_key(secret: bytes, label: str, campaign: str) -> Ed25519PrivateKey:
    """Derive a campaign's key from a secret of the side, so that it need not be stored."""
    return Ed25519PrivateKey.from_private_bytes(
        hmac.digest(secret, framed(label, campaign), "sha256")
    )


def side_key(secret: bytes, label: str) -> Ed25519PrivateKey:
    """Derive a key of the side from a secret of its own."""
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(secret, framed(label), "sha256"))


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Give the public key, 32 bytes."""
    return key.public_key().public_bytes_raw()


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """Give the public key as OpenSSL reads it: SubjectPublicKeyInfo in PEM (RFC 8410)."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_pem(pem: bytes) -> bytes:
    """Read a public key, 32 bytes, from PEM.

    Raises
    ------
    SignatureError
        It is no public Ed25519 key.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError("this is no public Ed25519 key")
    return key.public_bytes_raw()


def fingerprint(public_key: bytes) -> str:
    """Give SHA-256 of the public key in DER, as OpenSSL writes it, to be compared by people."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return in_fours(hashlib.sha256(der).digest())


def verify(public_key: bytes, signature: bytes, content: bytes) -> None:
    """Verify a signature.

    Raises
    ------
    SignatureError
        It does not fit.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature does not fit") from None
