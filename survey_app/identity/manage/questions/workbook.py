"""Small workbooks and CSV files as rows of texts, by sheet."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from survey_app.documents.spreadsheets import harmless
from survey_app.errors import N_, InputError, SpreadsheetError
from survey_app.identity.manage.spreadsheets.texts import read_text
from survey_app.identity.manage.spreadsheets.workbook import Workbook

MOST_ROWS = 2000
_MOST_COLUMNS = 100
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
        if not content.startswith(b"PK\x03\x04"):
            return {"": _sheet(read_text(content, file), file)}
        book = Workbook(content, file)
        visible = [sheet.name for sheet in book.sheets if not sheet.is_hidden]
        return {name.strip().lower(): _sheet(book.read(name).rows, file) for name in visible}
    except SpreadsheetError as error:
        raise QuestionFileError(error.sentence, **error.values) from None


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


def _sheet(rows: list[list[str]], file: str) -> QuestionSheet:
    if len(rows) > MOST_ROWS or max(map(len, rows), default=0) > _MOST_COLUMNS:
        raise QuestionFileError(file=file, reason=N_("has too many rows or columns"))
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
