"""Tables in uploaded files: CSV or XLSX, and nothing that only looks like one."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from survey_app.errors import N_, RosterError

LARGEST_FILE = 32 * 1024 * 1024
_LARGEST_UNPACKED = 256 * 1024 * 1024
_MOST_PARTS = 1000
MOST_COLUMNS = 200
MOST_ROWS = 500_000
_MOST_CELLS = 5_000_000
_CHUNK = 1024 * 1024
_DAMAGED = (  # all that zipfile raises on bytes that only begin like an archive
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError),
    *(ValueError, struct.error, zlib.error),
)
_PLACE = re.compile(r"([A-Z]{1,4})([0-9]{1,7})")

NumberedRow = tuple[int, list[str]]


@dataclass(frozen=True)
class UploadedTable:
    """The header of a table, and its rows with their line numbers."""

    file: str
    header: tuple[str, ...]
    lines: tuple[NumberedRow, ...]


def read(content: bytes, file: str) -> UploadedTable:
    """Read a table; rows without any text are skipped.

    Raises
    ------
    RosterError
        The file is of neither kind, too large, or damaged; names file, line and reason.
    """
    if len(content) > LARGEST_FILE:
        raise RosterError(file=file, line=0, reason=N_("is larger than 32 MB"))
    read_lines = _sheet if content.startswith(b"PK\x03\x04") else _text
    lines = [(n, cells) for n, cells in read_lines(content, file) if any(cells)]
    if not lines:
        raise RosterError(file=file, line=1, reason=N_("is empty"))
    header = tuple(name.strip() for name in lines[0][1])
    _check_header(header, file)
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            reason = N_("does not have as many cells as the header")
            raise RosterError(file=file, line=number, reason=reason)
    return UploadedTable(file, header, tuple(lines[1:]))


def _check_header(header: tuple[str, ...], file: str) -> None:
    if len(header) > MOST_COLUMNS:
        raise RosterError(file=file, line=1, reason=N_("has more than 200 columns"))
    if len(set(header)) < len(header) or {"code", "link"} & set(header):
        reason = N_("a column is listed twice, or is called 'code' or 'link'")
        raise RosterError(file=file, line=1, reason=reason)
    if "" in header or max(map(len, header)) > 100:
        reason = N_("a column has no name, or one of more than 100 characters")
        raise RosterError(file=file, line=1, reason=reason)


def _text(content: bytes, file: str) -> list[NumberedRow]:
    text = _decoded(content, file)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[NumberedRow] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, cells))
            if len(lines) > MOST_ROWS or len(cells) > len(lines[0][1]) + MOST_COLUMNS:
                raise RosterError(
                    file=file, line=reader.line_num, reason=N_("has too many rows or cells")
                )
    except csv.Error:
        raise RosterError(file=file, line=reader.line_num, reason=N_("is not CSV")) from None
    return lines


def _decoded(content: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise RosterError(file=file, line=1, reason=N_("is neither XLSX nor text (UTF-8 or GB18030)"))


def _sheet(content: bytes, file: str) -> list[NumberedRow]:
    try:
        _check_archive(content, file)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except _DAMAGED:
        raise RosterError(file=file, line=0, reason=N_("is damaged")) from None
    except (CalamineError, expat.ExpatError, IndexError, KeyError, RuntimeError):
        raise RosterError(file=file, line=0, reason=N_("is not an XLSX workbook")) from None
    width = next((_width(cells) for cells in rows if any(_cell_text(cell) for cell in cells)), 0)
    return [
        (number, [_cell_text(cell) for cell in (cells if any(cells[width:]) else cells[:width])])
        for number, cells in enumerate(rows, 1)
    ]


def _width(cells: Sequence[object]) -> int:
    return max((i for i, cell in enumerate(cells, 1) if _cell_text(cell)), default=0)


def _cell_text(cell: object) -> str:
    """Write a cell as a person would: whole numbers without a point, dates in ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _check_archive(content: bytes, file: str) -> None:
    """Unpack every part once, piece by piece, so that none is larger than declared.

    ``zipfile`` reads no more than the size declared, and the checksum fails if there was more.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(p.file_size for p in parts) > _LARGEST_UNPACKED:
            raise RosterError(file=file, line=0, reason=N_("unpacks to more than 256 MB"))
        for part in parts:
            sheet = _SheetCheck(file) if "/worksheets/" in f"/{part.filename}" else None
            with archive.open(part) as stream:
                while piece := stream.read(_CHUNK):
                    if sheet:
                        sheet.feed(piece)


class _SheetCheck:
    """Measure a sheet before it is laid out in memory, and refuse formulas in it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._rows, self._columns, self._place = 0, 0, "A1"
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes."""
        self._parser.Parse(piece)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c":
            self._cell(attributes.get("r", ""))
        elif kind == "f":
            number = int("".join(c for c in self._place if c.isdigit()) or 0)
            reason = N_("has a formula: paste the values instead")
            raise RosterError(file=self._file, line=number, reason=reason)

    def _cell(self, place: str) -> None:
        match = _PLACE.fullmatch(place)
        if not match:
            self._columns += 1  # without a place it follows the previous cell
        else:
            self._place = place
            column = sum((ord(c) - 64) * 26**i for i, c in enumerate(reversed(match[1])))
            self._columns = max(self._columns, column)
            self._rows = max(self._rows, int(match[2]))
        if self._rows * self._columns > _MOST_CELLS or self._columns > 50 * MOST_COLUMNS:
            raise RosterError(file=self._file, line=0, reason=N_("has too many rows or cells"))

    def _doctype(self, *_: object) -> None:
        raise RosterError(file=self._file, line=0, reason=N_("is not an XLSX workbook"))
