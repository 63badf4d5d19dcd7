"""Cards with codes, many on a page, to be cut apart; each fits its text to its room."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Final

from survey_app.papers.covers import CoverSheet, ListSheet, print_cover, print_list
from survey_app.papers.lines import cut, segments, wrap
from survey_app.papers.paper import (
    HEIGHT,
    MARGIN,
    WIDTH,
    Paper,
    code_picture,
    line_height,
)

PER_PAGE: Final = {4: (2, 2), 6: (2, 3), 8: (2, 4), 10: (2, 5), 12: (2, 6)}
"""How many cards may fill a page: columns and rows."""
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_SIZES: Final = {4: 11.5, 6: 10.0, 8: 9.0, 10: 8.0, 12: 7.5}
_SMALLEST: Final = 5.5
_READABLE: Final = 6.5
"""Rather than in smaller letters, long texts are printed in two lines and cut."""
_STEP: Final = 0.25
_QR_SIDES: Final = {4: 38.0, 6: 33.0, 8: 30.0, 10: 28.0, 12: 27.0}
_SMALLEST_MODULE: Final = 0.45
_PADDING: Final = 2.5
_GAP: Final = 2.5
_CODE: Final = 1.3
"""How much larger than the text a code is, which is typed letter by letter."""
_STRIP: Final = 7.0
_MARGIN_SIZE: Final = 7.0
_ROOM: Final = WIDTH - 2 * MARGIN

OnProgress = Callable[[int], None]


@dataclass(frozen=True)
class CardFace:
    """What all cards of a campaign say, each thing once in each language of the cards."""

    rehearsal: str
    """Empty unless it is one."""
    title: tuple[str, ...]
    way: tuple[str, ...]
    address: str
    last_day: tuple[str, ...]
    check_code: tuple[str, ...]
    promise: tuple[str, ...]
    about: tuple[str, ...]
    """Who asks, and whom to turn to."""
    strip: str
    """What is to be done with the strip that bears a name."""


@dataclass(frozen=True)
class PrintedCard:
    """One card: what tells it from others of its stratum, its code, and whose strip it has."""

    mark: str
    code: str
    link: str
    strip: str = ""


@dataclass(frozen=True)
class CardSheets:
    """Pages of cards, with a line in the margin, which is cut off, that says which they are."""

    margin: str
    face: CardFace
    cards: Sequence[PrintedCard]
    per_page: int


Part = CoverSheet | ListSheet | CardSheets


@dataclass(frozen=True)
class _Line:
    """A line where it stands on a card; without a text it is the card's code."""

    x: float
    y: float
    text: str
    size: float
    bold: bool


@dataclass(frozen=True)
class _Block:
    """A text of a card: how many lines it may have, and what must not be broken; see `_Line`."""

    text: str
    bold: bool = False
    most: int = 100


@dataclass(frozen=True)
class _CardRoom:
    """The room of one card on its page, and the side of its QR code."""

    per_page: int
    side: float
    strip: bool

    @property
    def width(self) -> float:
        """The card's width."""
        return _ROOM / PER_PAGE[self.per_page][0]

    @property
    def height(self) -> float:
        """The card's height."""
        return (HEIGHT - 2 * MARGIN) / PER_PAGE[self.per_page][1]

    @property
    def bottom(self) -> float:
        """Where text must end."""
        return self.height - _PADDING / 2 - (_STRIP if self.strip else 0)

    def room(self, *, beside: bool) -> float:
        """Give the width of lines beside the QR code, or below it."""
        return self.width - 2 * _PADDING - (self.side + _GAP if beside else 0)


def mark_of(index: int) -> str:
    """Name a stratum by letters that say nothing about it: A, B, … Z, AA; without I and O."""
    mark = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, len(_LETTERS))
        mark = _LETTERS[letter] + mark
    return mark


def print_parts(parts: Iterable[Part], on_progress: OnProgress) -> bytes:
    """Print parts one after the other as PDF, each on pages of its own.

    Raises
    ------
    NoChineseFontError
        There is no font on the machine that Chinese could be written with.
    """
    printed = 0

    def report(on_part: int) -> None:
        on_progress(printed + on_part)

    with Paper() as paper:
        for part in parts:
            if isinstance(part, CoverSheet):
                print_cover(paper, part)
            elif isinstance(part, ListSheet):
                print_list(paper, part)
            else:
                _print_cards(paper, part, report)
                printed += len(part.cards)
        return paper.content()


def _print_cards(paper: Paper, part: CardSheets, on_progress: OnProgress) -> None:
    if not part.cards:
        return
    cell, lines = _layout(paper, part)
    columns, _ = PER_PAGE[cell.per_page]
    for first in range(0, len(part.cards), cell.per_page):
        _begin_page(paper, part.margin, cell)
        for at, card in enumerate(part.cards[first : first + cell.per_page]):
            row, column = divmod(at, columns)
            place = (MARGIN + column * cell.width, MARGIN + row * cell.height)
            _print_card(paper, part.face, card, cell, lines, place)
        on_progress(min(first + cell.per_page, len(part.cards)))


def _begin_page(paper: Paper, margin: str, cell: _CardRoom) -> None:
    """Begin a page with its margin and the lines to cut along."""
    paper.add_page()
    width = paper.width(_MARGIN_SIZE)
    for line in cut(wrap(margin, width, _ROOM), 1, width, _ROOM):
        paper.write(MARGIN, MARGIN - 4.5, line, _MARGIN_SIZE, grey=True)
    columns, rows = PER_PAGE[cell.per_page]
    for row in range(rows + 1):
        y = MARGIN + row * cell.height
        paper.draw_line((MARGIN, y), (MARGIN + _ROOM, y))
    for column in range(columns + 1):
        x = MARGIN + column * cell.width
        paper.draw_line((x, MARGIN), (x, HEIGHT - MARGIN))


def _print_card(
    paper: Paper,
    face: CardFace,
    card: PrintedCard,
    cell: _CardRoom,
    lines: Sequence[_Line],
    place: tuple[float, float],
) -> None:
    left, top = place
    x, y = left + _PADDING, top + _PADDING
    paper.draw_code(x, y, code_picture(card.link), cell.side)
    size = lines[0].size
    inset = (cell.side - paper.width(size, bold=True)(card.mark)) / 2
    paper.write(x + inset, y + cell.side + 0.3, card.mark, size, bold=True)
    for line in lines:
        text = line.text or card.code
        paper.write(left + line.x, top + line.y, text, line.size, bold=line.bold)
    if card.strip:
        _print_strip(paper, face, card, cell, place)


def _print_strip(
    paper: Paper, face: CardFace, card: PrintedCard, cell: _CardRoom, place: tuple[float, float]
) -> None:
    """Print the strip with a name, which is torn off before the card is used."""
    left, top = place[0], place[1] + cell.height - _STRIP
    paper.draw_line((left, top), (left + cell.width, top))
    room = cell.width - 2 * _PADDING
    paper.write_block(left + _PADDING, top + 0.3, [face.strip], 5.5, room, most=1)
    paper.write_block(left + _PADDING, top + 2.6, [card.strip], 8, room, bold=True, most=1)


def _layout(paper: Paper, part: CardSheets) -> tuple[_CardRoom, list[_Line]]:
    """Lay the cards out as many on a page as were asked for, or as fewer that can be read."""
    longest = code_picture(max((card.link for card in part.cards), key=len)).width
    strip = any(card.strip for card in part.cards)
    for per_page in sorted((n for n in PER_PAGE if n <= part.per_page), reverse=True):
        side = max(_QR_SIDES[per_page], longest * _SMALLEST_MODULE)
        cell = _CardRoom(per_page, side, strip)
        for size, most in _tries(per_page):
            lines, end = _laid_out(paper, part, cell, size, most)
            if end <= cell.bottom:
                return cell, lines
    return cell, lines


def _tries(per_page: int) -> list[tuple[float, int]]:
    """List sizes of letters, largest first, and the most lines that texts which may be cut have."""
    steps = (_SIZES[per_page] - _STEP * step for step in count())
    sizes = list(takewhile(lambda size: size >= _SMALLEST, steps))
    whole = [(size, 100) for size in sizes if size >= _READABLE]
    return [*whole, *((size, 2) for size in sizes)]


def _laid_out(
    paper: Paper, part: CardSheets, cell: _CardRoom, size: float, most: int
) -> tuple[list[_Line], float]:
    """Let the texts of a card flow beside the QR code and then below it; returns where they end."""
    lines: list[_Line] = []
    below = _PADDING + cell.side + 0.3 + line_height(size)
    y = _PADDING
    code = _code_size(paper, part.cards, size, cell.room(beside=False))
    typed_fits = _fits_beside(paper, part, cell, size, code)
    for block in _blocks(part.face, most):
        if block.text in {part.face.address, ""} and not typed_fits:
            y = max(y, below)
        beside = y < below
        room = cell.room(beside=beside)
        letters = size if block.text else code
        width = paper.width(letters, bold=block.bold)
        texts = wrap(block.text, width, room) if block.text else [""]
        for line in cut(texts, block.most, width, room):
            x = _PADDING + (cell.side + _GAP if beside else 0)
            lines.append(_Line(x, y, line, letters, block.bold))
            y += line_height(letters)
    return lines, max(y, below)


def _blocks(face: CardFace, most: int) -> list[_Block]:
    """List a card's texts; only what the survey's page says too may be cut."""
    return [
        *(_Block(text, bold=True) for text in (face.rehearsal,) if text),
        *(_Block(text, bold=True, most=most) for text in face.title),
        *map(_Block, face.way),
        _Block(face.address, bold=True),
        _Block("", bold=True),
        *map(_Block, (*face.last_day, *face.check_code, *face.promise)),
        *(_Block(text, most=most) for text in face.about),
    ]


def _code_size(paper: Paper, cards: Sequence[PrintedCard], size: float, room: float) -> float:
    """Give the size of letters in which every code stands on one line."""
    width = paper.width(size * _CODE, bold=True)
    return size * _CODE * min(1.0, room / max(width(card.code) for card in cards))


def _fits_beside(paper: Paper, part: CardSheets, cell: _CardRoom, size: float, code: float) -> bool:
    """Tell whether address and code need no break in a bad place beside the QR code."""
    width, room = paper.width(size, bold=True), cell.room(beside=True)
    if max(map(width, segments(part.face.address))) > room:
        return False
    of_code = paper.width(code, bold=True)
    return max(of_code(card.code) for card in part.cards) <= room
