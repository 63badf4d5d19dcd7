"""Files that hold a secret: made at first use, for their owner, or for a group that is let in.

An operator lets a group in by the mode of a folder; nothing here widens a folder.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

LENGTH = 32
_OWNER_ONLY, _OF_THE_GROUP = 0o600, 0o040


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, that its owner alone enters; what is there stays so."""
    for folder in (*reversed(path.parents), path):
        folder.mkdir(mode=0o700, exist_ok=True)


def read(path: Path) -> bytes:
    """Read a secret.

    Raises
    ------
    OSError, ValueError
        It is not there, not to be read by this account, or cut off.
    """
    secret = bytes.fromhex(path.read_text())
    if len(secret) != LENGTH:
        raise ValueError(path.name)
    return secret


def make_once(path: Path, *, for_group: bool) -> bytes:
    """Read a secret, which is drawn if there is none."""
    if not path.exists():
        make_folder(path.parent)
        with NamedTemporaryFile("w", dir=path.parent) as file:  # readable by its owner only
            file.write(secrets.token_hex(LENGTH))
            file.flush()
            if for_group:
                share(Path(file.name))
            with suppress(FileExistsError):  # another process was first: its secret stands
                os.link(file.name, path)
    return read(path)


def share(path: Path) -> None:
    """Let a file be read by the group that may read its folder, and by no other."""
    folder = path.parent.stat()
    if folder.st_mode & _OF_THE_GROUP and path.stat().st_gid != folder.st_gid:
        os.chown(path, -1, folder.st_gid)
    path.chmod(_OWNER_ONLY | folder.st_mode & _OF_THE_GROUP)


def move(path: Path, target: Path) -> None:
    """Move a file to where there is none yet; nothing is done if it is not there."""
    if path != target and not target.exists():
        with suppress(FileNotFoundError):  # there was none, or another process was first
            path.rename(target)
