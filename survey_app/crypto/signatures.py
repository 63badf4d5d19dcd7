"""Signatures of the sites themselves: Ed25519 (RFC 8032), a key for each campaign."""

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey_app.crypto.encoding import framed

PUBLIC_KEY_BYTES, SIGNATURE_BYTES = 32, 64
RECEIPTS, CLOSING = "receipts/v2", "closing/v2"
"""What the keys are for: the box's receipts, and the issuer's closing statement."""
EXTENSION = "extension/v2"
"""What else the closing key signs, under a tag of its own."""


class SignatureError(ValueError):
    """A signature does not fit what it stands under."""


def campaign_key(secret: bytes, label: str, campaign: str) -> Ed25519PrivateKey:
    """Derive a campaign's key from a secret of the side, so that it need not be stored."""
    return Ed25519PrivateKey.from_private_bytes(
        hmac.digest(secret, framed(label, campaign), "sha256")
    )


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Give the public key, 32 bytes."""
    return key.public_key().public_bytes_raw()


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
