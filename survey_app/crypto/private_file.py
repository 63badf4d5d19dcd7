"""Files that only their owner may read: on disk before anything else goes on, and destroyed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """Write a new file of mode 0600, and have it on disk at the end.

    Raises
    ------
    FileExistsError
        There is a file of this name.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Put another content in a file's place in one step: at any moment one of both is there.

    Raises
    ------
    OSError
        It cannot be written there; the file stays as it is.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with private_file(partial) as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def destroy_file(path: Path) -> None:
    """Overwrite a file in its place and remove it.

    Disks that never write in place, and copies of the file, keep what was there.
    """
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
