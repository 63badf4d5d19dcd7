"""What a credential says, and the codes that buy one."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from contextlib import suppress

from survey_app.crypto.encoding import bind, framed

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
CODE_LENGTH, CHECK_LENGTH = 16, 4
_PRINTED, _SPACED = (
    re.compile(rf"(?<![0-9A-Z])[0-9A-Z]{{4}}(?:{gap}[0-9A-Z]{{4}}){{3,4}}(?![0-9A-Z])")
    for gap in ("-", r"\s?")
)
_CHECK_CODE_BYTES = 10
SERIAL_BYTES = 32


def credential_message(edition: int, campaign: str, stratum: str, serial: bytes) -> bytes:
    """Compose what the issuer signs blindly: the right to one answer in one stratum."""
    return bind(edition, "credential", campaign, stratum, serial)


def spent_hash(edition: int, message: bytes) -> bytes:
    """Hash the prepared message: what the answers side keeps of a spent credential."""
    return hashlib.sha256(bind(edition, "spent", message)).digest()


def new_code() -> str:
    """Draw an invitation code of 80 bits: 16 characters."""
    return _in_base_32(secrets.randbits(5 * CODE_LENGTH), CODE_LENGTH)


def printed_code(code: str, root: bytes | None = None) -> str:
    """Write a code in groups of four; the last group checks it against the manifest's root.

    A slip of typing, and a manifest that is not the one of the invitation, are so noticed before
    anything is sent. Campaigns of the first edition have no such group: ``root`` is None.
    """
    return _grouped(code + (check_characters(code, root) if root is not None else ""))


def check_characters(code: str, root: bytes) -> str:
    """Compute the last four characters of a printed code: 20 bits of code and manifest."""
    digest = hashlib.sha256(framed("code-check/v2", code[:CODE_LENGTH], root)).digest()
    return _in_base_32(int.from_bytes(digest[:3], "big") >> 4, CHECK_LENGTH)


def check_code(root: bytes) -> str:
    """Write the check code of a manifest: the first 80 bits of its root, in groups of four.

    It stands on cards and where a code is typed, to be compared by eye.
    """
    return _grouped(_in_base_32(int.from_bytes(root[:_CHECK_CODE_BYTES], "big"), 16))


def normalize_code(text: str) -> str:
    """Read a code as a person types it: any case, width or separators, look-alikes forgiven.

    O is read as 0, I and L as 1, U as V.

    Returns
    -------
    str
        16 characters, or 20 with those that check it.

    Raises
    ------
    ValueError
        What remains is neither 16 nor 20 characters of the alphabet.
    """
    plain = _plain(text)
    code = "".join(c for c in plain if c.isalnum()).translate(_FORGIVEN)
    if len(code) not in (CODE_LENGTH, CODE_LENGTH + CHECK_LENGTH) or not set(code) <= set(
        _ALPHABET
    ):
        raise ValueError("not a code")
    return code


def find_code(text: str) -> str:
    """Find the code in what a person pastes: a code, a whole link, or a sentence with one of them.

    Returns
    -------
    str
        As `normalize_code`.

    Raises
    ------
    ValueError
        There is no code in it.
    """
    plain = _plain(text)
    fragments = [part.partition(".")[0] for part in re.split("#|%23", plain)[1:]]
    for candidate in (*fragments, *_PRINTED.findall(plain), text, *_SPACED.findall(plain)):
        with suppress(ValueError):
            return normalize_code(candidate)
    raise ValueError("no code in it")


def verify_code(code: str, root: bytes) -> None:
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


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()  # a Chinese keyboard's wide characters


def _in_base_32(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def _grouped(characters: str) -> str:
    return "-".join(characters[at : at + 4] for at in range(0, len(characters), 4))
