"""The respondents' scripts and styles: one text a page.

Scripts that a manifest names by their digests stand in the page itself, and so does the style of
the page on which a respondent answers; the others have an address that names their content.
"""

import base64
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

_FOLDER = Path(__file__).parent / "built"
"""What `make scripts` builds of the sources in ``static``."""
PINNED = ("survey.js", "receipts.js")
_KINDS = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True)
class File:
    """What is served under one name, and the digest by which its address changes with it."""

    content: bytes
    kind: str

    @property
    def digest(self) -> str:
        """Name the content."""
        return sha256(self.content).hexdigest()[:16]

    @property
    def policy(self) -> str:
        """Name the content for the Content Security Policy of a page that it stands in."""
        return f"'sha256-{base64.b64encode(sha256(self.content).digest()).decode()}'"


@cache
def files() -> dict[str, File]:
    """Read the files, once for every process."""
    paths = sorted(path for path in _FOLDER.iterdir() if path.suffix in _KINDS)
    return {path.name: File(path.read_bytes(), _KINDS[path.suffix]) for path in paths}


def pinned_scripts() -> dict[str, bytes]:
    """Give the scripts that a campaign's manifest will name."""
    return {name: files()[name].content for name in PINNED}


def script_file(content: bytes) -> File:
    """Serve a script that was kept."""
    return File(content, _KINDS[".js"])
