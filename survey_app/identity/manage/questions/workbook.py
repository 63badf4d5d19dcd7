"""Small workbooks and CSV files as rows of texts, by sheet."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.parsers import expat

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from survey_app.documents.spreadsheets import harmless
from survey_app.errors import N_, InputError

MOST_ROWS = 2000
_MOST_COLUMNS = 100
_LARGEST_UNPACKED = 16 * 1024 * 1024
_PLACE = re.compile(r"([A-Z]{0,3})([0-9]{1,7})")
_DAMAGED = (  # all that zipfile, expat and calamine raise on bytes that only begin like a workbook
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError),
    *(ValueError, struct.error, zlib.error, expat.ExpatError, CalamineError, KeyError),
)
_SHEET_MARKS = ["sheetData".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
"""A part is a sheet by what it holds: its name may be any."""
_WIDTHS = (14, 18, 60, 60, 24, 24, 8)
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - the same rows give the same bytes


class QuestionFileError(InputError):
    """A file holds no questionnaire."""

    code = "question_file"
    sentence = N_("%(file)s: %(reason)s")


@dataclass(frozen=True)
class QuestionSheet:
    """The header of a sheet, in small letters, and its rows with their line numbers."""

    header: tuple[str, ...]
    lines: tuple[tuple[int, Mapping[str, str]], ...]


def read(content: bytes, file: str) -> dict[str, QuestionSheet]:
    """Read the visible sheets by their names in small letters; a CSV file is one without a name.

    Raises
    ------
    QuestionFileError
        It is neither XLSX nor CSV, too large, or damaged.
    """
    try:
        if content.startswith(b"PK\x03\x04"):
            return _sheets(content)
        return {"": _sheet(list(csv.reader(io.StringIO(_decoded(content), newline=""))))}
    except (*_DAMAGED, csv.Error):
        reason = N_("is neither XLSX nor CSV (UTF-8 or GB18030), too large, or damaged")
        raise QuestionFileError(file=file, reason=reason) from None


def write_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows as CSV that spreadsheets open as UTF-8 and compute nothing of."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(rows: Sequence[Sequence[str]], name: str) -> bytes:
    """Write rows as a workbook of one sheet, all of it text, with the header in sight."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    sheet = book.add_worksheet(name)
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    head = book.add_format({"bold": True, "num_format": "@"})
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width, wrapped)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell, wrapped if number else head)
    sheet.freeze_panes(1, 0)
    book.close()
    return content.getvalue()


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    if "\0" in text or text.count("\n") > MOST_ROWS:
        raise ValueError
    return text


def _sheets(content: bytes) -> dict[str, QuestionSheet]:
    _check_archive(content)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    visible = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
    return {name.strip().lower(): _sheet(_cells(book, name)) for name in visible}


def _cells(book: CalamineWorkbook, name: str) -> list[list[str]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_cell_text(cell) for cell in row] for row in rows]


def _cell_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _sheet(rows: list[list[str]]) -> QuestionSheet:
    lines = [(number, row) for number, row in enumerate(rows, 1) if any(map(str.strip, row))]
    if not lines:
        return QuestionSheet((), ())
    header = tuple(" ".join(name.lower().split()) for name in lines[0][1])
    width = len(header)
    return QuestionSheet(
        header,
        tuple(
            (number, dict(zip(header, [*map(_plain, row), *[""] * width][:width], strict=True)))
            for number, row in lines[1:]
        ),
    )


def _plain(cell: str) -> str:
    """Take away the apostrophe that `harmless` put before what is no formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _check_archive(content: bytes) -> None:
    """Refuse a workbook before it is laid out in memory: a cell far off takes gigabytes there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
            raise ValueError
        for part in parts:
            content_of_part = archive.read(part)
            if any(mark in content_of_part for mark in _SHEET_MARKS):
                _check_places(content_of_part)


def _check_places(sheet: bytes) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = _check_place
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(sheet, True)  # noqa: FBT003 - the parser takes no names


def _check_place(name: str, attributes: Mapping[str, str]) -> None:
    place = attributes.get("r")
    if place is None or name.rpartition(":")[2] not in ("row", "c"):
        return
    match = _PLACE.fullmatch(place)
    if match is None or int(match[2]) > MOST_ROWS or _column(match[1]) > _MOST_COLUMNS:
        raise ValueError


def _column(letters: str) -> int:
    return sum((ord(c) - 64) * 26**i for i, c in enumerate(reversed(letters)))


def _refuse_doctype(*_: object) -> None:
    raise ValueError
