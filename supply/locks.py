"""The lists of what is asked for, and the locks of what is installed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
RUNTIME = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"

_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True, order=True)
class Pin:
    """One version of one package, and the digests of its files."""

    name: str
    version: str
    marker: str
    digests: frozenset[str]


def requirements(path: Path) -> Iterator[Requirement]:
    """Read a list; what it takes from another list comes with it."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from requirements(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            yield Requirement(line)


def pins(path: Path) -> list[Pin]:
    """Read a lock."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return sorted(_pin(line) for line in text.replace("\\\n", " ").splitlines() if line.strip())


def versions(path: Path) -> Mapping[str, list[str]]:
    """Give the versions of each package of a lock: more than one where Pythons differ."""
    of_package: dict[str, list[str]] = {}
    for pin in pins(path):
        of_package.setdefault(pin.name, []).append(pin.version)
    return of_package


def _pin(line: str) -> Pin:
    requirement = Requirement(line.partition("--hash=")[0])
    (exact,) = requirement.specifier
    return Pin(
        canonicalize_name(requirement.name),
        exact.version,
        str(requirement.marker or ""),
        frozenset(_HASH.findall(line)),
    )
