"""Texts from outside as rows of cells: CSV in the encodings and with the marks of spreadsheets."""

import codecs
import csv
import io
from collections import Counter

from survey_app.errors import N_, SpreadsheetError

MOST_COLUMNS = 200
MOST_ROWS = 500_000


def read_text(content: bytes, file: str) -> list[list[str]]:
    """Read the rows of CSV, whatever parts its cells, without the empty cells at their ends.

    Raises
    ------
    SpreadsheetError
        It is no text, no CSV, or too large.
    """
    text = _decoded(content, file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[list[str]] = []
    try:
        for cells in reader:
            if len(rows) >= MOST_ROWS or (rows and len(cells) > len(rows[0]) + MOST_COLUMNS):
                raise SpreadsheetError(N_("%(file)s has too many rows or cells."), file=file)
            row = [cell.strip() for cell in cells]
            while row and not row[-1]:
                row.pop()
            rows.append(row)
    except csv.Error:
        raise SpreadsheetError(
            N_(
                "%(file)s, row %(row)s is not CSV: a quotation mark is missing or too many. Save "
                "the table as an Excel workbook (.xlsx) instead."
            ),
            file=file,
            row=len(rows) + 1,
        ) from None
    return rows


def _delimiter(text: str) -> str:
    """Choose what parts the first rows into the most alike columns."""
    return max(",;\t", key=lambda delimiter: _likeness(text[:65536], delimiter))


def _likeness(sample: str, delimiter: str) -> int:
    lines = sample.splitlines()[:50]
    widths: Counter[int] = Counter()
    try:
        widths.update(map(len, csv.reader(lines, delimiter=delimiter)))
    except csv.Error:
        return 0
    return max(((width - 1) * number for width, number in widths.items()), default=0)


def _decoded(content: bytes, file: str) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise SpreadsheetError(
            N_("%(file)s is of an old kind of Excel (.xls): save it as .xlsx."), file=file
        )
    has_mark = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if has_mark else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise SpreadsheetError(
        N_("%(file)s is neither an Excel workbook (.xlsx) nor text (CSV)."), file=file
    )
