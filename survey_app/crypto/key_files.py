"""Key files: a private key of P-256 under a passphrase, as four short lines of text.

The passphrase goes through argon2id (RFC 9106), whose cost stands in the file, into a key of
AES-256-GCM; the lines before the last are its additional data. Files of the first release
(PKCS #12) are read too, and no longer written.
"""

import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from survey_app.crypto import at_rest
from survey_app.crypto.private_file import replace_file

FORMAT = "survey-key/1"
_SALT_BYTES = 16
_SCALAR_BYTES = 32
_MOST_PASSES = _MOST_LANES = 10
_LINES = re.compile(
    rf"{re.escape(FORMAT)}\s+argon2id m=([1-9]\d{{0,8}}) t=([1-9]\d?) p=([1-9]\d?)"
    r"\s+salt ([0-9a-f]{32})\s+key ([0-9a-f]{120})\s*",
    re.ASCII,
)


class KeyFileError(ValueError):
    """The passphrase is wrong, or the file is no key file, or was altered."""


@dataclass(frozen=True)
class Cost:
    """What one try of a passphrase costs: memory in KiB, passes over it, lanes side by side."""

    memory: int = 256 * 1024
    passes: int = 3
    lanes: int = 1

    def check(self) -> None:
        """Refuse a cost that argon2 does not have, or that would bring this machine down.

        Raises
        ------
        KeyFileError
            A file asks for too much, or for less memory than its lanes need.
        """
        fits = 8 * self.lanes <= self.memory <= COST.memory
        if not fits or self.passes > _MOST_PASSES or self.lanes > _MOST_LANES:
            raise KeyFileError("the cost is out of bounds")


COST = Cost()
"""About three quarters of a second for a try on one core, and a quarter of a gigabyte."""


def protect(key: ec.EllipticCurvePrivateKey, passphrase: str, cost: Cost = COST) -> bytes:
    """Write a key under a passphrase."""
    salt = os.urandom(_SALT_BYTES)
    header = _header(cost, salt)
    scalar = key.private_numbers().private_value.to_bytes(_SCALAR_BYTES)
    encrypted = at_rest.encrypt(_derived_key(passphrase, cost, salt), scalar, header)
    return f"{header}key {encrypted.hex()}\n".encode()


def recover(content: bytes, passphrase: str) -> ec.EllipticCurvePrivateKey:
    """Read what `protect` wrote, or what the first release did.

    Raises
    ------
    KeyFileError
        The passphrase is wrong, or the content is no key file, or was altered.
    """
    if is_old(content):
        return _recover_old(content, passphrase)
    lines = _LINES.fullmatch(content.decode("ascii", "replace"))
    if lines is None:
        raise KeyFileError("this is no key file")
    cost, salt = Cost(*map(int, lines.group(1, 2, 3))), bytes.fromhex(lines[4])
    cost.check()
    key = _derived_key(passphrase, cost, salt)
    try:
        scalar = at_rest.decrypt(key, bytes.fromhex(lines[5]), _header(cost, salt))
        return ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())
    except ValueError:
        raise KeyFileError("the passphrase is wrong, or the file was altered") from None


def is_old(content: bytes) -> bool:
    """Tell whether a key file is of the form that the first release wrote."""
    return not content.startswith(FORMAT.encode())


def renew(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: str) -> bool:
    """Rewrite a file of the old form in its place; tells whether it was one.

    Raises
    ------
    OSError
        It cannot be written there; the old one stays as it is.
    """
    is_renewed = is_old(path.read_bytes())
    if is_renewed:
        replace(path, protect(key, passphrase))
    return is_renewed


def replace(path: Path, content: bytes) -> None:
    """Put another content in a key file's place, under the permissions it has.

    Raises
    ------
    OSError
        It cannot be written there; the old one stays as it is.
    """
    replace_file(path, content, stat.S_IMODE(path.stat().st_mode))


def normal(passphrase: str) -> str:
    """Give a passphrase the one spelling that is used: NFKC, single blanks, none at the ends."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).split())


def _header(cost: Cost, salt: bytes) -> str:
    parameters = f"argon2id m={cost.memory} t={cost.passes} p={cost.lanes}"
    return f"{FORMAT}\n{parameters}\nsalt {salt.hex()}\n"


def _derived_key(passphrase: str, cost: Cost, salt: bytes) -> bytes:
    return hash_secret_raw(
        normal(passphrase).encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory,
        parallelism=cost.lanes,
        hash_len=at_rest.KEY_BYTES,
        type=Type.ID,
    )


def _recover_old(content: bytes, passphrase: str) -> ec.EllipticCurvePrivateKey:
    try:
        key, _, _ = pkcs12.load_key_and_certificates(content, passphrase.encode())
    except ValueError:
        raise KeyFileError("the passphrase is wrong, or this is no key file") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyFileError("the file holds no key on the curve P-256")
    return key
