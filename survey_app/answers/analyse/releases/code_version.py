"""The version of what computes results: computations of one version give the same numbers."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from survey_app.config import VERSION

_ROOT = Path(__file__).parents[4]
_ANALYSE = "survey_app/answers/analyse"
_COMPUTE = (
    "questionnaires/*.py",
    "questionnaires/*.yaml",
    "stats/*.py",
    f"{_ANALYSE}/estimates/*.py",
    f"{_ANALYSE}/releases/disclosure.py",
    f"{_ANALYSE}/releases/other_units.py",
    f"{_ANALYSE}/releases/respondents.py",
    f"{_ANALYSE}/releases/shown_tables.py",
    "survey_app/documents/design.py",
    "survey_app/documents/manifest.py",
    "survey_app/documents/release.py",
    "survey_app/documents/results.py",
    "survey_app/documents/validity.py",
    "survey_app/documents/validity.yaml",
)
"""All that can change a number; the program is installed by copying its folder."""
_LIBRARIES = ("numpy", "scipy")


@cache
def version() -> str:
    """Name what computes: the program's number, to find it by, and a digest of what computes."""
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\0".encode())
    for path in sources():
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{VERSION}+{digest.hexdigest()[:16]}"


def sources() -> Iterator[Path]:
    """List the files whose content can change a number."""
    for pattern in _COMPUTE:
        yield from (path for path in sorted(_ROOT.glob(pattern)) if path.name != "__main__.py")


def is_this(release_version: str) -> bool:
    """Whether a version computes by the same code, under any number of the program."""
    return release_version.partition("+")[2] == version().partition("+")[2]
