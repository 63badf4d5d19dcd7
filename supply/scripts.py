"""The respondents' scripts and styles as they are served: joined, and without what says nothing.

What is built stands in the repository beside its sources, so that a server needs no tool for it
and a script that a manifest names is one that anybody can build again.
"""

import re
from collections import Counter
from pathlib import Path

import minify

PROGRAM = Path(__file__).parents[1] / "survey_app"
COMMON = PROGRAM / "static"
"""Holds the style of the questions, in which survey managers see them too."""
CLIENT = PROGRAM / "answers" / "client"
SOURCES, TARGET = CLIENT / "static", CLIENT / "built"
PAGES = (
    *("survey.js", "receipts.js", "language.js", "changed_link.js"),
    *("survey.css", "reading.css"),
)
OLDEST = 2020
"""The edition of the language that the oldest browsers read: Chromium 80, Firefox 78, Safari 14."""
_IMPORT = re.compile(r"^import \{[^}]*\} from '\./(\w+\.js)';\n", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:const|let|class|function|async function) (\w+)", re.MULTILINE)
"""What a module declares outside of its functions."""
_EXPORT = re.compile(r"^export (?=const|function|async function|class)", re.MULTILINE)


def write() -> None:
    """Build all files."""
    TARGET.mkdir(exist_ok=True)
    for name in PAGES:
        (TARGET / name).write_text(build(name), encoding="utf-8")


def build(name: str) -> str:
    """Join a script with all that it imports, in one scope, and shorten it; or a style.

    Raises
    ------
    ValueError
        Two modules give one name: in one scope, the later would take the place of the earlier.
    """
    if name.endswith(".css"):
        return _minified("text/css", _read(name))
    names = Counter(name for part in _modules(name) for name in _NAME.findall(_read(part)))
    if twice := [name for name, number in names.items() if number > 1]:
        raise ValueError(f"{name}: two modules declare {', '.join(twice)}")
    modules = "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(part))) for part in _modules(name))
    return _minified("text/javascript", f"(()=>{{{modules}}})()")


def _minified(kind: str, text: str) -> str:
    minify.config({"js-version": OLDEST})
    minified: str = minify.string(kind, text)
    return minified


def _modules(name: str) -> list[str]:
    """List a module after all that it imports, each once."""
    imported = [
        module
        for imported_module in _IMPORT.findall(_read(name))
        for module in _modules(imported_module)
    ]
    return [*dict.fromkeys(imported), name]


def _read(name: str) -> str:
    folder = SOURCES if (SOURCES / name).exists() else COMMON
    return (folder / name).read_text(encoding="utf-8")
