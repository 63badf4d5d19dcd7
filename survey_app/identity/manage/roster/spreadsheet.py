"""Tables in uploaded files: CSV or XLSX, and nothing that only looks like one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from survey_app.errors import N_, SpreadsheetError
from survey_app.identity.manage.roster.columns import find_header
from survey_app.identity.manage.spreadsheets.texts import MOST_COLUMNS, read_text
from survey_app.identity.manage.spreadsheets.workbook import (
    SheetCells,
    Workbook,
    WorkbookSheet,
    letters,
)

LARGEST_FILE = 32 * 1024 * 1024
LONGEST_HEADING = 100
_TITLES = 20
"""So many rows are searched for the headings."""
_ROWS_SHOWN = 12
_RESERVED_HEADINGS = {"code", "link"}
"""What lists of codes add."""

NumberedRow = tuple[int, list[str]]


@dataclass(frozen=True)
class UploadedTable:
    """The header of a table, and its rows with their numbers in the file."""

    file: str
    header: tuple[str, ...]
    lines: tuple[NumberedRow, ...]
    header_row: int = 1
    sheets: tuple[WorkbookSheet, ...] = ()
    """The sheets of a workbook; none of a text."""
    sheet: str = ""
    top: tuple[NumberedRow, ...] = ()
    """The first rows, titles included."""
    rounded: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """Rows and columns where a spreadsheet has cut a long number's last digits."""
    beyond: tuple[tuple[int, int], ...] = ()
    """Rows and columns of cells to the right of the header."""


def read(content: bytes, file: str, sheet: str = "", header_row: int = 0) -> UploadedTable:
    """Read a table; rows without any text are skipped.

    Parameters
    ----------
    sheet : str, optional
        The sheet of a workbook; without it the first visible one that has any text.
    header_row : int, optional
        The row with the headings, from 1; without it the likely one, below titles.

    Raises
    ------
    SpreadsheetError
        The file is of neither kind, too large, or damaged, or has no such sheet or row.
    """
    if len(content) > LARGEST_FILE:
        raise SpreadsheetError(N_("%(file)s is larger than 32 MB."), file=file)
    if content.startswith(b"PK\x03\x04"):
        return _of_workbook(Workbook(content, file), file, sheet, header_row)
    return _table(SheetCells(read_text(content, file)), file, header_row)


def _of_workbook(book: Workbook, file: str, sheet: str, header_row: int) -> UploadedTable:
    if sheet and sheet not in {tab.name for tab in book.sheets}:
        raise SpreadsheetError(
            N_("%(file)s has no sheet “%(sheet)s”."), file=file, sheet=sheet[:60]
        )
    likely = sorted(book.sheets, key=lambda tab: tab.is_hidden)
    for name in [sheet] if sheet else [tab.name for tab in likely]:
        cells = book.read(name)
        if any(cells.rows):
            table = _table(cells, file, header_row)
            return UploadedTable(**{**vars(table), "sheets": book.sheets, "sheet": name})
    raise SpreadsheetError(N_("%(file)s is empty."), file=file)


def _table(cells: SheetCells, file: str, header_row: int) -> UploadedTable:
    lines = [(number, row) for number, row in enumerate(cells.rows, start=1) if any(row)]
    if not lines:
        raise SpreadsheetError(N_("%(file)s is empty."), file=file)
    at = _header_at(lines, header_row, file)
    number, names = lines[at]
    if len(names) > MOST_COLUMNS:
        raise SpreadsheetError(N_("%(file)s has more than 200 columns."), file=file)
    width, below = len(names), lines[at + 1 :]
    return UploadedTable(
        file=file,
        header=tuple(_headings(names)),
        lines=tuple((line, _of_width(row, width)) for line, row in below),
        header_row=number,
        top=tuple(lines[:_ROWS_SHOWN]),
        rounded=frozenset(cells.rounded),
        beyond=tuple(_beyond(below, width)),
    )


def _header_at(lines: Sequence[NumberedRow], header_row: int, file: str) -> int:
    if not header_row:
        return find_header([row for _, row in lines[:_TITLES]])
    numbers = [number for number, _ in lines[: 10 * _TITLES]]
    if header_row not in numbers:
        sentence = N_("%(file)s has no headings in row %(row)s.")
        raise SpreadsheetError(sentence, file=file, row=header_row)
    return numbers.index(header_row)


def _headings(names: Sequence[str]) -> Iterator[str]:
    """Give each column a name of its own: what has none, or a known one, bears its letter."""
    earlier = set(_RESERVED_HEADINGS)
    for column, cell in enumerate(names):
        name = " ".join(cell.split())[:LONGEST_HEADING] or letters(column)
        while name in earlier:
            name = f"{name} ({letters(column)})"
        earlier.add(name)
        yield name


def _of_width(row: list[str], width: int) -> list[str]:
    return row if len(row) == width else [*row[:width], *[""] * (width - len(row))]


def _beyond(lines: Iterable[NumberedRow], width: int) -> Iterator[tuple[int, int]]:
    for line, row in lines:
        if len(row) > width:
            yield line, next(at for at in range(width, len(row)) if row[at])
