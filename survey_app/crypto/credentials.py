"""What a credential says, and the codes that buy one."""

import hashlib
import hmac
import secrets
import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
CODE_LENGTH = 16
SERIAL_BYTES = 32


def credential_message(campaign: str, stratum: str, serial: bytes) -> bytes:
    """Compose what the issuer signs blindly: the right to one answer in one stratum.

    Unambiguous without separators, because each campaign and stratum has a key of its own.
    """
    return b"credential/v1" + campaign.encode() + stratum.encode() + serial


def spent_hash(message: bytes) -> bytes:
    """Hash the prepared message: what the answers side keeps of a spent credential."""
    return hashlib.sha256(b"spent/v1" + message).digest()


def new_code() -> str:
    """Draw an invitation code of 80 bits: 16 characters in groups of four."""
    characters = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(characters[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def normalize_code(text: str) -> str:
    """Read a code as a person types it: any case, width or separators, O for 0, I or L for 1.

    Raises
    ------
    ValueError
        What remains is not 16 characters of the alphabet.
    """
    plain = unicodedata.normalize("NFKC", text).upper()  # a Chinese keyboard's wide characters
    code = "".join(c for c in plain if c.isalnum()).translate(_FORGIVEN)
    if len(code) != CODE_LENGTH or not set(code) <= set(_ALPHABET):
        raise ValueError("not a code")
    return code


def code_hash(key: bytes, campaign: str, code: str) -> bytes:
    """HMAC a normalised code: all that the identity store keeps of it."""
    return hmac.digest(key, campaign.encode() + b"\0" + code.encode(), "sha256")
