"""Workbooks from outside: measured before they are laid out in memory, then read sheet by sheet."""

import io
import re
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from posixpath import join, normpath
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from survey_app.errors import N_, SpreadsheetError

LARGEST_SHEET = 5_000_000
"""Cells, empty ones between others included."""
_LARGEST_UNPACKED = 256 * 1024 * 1024
_MOST_PARTS = 1000
_MOST_ACROSS = 10_000
_EXACT = 10**15
"""From here on a spreadsheet keeps fewer digits of a number than it has."""
_CHUNK = 1024 * 1024
_DAMAGED = (  # all that zipfile raises on bytes that only begin like an archive
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError),
    *(ValueError, struct.error, zlib.error),
)
_INDEX, _STYLES = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"), "xl/styles.xml"
_SHEET_MARKS = ["sheetData".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
_LONGEST_MARK = max(map(len, _SHEET_MARKS))
_PLACE = re.compile(r"([A-Z]{1,4})([0-9]{1,7})")
_Range = tuple[tuple[int, int], tuple[int, int]]
_ZEROS = re.compile("0{2,20}")


@dataclass(frozen=True)
class WorkbookSheet:
    """A sheet of a workbook as its tabs show it, or do not."""

    name: str
    is_hidden: bool


@dataclass
class SheetCells:
    """The texts of a sheet by row, from its first on; places are (row from 1, column from 0)."""

    rows: list[list[str]] = field(default_factory=list)
    rounded: set[tuple[int, int]] = field(default_factory=set)
    """Where a number is too long for a spreadsheet to keep its last digits."""


@dataclass
class _Part:
    """What was seen of a sheet while it was measured."""

    formula: str = ""
    """The place of the first formula."""
    padded: dict[tuple[int, int], int] = field(default_factory=dict)
    """How many digits a number shows, zeros in front included."""


class Workbook:
    """A workbook that is no larger than it says, and its sheets.

    Raises
    ------
    SpreadsheetError
        It is none, is damaged, or too large.
    """

    def __init__(self, content: bytes, file: str) -> None:
        self._file = file
        try:
            self._parts, self._targets = _measure(content, file)
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        except _DAMAGED:
            raise SpreadsheetError(_DAMAGED_FILE, file=file) from None
        except (CalamineError, expat.ExpatError, KeyError, RuntimeError):
            raise SpreadsheetError(_NO_WORKBOOK, file=file) from None
        self.sheets = tuple(
            WorkbookSheet(sheet.name, sheet.visible != SheetVisibleEnum.Visible)
            for sheet in self._book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        )

    def read(self, name: str) -> SheetCells:
        """Read a sheet; merged cells repeat the text of the first.

        Raises
        ------
        SpreadsheetError
            It has a formula, or cannot be read.
        """
        part = self._part(name)
        if part.formula:
            raise SpreadsheetError(_FORMULA, file=self._file, cell=part.formula, sheet=name)
        try:
            sheet = self._book.get_sheet_by_name(name)
            cells, merged = _texts(sheet, part), sheet.merged_cell_ranges
        except _DAMAGED:
            raise SpreadsheetError(_DAMAGED_FILE, file=self._file) from None
        except (CalamineError, IndexError, KeyError, RuntimeError):
            raise SpreadsheetError(_NO_WORKBOOK, file=self._file) from None
        _fill(cells.rows, merged or [], self._file)
        return cells

    def _part(self, name: str) -> _Part:
        """Find what was seen of a sheet; of one that is nowhere named, what was seen of any."""
        target = self._targets.get(name, "")
        if target in self._parts:
            return self._parts[target]
        formulas = (part.formula for part in self._parts.values())
        return _Part(next(filter(None, formulas), ""))


_DAMAGED_FILE = N_("%(file)s is damaged: save it once more as an Excel workbook (.xlsx).")
_NO_WORKBOOK = N_("%(file)s is not an Excel workbook (.xlsx).")
_TOO_LARGE = N_("%(file)s has too many rows or cells.")
_FORMULA = N_(
    "%(file)s, cell %(cell)s of the sheet “%(sheet)s” has a formula: copy the cells, and paste "
    "them as values."
)


def letters(column: int) -> str:
    """Name a column as a spreadsheet does: 0 is A."""
    text = ""
    while column >= 0:
        column, place = divmod(column, 26)
        text, column = chr(65 + place) + text, column - 1
    return text


def _texts(sheet: CalamineSheet, part: _Part) -> SheetCells:
    """Write out a sheet's cells; texts that repeat are kept once."""
    cells = SheetCells()
    texts_by_value: dict[str, str] = {}
    first = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts = first.copy()
        for column, value in enumerate(row, start=len(first)):
            text = value.strip() if isinstance(value, str) else _written(value)
            if part.padded and isinstance(value, float):
                text = text.zfill(part.padded.get((number, column), 0))
            if isinstance(value, float) and abs(value) >= _EXACT:
                cells.rounded.add((number, column))
            texts.append(texts_by_value.setdefault(text, text) if len(text) < 20 else text)
        while texts and not texts[-1]:
            texts.pop()
        cells.rows.append(texts)
    return cells


def _written(cell: object) -> str:
    """Write a cell as a person would: whole numbers without a point, dates in ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _fill(rows: list[list[str]], merged: Iterable[_Range], file: str) -> None:
    """Repeat the text of merged cells in each row of them."""
    cells_filled = 0
    for (top, column), (bottom, _) in merged:
        text = rows[top][column] if top < len(rows) and column < len(rows[top]) else ""
        for row in rows[top + 1 : bottom + 1] if text else ():
            row.extend([""] * (column + 1 - len(row)))
            row[column] = row[column] or text
            cells_filled += 1 + column
            if cells_filled > LARGEST_SHEET:
                raise SpreadsheetError(_TOO_LARGE, file=file)


def _measure(content: bytes, file: str) -> tuple[dict[str, _Part], dict[str, str]]:
    """Unpack every part once, piece by piece, so that none is larger than declared.

    ``zipfile`` reads no more than the size declared, and the checksum fails if there was more.
    Returns what was seen of the sheets, and which part each is.
    """
    sheets: dict[str, _Part] = {}
    index, styles = _Index(file), _Styles(file)
    readers: dict[str, _Reader] = {**dict.fromkeys(_INDEX, index), _STYLES: styles}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(p.file_size for p in parts) > _LARGEST_UNPACKED:
            raise SpreadsheetError(N_("%(file)s unpacks to more than 256 MB."), file=file)
        of_sheets = [part for part in parts if _has_cells(archive, part, readers)]
        for part in of_sheets:
            sheets[part.filename] = sheet_part = _Part()
            reader = _SheetReader(file, sheet_part, styles.padded())
            for piece in _pieces(archive, part):
                reader.feed(piece)
    return sheets, dict(index.targets())


def _has_cells(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, readers: Mapping[str, "_Reader"]
) -> bool:
    """Tell whether a part is a sheet, by what it holds: its name may be any.

    Parts that some reader needs are read on the way. Those where sheets usually lie are none of
    them, and not looked through twice.
    """
    if "/worksheets/" in f"/{part.filename}" and not part.filename.endswith(".rels"):
        return True
    reader, end, has_cells = readers.get(part.filename), b"", False
    if reader:
        reader.begin()
    for piece in _pieces(archive, part):
        has_cells = has_cells or any(mark in end + piece for mark in _SHEET_MARKS)
        end = piece[-_LONGEST_MARK:]
        if reader:
            reader.feed(piece)
    return has_cells


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while piece := stream.read(_CHUNK):
            yield piece


class _Reader(ABC):
    """Read the elements of a part, one after the other; nothing is expanded in it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.begin()

    def begin(self) -> None:
        """Begin with a new part."""
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes."""
        self._parser.Parse(piece)

    @abstractmethod
    def _element(self, name: str, attributes: dict[str, str]) -> None:
        """Look at an element."""

    def _doctype(self, *_: object) -> None:
        raise SpreadsheetError(_NO_WORKBOOK, file=self._file)


class _Index(_Reader):
    """Which part of the workbook each sheet is."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._sheets: list[tuple[str, str]] = []
        self._relations: dict[str, str] = {}

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "sheet":
            relation = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            self._sheets.append((attributes.get("name", ""), relation))
        elif kind == "Relationship":
            target = attributes.get("Target", "")
            self._relations[attributes.get("Id", "")] = normpath(join("/xl", target)).lstrip("/")

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield sheets and their parts."""
        for sheet, relation in self._sheets:
            yield sheet, self._relations.get(relation, "")


class _Styles(_Reader):
    """Which styles show a number with zeros in front."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._formats: dict[str, int] = {}
        self._styles: list[str] | None = None

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "numFmt" and _ZEROS.fullmatch(attributes.get("formatCode", "")):
            self._formats[attributes.get("numFmtId", "")] = len(attributes["formatCode"])
        elif kind == "cellXfs":
            self._styles = []
        elif kind == "xf" and self._styles is not None:
            self._styles.append(attributes.get("numFmtId", ""))

    def padded(self) -> dict[str, int]:
        """Give the digits that a number of a style shows at least."""
        styles = enumerate(self._styles or ())
        return {str(n): self._formats[of] for n, of in styles if of in self._formats}


class _SheetReader(_Reader):
    """Measure a sheet before it is laid out in memory, and find formulas in it."""

    def __init__(self, file: str, part: _Part, padded: dict[str, int]) -> None:
        super().__init__(file)
        self._part, self._padded = part, padded
        self._rows, self._columns, self._place = 0, 0, "A1"
        self._numbers: dict[str, int] = {}

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c":
            self._cell(attributes)
        elif kind == "f" and not self._part.formula:
            self._part.formula = self._place

    def _cell(self, attributes: dict[str, str]) -> None:
        match = _PLACE.fullmatch(attributes.get("r", ""))
        if not match:
            self._columns += 1  # without a place it follows the previous cell
        else:
            self._place, row = match[0], int(match[2])
            column = self._numbers.get(match[1]) or self._number(match[1])
            self._columns, self._rows = max(self._columns, column), max(self._rows, row)
            digits = self._padded.get(attributes.get("s", "")) if self._padded else None
            if digits:
                self._part.padded[row, column - 1] = digits
        if self._rows * self._columns > LARGEST_SHEET or self._columns > _MOST_ACROSS:
            raise SpreadsheetError(_TOO_LARGE, file=self._file)

    def _number(self, column: str) -> int:
        number = 0
        for letter in column:
            number = number * 26 + ord(letter) - 64
        self._numbers[column] = number
        return number
