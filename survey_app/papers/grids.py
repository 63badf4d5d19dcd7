"""Tables of a report: widths by what stands in them, and rows that stay whole."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Pt, Twips
from docx.text.paragraph import Paragraph

from survey_app.papers import styles
from survey_app.papers.numbers import (
    NOTHING,
    p_value,
    percent,
    probability,
    rounded,
)
from survey_app.papers.text_width import width
from survey_app.papers.typed_tables import (
    Form,
    Table,
    Value,
)
from survey_app.papers.writing import TABLE, Pen

if TYPE_CHECKING:
    from docx.oxml.table import CT_Row
    from docx.table import Table as Grid

_TWIPS: Final = int(styles.TEXT_WIDTH.twips)
_ONE_LINE_SIZES: Final = (9, 8.5, 8)
_SIZES: Final = (9, 8, 7)
_PADDING: Final = 70
_MARGIN: Final = 2 * _PADDING + 40
"""Of a cell, both sides and lines together, in twips."""
_UNBROKEN: Final = 18
"""A Chinese name of up to nine characters stays on one line, one of four in a head."""
_UNBROKEN_IN_HEADS: Final = 8
_TOGETHER: Final = 9
"""A table of up to so many rows stays on one page."""
_WIDE: Final = re.compile(r"[⺀-鿿豈-﫿！-｠、-〿]+")


def write_table(pen: Pen, table: Table) -> None:
    """Write a table below its title."""
    say = pen.word
    pen.caption(TABLE, say(table.title.zh, table.title.en))
    heads = [say(column.head.zh, column.head.en) for column in table.columns]
    forms = [column.form for column in table.columns]
    rows = [
        [written(value, form) for value, form in zip(row, forms, strict=True)] for row in table.rows
    ]
    size, widths = fitting([heads, *rows])
    grid = pen.writing.add_table(rows=len(rows) + 1, cols=len(heads), style="Table Grid")
    grid.autofit = False
    _set_widths(grid, widths)
    for at, line in enumerate(grid._tbl.tr_lst):  # noqa: SLF001 - python-docx is slow by rows
        keep = at < len(rows) and (len(rows) <= _TOGETHER or at <= 2 or at >= len(rows) - 2)
        texts = rows[at - 1] if at else heads
        _keep_whole(line, is_head=at == 0)
        for cell, text, form, wide in zip(line.tc_lst, texts, forms, widths, strict=True):
            cell.width = Twips(wide)
            paragraph = Paragraph(cell.p_lst[0], grid)
            _fill(paragraph, text, form, size, is_head=at == 0)
            paragraph.paragraph_format.keep_with_next = keep
    if table.note:
        pen.paragraph(say(table.note.zh, table.note.en), styles.NOTE)
    else:
        pen.paragraph("", styles.NOTE).paragraph_format.space_after = Pt(0)


def fitting(lines: Sequence[Sequence[str]]) -> tuple[float, list[int]]:
    """Choose a size of letters and widths in twips.

    Every cell is on one line if that can be had with letters of 8 points, and no word and no short
    name breaks otherwise.
    """
    for size in _ONE_LINE_SIZES:
        preferred = _preferred(lines, size)
        if sum(preferred) <= _TWIPS:
            return size, _shared(preferred, preferred)
    for size in _SIZES:
        least = _least(lines, size)
        if sum(least) <= _TWIPS:
            return size, _shared(least, _preferred(lines, size))
    return size, [need * _TWIPS // sum(least) for need in least]


def _least(lines: Sequence[Sequence[str]], size: float) -> list[int]:
    return [_widest(_word_widths(column), size) for column in zip(*lines, strict=True)]


def _preferred(lines: Sequence[Sequence[str]], size: float) -> list[int]:
    """Measure columns whose cells do not break; their heads may."""
    preferred = [_widest([0, *map(width, column)], size) for column in zip(*lines[1:], strict=True)]
    return [max(pair) for pair in zip(_least(lines, size), preferred, strict=True)]


def _shared(least: Sequence[int], preferred: Sequence[int]) -> list[int]:
    """Give every column what it needs, and share the rest by what they would like."""
    rest = _TWIPS - sum(least)
    longing = [want - need for want, need in zip(preferred, least, strict=True)]
    if rest >= sum(longing):
        least, rest, longing = preferred, _TWIPS - sum(preferred), list(preferred)
    whole = sum(longing) or 1
    return [need + rest * long // whole for need, long in zip(least, longing, strict=True)]


def _unbroken(text: str) -> str:
    """Keep a sign, or a word that belongs to it, with its number."""
    return re.sub(r"(?<=[<>少于]) (?=\d)| (?=[nN]$)", "\N{NO-BREAK SPACE}", text)


def _word_widths(column: Sequence[str]) -> list[int]:
    """Measure the longest words of a column; its head is in bold."""
    head, *rows = column
    in_rows = [_longest_word(text, _UNBROKEN) for text in rows]
    return [_longest_word(head, _UNBROKEN_IN_HEADS) + 1, *in_rows]


def _widest(widths: Iterable[int], size: float) -> int:
    return int(max(widths) * size * 10.6) + _MARGIN


def _longest_word(text: str, unbroken: int) -> int:
    """Measure the longest part of a text that must not break."""
    return max([0, *(_width(part, unbroken) for part in re.split(r"[ \-/]", _unbroken(text)))])


def _width(part: str, unbroken: int) -> int:
    """Measure a part without spaces: Chinese may break after so many places, all else not."""
    if "\N{NO-BREAK SPACE}" in part:
        return width(part) + 1
    names = [min(width(name), unbroken) for name in _WIDE.findall(part)]
    words = [width(word) + word.count("%") for word in _WIDE.split(part)]
    return max([0, *names, *words])


def _set_widths(grid: "Grid", widths: Sequence[int]) -> None:
    """Set the grid, which is what some programs take, as the cells are."""
    for column, wide in zip(grid.columns, widths, strict=True):
        column.width = Twips(wide)
    properties = grid._tbl.tblPr  # noqa: SLF001
    whole = properties.find(qn("w:tblW"))
    whole.set(qn("w:type"), "dxa")
    whole.set(qn("w:w"), str(sum(widths)))
    padding = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(_PADDING))
        margin.set(qn("w:type"), "dxa")
        padding.append(margin)
    properties.append(padding)


def _keep_whole(line: "CT_Row", *, is_head: bool) -> None:
    """Let no row run over a page's end, and repeat the head on every page."""
    properties = line.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if is_head else [])):
        properties.append(OxmlElement(name))


def _fill(paragraph: Paragraph, text: str, form: Form, size: float, *, is_head: bool) -> None:
    run = paragraph.add_run(_unbroken(text))
    run.bold = is_head
    run.font.size = Pt(size)
    paragraph.paragraph_format.line_spacing = 1.1
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.first_line_indent = Emu(0)
    if form != Form.TEXT:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def written(value: Value, form: Form) -> str:
    """Write a cell as a report shows it."""
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else _WRITERS[form](value)


_WRITERS: Final[Mapping[Form, Callable[[float], str]]] = {
    Form.TEXT: str,
    Form.COUNT: str,
    Form.SHARE: percent,
    Form.NUMBER: lambda number: rounded(number, 4),
    Form.POINTS: lambda number: rounded(number, 1),
    Form.PROBABILITY: lambda share: probability(share, is_known=share in {0, 1}),
    Form.P_VALUE: p_value,
}
