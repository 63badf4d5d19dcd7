"""The statistician's key file: made under a passphrase, or only its public half taken."""

from pathlib import Path

from survey_app.crypto import key_files, sealing
from survey_app.crypto.private_file import private_file
from survey_app.errors import N_, OpeningError

_PEM = b"-----BEGIN PUBLIC KEY-----"


def public_half(path: Path) -> bytes | None:
    """Read the public key from a PEM file that holds only that; None for any other file."""
    content = path.read_bytes() if path.exists() else b""
    return public_half_of(content) if content.startswith(_PEM) else None


def public_half_of(content: bytes) -> bytes:
    """Read the public key from the content of a PEM file.

    Raises
    ------
    OpeningError
        It holds no public key on the curve P-256.
    """
    try:
        return sealing.public_bytes(sealing.read_public_pem(content))
    except sealing.SealingError:
        raise OpeningError(reason=N_("the file holds no public key on the curve P-256")) from None


def make(path: Path, passphrase: str) -> bytes:
    """Make a key, write it under the passphrase to a new file, and return its public half."""
    key = sealing.generate_opening_key()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with private_file(path) as file:
        file.write(key_files.protect(key, passphrase))
    return sealing.public_bytes(key)


def recover(path: Path, passphrase: str) -> sealing.OpeningKey:
    """Read the private key.

    Raises
    ------
    OpeningError
        There is no such file, or the passphrase is wrong.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise OpeningError(reason=N_("there is no key file")) from None
    return recover_from(content, passphrase)


def recover_from(content: bytes, passphrase: str) -> sealing.OpeningKey:
    """Read the private key from the content of its file.

    Raises
    ------
    OpeningError
        The passphrase is wrong.
    """
    try:
        return key_files.recover(content, passphrase)
    except key_files.KeyFileError:
        raise OpeningError(
            reason=N_("the passphrase is wrong, or the file is not a key file")
        ) from None
