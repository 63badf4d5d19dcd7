"""Disks that fill up, and folders that cannot be written to."""

import os
import pwd
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = os.geteuid() == 0
MEANS = ["limit", *(["disk"] if ROOT else [])]
"""How a disk gets full: for everybody a limit on the size of files, for root a disk of its own."""


@dataclass(frozen=True)
class Disk:
    """What a test does to a disk: fill it up, and make room again."""

    fill: Callable[[], None]
    clear: Callable[[], None]


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Lay a small disk over a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", folder)
    ballast = folder / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    try:
        yield Disk(fill, ballast.unlink)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def limited(processes: Callable[[], list[int]], largest: int, account: str | None = None) -> Disk:
    """Let processes of an account that run write no file beyond a size."""
    group = pwd.getpwnam(account).pw_gid if account else None

    def allow(size: object) -> None:
        for process in processes():
            command = ["prlimit", "--pid", str(process), f"--fsize={size}:"]
            process_limit = subprocess.run(
                command, check=False, capture_output=True, user=account, group=group
            )
            has_ended = not Path(f"/proc/{process}").exists()  # a server's processes come and go
            assert process_limit.returncode == 0 or has_ended, process_limit.stderr

    return Disk(partial(allow, largest), partial(allow, "unlimited"))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only: root by a mount, for whom no mode bits count."""
    if ROOT:
        _mount("--bind", folder, folder)
        _mount("-o", "remount,bind,ro", folder)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
        return
    before = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
    for path, mode in before.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in before.items():
            path.chmod(mode)


def processes_of(first: int) -> list[int]:
    """A process and those that it started."""
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def _mount(*how: object) -> None:
    subprocess.run(["mount", *map(str, how)], check=True)
