"""A paper to print: pages of A4 in one font, of which only the characters used are embedded."""

import logging
from collections.abc import Sequence
from typing import Final, Self

import segno
from fpdf import FPDF
from fpdf.fonts import TTFFont
from PIL import Image

from survey_app.papers import fonts
from survey_app.papers.lines import Width, cut, wrap

WIDTH: Final = 210.0
HEIGHT: Final = 297.0
MARGIN: Final = 10.0
LINE: Final = 1.3
"""The height of a line, in heights of its letters."""
GREY: Final = 110
_POINT = 25.4 / 72
_FAMILY = "paper"
_BASELINE = 0.98
"""Where letters stand in a line, in heights of them."""
_MASK = 3
"""Any mask can be read; to look for the best of eight takes five times as long."""

# It would name characters that the font lacks: they may be of a person's name.
logging.getLogger("fpdf").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


class Paper:
    """Pages of A4 that are written in millimetres from the upper left corner.

    Raises
    ------
    NoChineseFontError
        There is no font on the machine that Chinese could be written with.
    """

    def __init__(self) -> None:
        regular, bold = fonts.faces()
        self._pdf = FPDF(format="A4")
        self._pdf.set_auto_page_break(False)
        for style, face in (("", regular), ("B", bold)):
            self._pdf.add_font(_FAMILY, style, face.file, collection_font_number=face.number)
        self._widths: dict[tuple[str, bool], float] = {}

    def __enter__(self) -> Self:
        """Write on it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files of its fonts."""
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def add_page(self) -> None:
        """Begin a page."""
        self._pdf.add_page()

    @property
    def page(self) -> int:
        """The number of the page that is written."""
        return self._pdf.page_no()

    def width(self, size: float, *, bold: bool = False) -> Width:
        """Give what measures texts of a size in points."""
        scale = size * _POINT

        def measure(text: str) -> float:
            return sum(self._relative(character, bold=bold) for character in text) * scale

        return measure

    def write(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, grey: bool = False
    ) -> None:
        """Write one line, whose top is at ``y``."""
        self._pdf.set_font(_FAMILY, "B" if bold else "", size)
        self._pdf.set_text_color(GREY if grey else 0)
        self._pdf.text(x, y + size * _POINT * (_BASELINE + (LINE - 1) / 2), text)

    def write_block(
        self,
        x: float,
        y: float,
        texts: Sequence[str],
        size: float,
        room: float,
        *,
        bold: bool = False,
        most: int = 100,
    ) -> float:
        """Write texts below each other, each at most so many lines; returns where they end."""
        width = self.width(size, bold=bold)
        for text in texts:
            for line in cut(wrap(text, width, room), most, width, room):
                self.write(x, y, line, size, bold=bold)
                y += line_height(size)
        return y

    def draw_line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a dashed line to cut or tear along."""
        self._pdf.set_draw_color(GREY)
        self._pdf.set_line_width(0.15)
        self._pdf.set_dash_pattern(1.2, 1)
        self._pdf.line(*start, *end)

    def draw_box(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a box."""
        self._pdf.set_draw_color(GREY)
        self._pdf.set_line_width(0.2)
        self._pdf.set_dash_pattern()
        self._pdf.rect(x, y, width, height)

    def draw_code(self, x: float, y: float, picture: Image.Image, side: float) -> None:
        """Draw a QR code, one pixel of the picture for each of its modules."""
        self._pdf.image(picture, x, y, side, side)

    def content(self) -> bytes:
        """Give the paper as PDF."""
        return bytes(self._pdf.output())

    def _relative(self, character: str, *, bold: bool) -> float:
        """Give a character's width in heights of letters, each measured once."""
        key = (character, bold)
        if key not in self._widths:
            self._pdf.set_font(_FAMILY, "B" if bold else "", 100)
            self._widths[key] = self._pdf.get_string_width(character) / (100 * _POINT)
        return self._widths[key]


def line_height(size: float) -> float:
    """Give the height of a line in millimetres, for letters of a size in points."""
    return size * _POINT * LINE


def code_picture(link: str) -> Image.Image:
    """Draw a link as a QR code, one pixel for each module."""
    code = segno.make(link, error="m", micro=False, mask=_MASK)
    side = len(code.matrix)
    picture = Image.new("1", (side, side), 1)
    picture.putdata([0 if module else 1 for row in code.matrix for module in row])
    return picture
