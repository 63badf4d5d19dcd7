"""Secrets in a store: AES-256-GCM (NIST SP 800-38D) under a key kept outside of it."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class AtRestError(ValueError):
    """The stored secret does not open under this key in this place."""


def encrypt(key: bytes, secret: bytes, place: str) -> bytes:
    """Encrypt a secret so that it opens only in the place it was made for."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, place.encode())


def decrypt(key: bytes, ciphertext: bytes, place: str) -> bytes:
    """Decrypt what `encrypt` made for this place.

    Raises
    ------
    AtRestError
        The key is another one, or the bytes were altered or moved.
    """
    try:
        return AESGCM(key).decrypt(
            ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:], place.encode()
        )
    except (InvalidTag, ValueError):
        raise AtRestError("a stored secret does not open under the key given") from None
