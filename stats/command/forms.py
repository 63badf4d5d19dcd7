"""How a CSV file is written: its encoding, and what separates its cells."""

import codecs
import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stats.command.output import note

UTF_8: Final = "utf-8-sig"
SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Every file of the command has one of these columns.
_KEYS: Final = ("stratum", "variable")
_MARKS: Final = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"\x84\x31\x95\x33": "gb18030",
}
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_BLOCK: Final = 1 << 24


class FileError(ValueError):
    """A file that cannot be used; the sentence says which, and where."""

    def __init__(self, path: Path, reason: str, line: int = 0, column: str = "") -> None:
        place = [
            str(path),
            *([f"line {line}"] if line else []),
            *([f"column {column}"] * bool(column)),
        ]
        super().__init__(f"{', '.join(place)}: {reason}")


@dataclass(frozen=True)
class FileForm:
    """How one file is written.

    Attributes
    ----------
    encoding : str
        Name of the codec.
    separator : str
        Between cells.
    first_lines : int
        Lines before the header: 1 where ``sep=`` names the separator.
    """

    encoding: str
    separator: str
    first_lines: int


def form_of(path: Path) -> FileForm:
    """Find how a file is written, and say so where it is not UTF-8 with commas.

    Raises
    ------
    FileError
        It cannot be read, or is neither UTF-8, nor GB18030, nor UTF-16 that says so.
    """
    try:
        state = path.stat()
        return _form(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise FileError(path, f"{error.strerror}.") from None


@functools.lru_cache
def _form(path: Path, _mtime: int, _size: int) -> FileForm:
    """Look into a file once for as long as it stays the same."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline().removeprefix("\ufeff")
    line = _SEPARATOR_LINE.fullmatch(first)
    form = FileForm(encoding, line[1] if line else _separator(first), int(line is not None))
    _say(path, form)
    return form


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(64)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            if not _decodes(path, encoding):
                raise FileError(path, f"this is not {encoding.upper()} text, as it says.")
            return encoding
    if head.count(0) * 4 > len(head):  # as no other encoding of a header has
        raise FileError(path, "this is UTF-16 text without its mark: save it as CSV UTF-8.")
    for encoding in (UTF_8, "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise FileError(path, "this is not UTF-8 text, nor GB18030: save it as CSV UTF-8.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _separator(header: str) -> str:
    """Return what separates a column that must be there from the others; commas in doubt."""
    for separator in SEPARATORS:
        names = next(csv.reader([header], delimiter=separator), [])
        if any(key in names for key in _KEYS):
            return separator
    return ","


def _say(path: Path, form: FileForm) -> None:
    assumed = []
    if form.encoding != UTF_8:
        assumed.append(f"as {form.encoding.upper()}")
    if form.separator != ",":
        name = SEPARATORS.get(form.separator, repr(form.separator))
        assumed.append(f"with cells separated by {name}")
    if assumed:
        note(f"{path}: read {' '.join(assumed)}.")
