"""The respondents' scripts and styles: one file a page, under an address that names its content.

The modules are joined as they stand but for indentation and lines of comment, which a phone need
not load: readers who distrust the page find every other line of it in the repository.
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_IMPORT = re.compile(r"^import \{[^}]*\} from '\./(\w+\.js)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|async function|class)", re.MULTILINE)
_UNREAD = re.compile(r"^\t*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)\n|^\t+", re.MULTILINE)
"""Lines of comment, and indentation."""
_PAGES = ("survey.js", "receipts.js", "language.js", "survey.css", "reading.css")
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


@cache
def files() -> dict[str, File]:
    """Make the files, once for every process."""
    return {name: File(_content(name).encode(), _KINDS[Path(name).suffix]) for name in _PAGES}


def script_digests() -> dict[str, bytes]:
    """Give the digests of the scripts that pages of a campaign run, as its manifest names them."""
    return {name: sha256(files()[name].content).digest() for name in PINNED}


def _content(name: str) -> str:
    modules = _modules(name) if name.endswith(".js") else [name]
    joined = "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(module))) for module in modules)
    return _UNREAD.sub("", joined)


def _modules(name: str) -> list[str]:
    """List a module after all that it imports, each once."""
    imported = [
        module
        for imported_module in _IMPORT.findall(_read(name))
        for module in _modules(imported_module)
    ]
    return [*dict.fromkeys(imported), name]


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
