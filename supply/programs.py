"""The programs that tests start, and the packages of Debian that they come in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from survey_app.papers import fonts

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
_HOME = Path(os.environ.get("HOME", "/"))
_SURVEY = 'stopifnot(nzchar(system.file(package = "survey")))'


class ProgramsMissingError(Exception):
    """Programs are missing that this account cannot install."""


@dataclass(frozen=True)
class Program:
    """A program that tests need besides Python's packages."""

    name: str
    packages: tuple[str, ...]
    is_here: Callable[[], bool]

    def __str__(self) -> str:
        """Name it as an administrator would look for it."""
        return f"{self.name} (Debian: {' '.join(self.packages)})"


def missing() -> list[Program]:
    """List the programs that are not on this machine."""
    return [program for program in PROGRAMS if not program.is_here()]


def provide() -> None:
    """Install what is missing: with apt as root on Debian, Chromium by Playwright elsewhere.

    Raises
    ------
    ProgramsMissingError
        Something is still missing; the sentence names it.
    """
    absent = missing()
    if not absent:
        return
    if os.geteuid() == 0 and _where("apt-get"):
        _install(package for program in absent for package in program.packages)
    elif _CHROMIUM in absent:
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    if absent := missing():
        names = ", ".join(map(str, absent))
        raise ProgramsMissingError(f"The tests need programs that are not here: {names}.")


def _install(packages: Iterable[str]) -> None:
    apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    _run(*apt, "update")
    _run(*apt, "install", "--yes", "--no-install-recommends", *packages)


def _run(*arguments: str) -> None:
    subprocess.run(arguments, check=False)  # what it left undone is found by looking again


def _where(command: str) -> str | None:
    return shutil.which(command, path=_PATH)


def _command(name: str, *packages: str) -> Program:
    return Program(name, packages, lambda: _where(name) is not None)


def _has_chromium() -> bool:
    downloads = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", _HOME / ".cache/ms-playwright")
    return bool(_where("chromium") or [*Path(downloads).glob("chromium-*")])


def _has_liberation() -> bool:
    return any(Path("/usr/share/fonts").rglob("LiberationSerif-*.ttf"))


def _has_survey() -> bool:
    rscript = _where("Rscript")
    if not rscript:
        return False
    return not subprocess.run([rscript, "-e", _SURVEY], capture_output=True, check=False).returncode


_CHROMIUM = Program("Chromium", ("chromium",), _has_chromium)
PROGRAMS = (
    _CHROMIUM,
    Program("a Chinese font", ("fonts-noto-cjk",), lambda: bool(fonts.files())),
    _command("nginx", "nginx-light"),
    _command("systemd-analyze", "systemd"),
    _command("curl", "curl"),
    _command("node", "nodejs"),
    Program("R with its package survey", ("r-base-core", "r-cran-survey"), _has_survey),
    _command("soffice", "libreoffice-writer-nogui", "libreoffice-calc-nogui"),
    Program("the fonts Liberation", ("fonts-liberation",), _has_liberation),
    _command("pdftoppm", "poppler-utils"),
)
"""Chromium shows the pages; nginx and systemd-analyze judge what stands in deploy/; curl is typed
by the documents; Node runs a second client; R and LibreOffice read what is exported, Liberation
is as wide as the report's Latin letters, and pdftoppm draws a page of it."""
