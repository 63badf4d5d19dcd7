"""The look of a report: fonts by name, black, A4, and the language of every run."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor

if TYPE_CHECKING:
    from docx.document import Document as Writing
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.styles.style import ParagraphStyle

TEXT_WIDTH: Final = Cm(15.8)
TEXT_HEIGHT: Final = Cm(24.2)
LATIN, BODY, HEADING = "Times New Roman", "仿宋", "黑体"
ENTRY, LIST_ENTRY, NOTE = "TOC 1", "table of figures", "Note"
_SIZES: Final = {"Title": 24, "Heading 1": 16, "Heading 2": 14, "Heading 3": 12, "Caption": 10.5}
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the same results give the same bytes
_OF_THEMES: Final = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")


def prepare(writing: "Writing", title: str, *, chinese: bool) -> None:
    """Set page, properties and styles."""
    section = writing.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    section.top_margin, section.bottom_margin = Cm(2.8), Cm(2.7)
    properties = writing.core_properties
    properties.title, properties.author, properties.comments = title, "", ""
    properties.language = "zh-CN" if chinese else "en-GB"
    properties.created = properties.modified = _CREATED
    _let_fields_update(writing)
    _forget_themes(writing, chinese=chinese)
    _body(writing, chinese=chinese)
    for name, size in _SIZES.items():
        _heading(_style(writing, name), size, chinese=chinese)
    for name in (ENTRY, LIST_ENTRY):
        _entry(writing, name)
    note = writing.styles.add_style(NOTE, WD_STYLE_TYPE.PARAGRAPH)
    note.base_style = writing.styles["Normal"]
    note.font.size = Pt(9)
    note.paragraph_format.space_before = Pt(4)
    note.paragraph_format.line_spacing = 1.15
    note.paragraph_format.first_line_indent = Emu(0)


def fonts(properties: "BaseOxmlElement", east_asian: str) -> None:
    """Name the fonts of a style or run; a theme's would win over the names."""
    of_run = properties.find(qn("w:rFonts"))
    if of_run is None:
        of_run = OxmlElement("w:rFonts")
        properties.insert(0, of_run)
    for name in _OF_THEMES:
        of_run.attrib.pop(qn(f"w:{name}"), None)
    for name in ("ascii", "hAnsi", "cs"):
        of_run.set(qn(f"w:{name}"), LATIN)
    of_run.set(qn("w:eastAsia"), east_asian)


def _forget_themes(writing: "Writing", *, chinese: bool) -> None:
    """Take the template's theme fonts and colours out of every style, and set the languages."""
    styles = writing.styles.element
    for of_style in styles.iter(qn("w:rFonts")):
        fonts(of_style.getparent(), BODY if chinese else LATIN)
    for colour in [*styles.iter(qn("w:color"))]:
        colour.getparent().remove(colour)
    for language in styles.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US" if chinese else "en-GB")  # of Latin letters
        language.set(qn("w:eastAsia"), "zh-CN")
    for theme_language in writing.settings.element.iter(qn("w:themeFontLang")):
        theme_language.set(qn("w:eastAsia"), "zh-CN")


def _let_fields_update(writing: "Writing") -> None:
    """Have Word put the page numbers into the lists when the report is opened."""
    mark = OxmlElement("w:updateFields")
    mark.set(qn("w:val"), "true")
    writing.settings.element.find(qn("w:defaultTabStop")).addprevious(mark)


def _body(writing: "Writing", *, chinese: bool) -> None:
    body = _style(writing, "Normal")
    fonts(body.element.get_or_add_rPr(), BODY if chinese else LATIN)
    body.font.size = Pt(12)
    layout = body.paragraph_format
    layout.line_spacing = 1.4 if chinese else 1.2
    layout.space_after = Pt(0 if chinese else 6)
    layout.widow_control = True


def _style(writing: "Writing", name: str) -> "ParagraphStyle":
    style: ParagraphStyle = writing.styles[name]
    return style


def _heading(style: "ParagraphStyle", size: float, *, chinese: bool) -> None:
    fonts(style.element.get_or_add_rPr(), HEADING if chinese else LATIN)
    style.font.size = Pt(size)
    style.font.bold = not chinese  # 黑体 is a heavy face already
    style.font.color.rgb = RGBColor(0, 0, 0)
    layout = style.paragraph_format
    layout.keep_with_next = True
    layout.line_spacing = 1.2
    layout.first_line_indent = Emu(0)
    layout.space_before, layout.space_after = Pt(size * 0.9), Pt(6)
    if style.name == "Title":
        layout.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for border in [*style.element.iter(qn("w:pBdr"))]:
            border.getparent().remove(border)
    if style.name == "Caption":
        layout.alignment = WD_ALIGN_PARAGRAPH.CENTER
        layout.space_before, layout.space_after = Pt(8), Pt(4)


def _entry(writing: "Writing", name: str) -> None:
    style = writing.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = writing.styles["Normal"]
    layout = style.paragraph_format
    style.font.size = Pt(10.5)
    layout.line_spacing, layout.space_after = 1.1, Pt(1)
    layout.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
