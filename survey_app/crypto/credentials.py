"""What a credential says, and the codes that buy one."""

import hashlib
import hmac
import secrets
import unicodedata

from survey_app.crypto.encoding import bind, framed

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
CODE_LENGTH, CHECK_LENGTH = 16, 4
SERIAL_BYTES = 32


def credential_message(edition: int, campaign: str, stratum: str, serial: bytes) -> bytes:
    """Compose what the issuer signs blindly: the right to one answer in one stratum."""
    return bind(edition, "credential", campaign, stratum, serial)


def spent_hash(edition: int, message: bytes) -> bytes:
    """Hash the prepared message: what the answers side keeps of a spent credential."""
    return hashlib.sha256(bind(edition, "spent", message)).digest()


def new_code() -> str:
    """Draw an invitation code of 80 bits: 16 characters."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))


def printed_code(code: str, root: bytes | None = None) -> str:
    """Write a code in groups of four; the last group checks it against the manifest's root.

    A slip of typing, and a manifest that is not the one of the invitation, are so noticed before
    anything is sent. Campaigns of the first edition have no such group: ``root`` is None.
    """
    characters = code + (check_characters(code, root) if root is not None else "")
    return "-".join(characters[i : i + 4] for i in range(0, len(characters), 4))


def check_characters(code: str, root: bytes) -> str:
    """Compute the last four characters of a printed code: 20 bits of code and manifest."""
    digest = hashlib.sha256(framed("code-check/v2", code[:CODE_LENGTH], root)).digest()
    bits = int.from_bytes(digest[:3], "big") >> 4
    return "".join(_ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))


def normalize_code(text: str) -> str:
    """Read a code as a person types it: any case, width or separators, O for 0, I or L for 1.

    Returns
    -------
    str
        16 characters, or 20 with those that check it.

    Raises
    ------
    ValueError
        What remains is neither 16 nor 20 characters of the alphabet.
    """
    plain = unicodedata.normalize("NFKC", text).upper()  # a Chinese keyboard's wide characters
    code = "".join(c for c in plain if c.isalnum()).translate(_FORGIVEN)
    if len(code) not in (CODE_LENGTH, CODE_LENGTH + CHECK_LENGTH) or not set(code) <= set(
        _ALPHABET
    ):
        raise ValueError("not a code")
    return code


def check_code(code: str, root: bytes) -> None:
    """Check the last four characters of a normalised code that has them.

    Raises
    ------
    ValueError
        A character was mistyped, or the code is of another manifest.
    """
    if len(code) > CODE_LENGTH and code[CODE_LENGTH:] != check_characters(code, root):
        raise ValueError("mistyped, or the code of another survey")


def code_hash(key: bytes, campaign: str, code: str) -> bytes:
    """HMAC the first 16 characters of a normalised code: all that the identity store keeps."""
    return hmac.digest(key, campaign.encode() + b"\0" + code[:CODE_LENGTH].encode(), "sha256")
