"""What is printed beside cards: cover sheets, and lists of who gets which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from survey_app.papers.lines import wrap
from survey_app.papers.paper import HEIGHT, MARGIN, WIDTH, Paper, line_height

_ROOM: Final = WIDTH - 2 * MARGIN
_ROW_SIZE: Final = 9.0
_TICK: Final = 4.0


@dataclass(frozen=True)
class CoverSheet:
    """A page before others: a heading, facts with their names, and what is to be done."""

    rehearsal: str
    campaign: tuple[str, ...]
    heading: str
    facts: Sequence[tuple[str, str]]
    notes: Sequence[str]


@dataclass(frozen=True)
class ListSheet:
    """Pages of a table with a box to tick in each row."""

    rehearsal: str
    heading: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


def print_cover(paper: Paper, cover: CoverSheet) -> None:
    """Print a cover paper."""
    paper.add_page()
    y = 2 * MARGIN
    x, room = 2 * MARGIN, _ROOM - 2 * MARGIN
    if cover.rehearsal:
        y = paper.write_block(x, y, [cover.rehearsal], 16, room, bold=True) + 4
    y = paper.write_block(x, y, cover.campaign, 12, room, most=3) + 6
    y = paper.write_block(x, y, [cover.heading], 22, room, bold=True) + 6
    for name, value in cover.facts:
        if y > HEIGHT - 5 * MARGIN:
            paper.add_page()
            y = 2 * MARGIN
        y = paper.write_block(x, y, [name], 10, room)
        y = paper.write_block(x, y, [value], 16, room, bold=True, most=8) + 4
    paper.write_block(x, y + 4, cover.notes, 12, room)


def print_list(paper: Paper, table: ListSheet) -> None:
    """Print a list on as many pages as it needs, each with heading and notes."""
    widths = _column_widths(paper, table)
    y = HEIGHT
    for row in table.rows:
        cells = [
            wrap(text, paper.width(_ROW_SIZE), room - 2)
            for text, room in zip(row, widths, strict=True)
        ]
        height = max(1, *map(len, cells)) * line_height(_ROW_SIZE) + 2
        if y + height > HEIGHT - MARGIN:
            y = _begin_list_page(paper, table, widths)
        _print_row(paper, y, cells, widths)
        y += height
        paper.draw_line((MARGIN, y - 0.5), (WIDTH - MARGIN, y - 0.5))


def _begin_list_page(paper: Paper, table: ListSheet, widths: Sequence[float]) -> float:
    """Begin a page with heading, notes, and the names of the columns; returns where rows begin."""
    paper.add_page()
    y = MARGIN
    if table.rehearsal:
        y = paper.write_block(MARGIN, y, [table.rehearsal], 11, _ROOM, bold=True)
    y = paper.write_block(MARGIN, y, table.heading, 12, _ROOM, bold=True, most=3)
    y = paper.write_block(MARGIN, y, table.notes, _ROW_SIZE, _ROOM) + 3
    x = MARGIN + _TICK + 2
    for name, room in zip(table.columns, widths, strict=True):
        paper.write_block(x, y, [name], _ROW_SIZE, room - 2, bold=True, most=1)
        x += room
    return y + line_height(_ROW_SIZE) + 2


def _print_row(
    paper: Paper, y: float, cells: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    paper.draw_box(MARGIN, y, _TICK - 0.5, _TICK - 0.5)
    x = MARGIN + _TICK + 2
    for lines, room in zip(cells, widths, strict=True):
        for at, line in enumerate(lines):
            paper.write(x, y + at * line_height(_ROW_SIZE), line, _ROW_SIZE)
        x += room


def _column_widths(paper: Paper, table: ListSheet) -> list[float]:
    """Share the room among columns by their widest cells, each at least a little."""
    width = paper.width(_ROW_SIZE, bold=True)
    widest = [
        min(80.0, max(width(text) for text in column) + 4)
        for column in zip(table.columns, *table.rows, strict=True)
    ]
    scale = min(1.0, (_ROOM - _TICK - 2) / sum(widest))
    return [width_of_cell * scale for width_of_cell in widest]
