"""The respondents' scripts and styles: one text a page.

Scripts that a manifest names by their digests stand in the page itself, and so does the style of
the page on which a respondent answers; the others have an address that names their content.

The modules are joined as they stand but for comments, blanks and breaks that say nothing, which a
phone need not load: readers who distrust the page find every word of it in the repository.
"""

import base64
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_IMPORT = re.compile(r"^import \{[^}]*\} from '\./(\w+\.js)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|async function|class)", re.MULTILINE)
_INDENT_OR_COMMENT = re.compile(
    r"^\t*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)\n|^\t+| // [^'\"`\n]*$", re.MULTILINE
)
"""Lines of comment, indentation, and comments at the ends of lines."""
_BREAK = re.compile(r"([{(\[,])\n|\n(?=[})\]])")
_STRING = re.compile(r"""('[^'\\]*'|"[^"\\]*")""")
_SIGN = re.compile(r" ?([=<>!?:,;+*&|%^{}()\[\]-]+) ?")
_STYLE_SIGN = re.compile(r" ?([{};,])\s*|(:) (?=[^{}]*;)")
_PAGES = (
    *("survey.js", "receipts.js", "language.js", "changed_link.js"),
    *("survey.css", "reading.css"),
)
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
    """Make the files, once for every process."""
    return {name: File(_content(name).encode(), _KINDS[Path(name).suffix]) for name in _PAGES}


def pinned_scripts() -> dict[str, bytes]:
    """Give the scripts that a campaign's manifest will name."""
    return {name: files()[name].content for name in PINNED}


def script_file(content: bytes) -> File:
    """Serve a script that was kept."""
    return File(content, _KINDS[".js"])


def _content(name: str) -> str:
    modules = _modules(name) if name.endswith(".js") else [name]
    joined = "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(module))) for module in modules)
    lines = _INDENT_OR_COMMENT.sub("", joined)
    if name.endswith(".css"):
        return _STYLE_SIGN.sub(r"\1\2", lines)
    squeezed = "\n".join(_squeezed(line) for line in lines.splitlines() if line)
    return _BREAK.sub(r"\1", squeezed)


def _squeezed(line: str) -> str:
    """Take the blanks beside signs away, outside of texts in quotes.

    A line with a slash may hold a pattern, one with a backtick a longer text: it stays as it is.
    """
    if "/" in line or "`" in line:
        return line
    parts = _STRING.split(line)
    return "".join(
        part if place % 2 else _SIGN.sub(r"\1", part) for place, part in enumerate(parts)
    )


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
