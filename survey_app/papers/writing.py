"""Paragraphs, headings, captions, fields, lists of them, pictures, headers and footers."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Pt

from survey_app.papers import styles

if TYPE_CHECKING:
    from docx.document import Document as Writing
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

_NUMERALS: Final = "一二三四五六七八九十"
PICTURE, TABLE = ("图", "Figure"), ("表", "Table")
_INDENT: Final = Pt(24)
"""Two characters of the body's size."""


@dataclass(frozen=True)
class Entry:
    """One line of a list: its text, and the bookmark of what it stands for."""

    text: str
    bookmark: str
    level: int = 1


@dataclass
class Pen:
    """A report that is being written, in one language.

    Attributes
    ----------
    contents, captions
        The headings, and the captions by the word that they begin with, written so far.
    """

    chinese: bool
    writing: "Writing" = field(default_factory=Document)
    contents: list[Entry] = field(default_factory=list)
    captions: dict[str, list[Entry]] = field(default_factory=dict)
    _bookmarks: Iterator[int] = field(default_factory=lambda: count(1))
    _chapters: Iterator[int] = field(default_factory=lambda: count(1))
    _sections: Iterator[int] = field(default_factory=lambda: count(1))

    def word(self, chinese: str, english: str) -> str:
        """Choose between two languages."""
        return chinese if self.chinese else english

    def paragraph(self, text: str = "", style: str | None = None) -> "Paragraph":
        """Write a paragraph; a Chinese one of the body begins two characters in."""
        paragraph = self.writing.add_paragraph(text, style)
        if style is None and self.chinese:
            paragraph.paragraph_format.first_line_indent = _INDENT
        return paragraph

    def bullets(self, texts: list[str]) -> None:
        """Write sentences one below the other."""
        for text in texts:
            paragraph = self.paragraph(text, "List Bullet")
            paragraph.paragraph_format.line_spacing = 1.25
            paragraph.paragraph_format.space_after = Pt(2)

    def labelled(self, label: str, text: str) -> "Paragraph":
        """Write a paragraph that begins with its subject in the headings' font."""
        paragraph = self.paragraph()
        self._strong(paragraph.add_run(label + self.word("：", ": ")))
        paragraph.add_run(text)
        return paragraph

    def chapter(self, title: str) -> None:
        """Begin a numbered chapter."""
        number = next(self._chapters)
        self._sections = count(1)
        mark = self.word(f"{_NUMERALS[number - 1]}、", f"{number}. ")
        self._heading(mark + title, 1)

    def unnumbered(self, title: str) -> "Paragraph":
        """Begin a part without a number, such as the summary."""
        return self._heading(title, 1)

    def section(self, title: str) -> None:
        """Begin a numbered section of a chapter."""
        number = next(self._sections)
        mark = self.word(f"（{_NUMERALS[number - 1]}）", f"({number}) ")
        self._heading(mark + title, 2)

    def subsection(self, title: str) -> None:
        """Begin a part of a section, which no list names."""
        self.writing.add_heading(title, level=3)

    def page_break(self) -> None:
        """Begin a page."""
        self.writing.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def caption(self, series: tuple[str, str], text: str) -> "Paragraph":
        """Write a caption, whose number is Word's own sequence."""
        label = self.word(*series)
        so_far = self.captions.setdefault(label, [])
        paragraph = self.writing.add_paragraph(style="Caption")
        with self._bookmarked(paragraph) as bookmark:
            paragraph.add_run(f"{label} ")
            number = str(len(so_far) + 1)
            add_field(paragraph, f"SEQ {label} \\* ARABIC", number)
            paragraph.add_run(f"  {text}")
        so_far.append(Entry(f"{label} {number}  {text}", bookmark))
        return paragraph

    def picture(self, png: bytes, caption: str, alternative: str, share: float = 1) -> None:
        """Show a picture, its caption below on the same page, with a text in its place."""
        paragraph = self.writing.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.line_spacing = 1
        shape = paragraph.add_run().add_picture(
            io.BytesIO(png), width=Emu(int(styles.TEXT_WIDTH * share))
        )
        highest = int(styles.TEXT_HEIGHT * 0.8)
        if shape.height > highest:
            shape.width = Emu(int(shape.width * highest / shape.height))
            shape.height = Emu(highest)
        properties = shape._inline.docPr  # noqa: SLF001 - python-docx has no name for it
        properties.set("descr", alternative)
        properties.set("title", caption)
        self.caption(PICTURE, caption).paragraph_format.keep_with_next = False

    def lists(self, place: "Paragraph") -> None:
        """Write the contents and the lists of pictures and tables before a place.

        Their page numbers are fields of their own: LibreOffice computes no list that is one field.
        """
        self._list(place, self.word("目录", "Contents"), styles.ENTRY, self.contents)
        for series in (PICTURE, TABLE):
            label = self.word(*series)
            title = self.word(f"{label}目录", f"List of {label.lower()}s")
            if entries := self.captions.get(label):
                self._list(place, title, styles.LIST_ENTRY, entries)
        place._p.getparent().remove(place._p)  # noqa: SLF001

    def _list(self, place: "Paragraph", title: str, style: str, entries: list[Entry]) -> None:
        heading = place.insert_paragraph_before()
        heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(10), Pt(3)
        heading.paragraph_format.keep_with_next = True
        self._strong(heading.add_run(title)).font.size = Pt(14)
        for at, entry in enumerate(entries):
            line = place.insert_paragraph_before(style=style)
            line.paragraph_format.left_indent = Pt(24 * (entry.level - 1))
            line.paragraph_format.keep_with_next = at == 0
            link = OxmlElement("w:hyperlink")
            link.set(qn("w:anchor"), entry.bookmark)
            line._p.append(link)  # noqa: SLF001
            for run in (line.add_run(entry.text), line.add_run("\t")):
                link.append(run._r)  # noqa: SLF001
            add_field(line, f"PAGEREF {entry.bookmark} \\h", "")

    def _heading(self, text: str, level: int) -> "Paragraph":
        paragraph: Paragraph = self.writing.add_heading(level=level)
        with self._bookmarked(paragraph) as bookmark:
            paragraph.add_run(text)
        self.contents.append(Entry(text, bookmark, level))
        return paragraph

    @contextmanager
    def _bookmarked(self, paragraph: "Paragraph") -> Iterator[str]:
        number = next(self._bookmarks)
        name = f"_Toc{number:08}"
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            mark.set(qn("w:id"), str(number))
        start.set(qn("w:name"), name)
        paragraph._p.append(start)  # noqa: SLF001
        yield name
        paragraph._p.append(end)  # noqa: SLF001

    def _strong(self, run: "Run") -> "Run":
        styles.fonts(run._r.get_or_add_rPr(), self.word(styles.HEADING, styles.LATIN))  # noqa: SLF001
        run.bold = not self.chinese
        return run

    def strong(self, text: str, size: float, space_before: Length | None = None) -> "Paragraph":
        """Write a line in the middle, in the headings' font."""
        paragraph = self.writing.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before = space_before
        self._strong(paragraph.add_run(text)).font.size = Pt(size)
        return paragraph

    def margins(self, title: str, mark: str) -> None:
        """Put the title, the mark and page numbers on every page; on the cover the mark alone."""
        section = self.writing.sections[0]
        section.different_first_page_header_footer = True
        for paragraph, text in (
            (section.header.paragraphs[0], f"{title}    {mark}"),
            (section.first_page_header.paragraphs[0], mark),
        ):
            self._small(paragraph, text)
        footer = section.footer.paragraphs[0]
        self._small(footer, self.word("第 ", "Page "))
        add_field(footer, "PAGE", "2")
        footer.add_run(self.word(" 页，共 ", " of ")).font.size = Pt(9)
        add_field(footer, "NUMPAGES", "2")
        footer.add_run(self.word(" 页", "")).font.size = Pt(9)
        section.first_page_footer.is_linked_to_previous = False

    def _small(self, paragraph: "Paragraph", text: str) -> None:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.first_line_indent = Emu(0)
        paragraph.add_run(text).font.size = Pt(9)

    def saved(self) -> bytes:
        """Give the document's bytes."""
        file = io.BytesIO()
        self.writing.save(file)
        return file.getvalue()


def add_field(paragraph: "Paragraph", instruction: str, result: str) -> None:
    """Add a field of Word, and what it shows until Word computes it."""
    _field_mark(paragraph, "begin")
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    paragraph.add_run()._r.append(text)  # noqa: SLF001
    _field_mark(paragraph, "separate")
    paragraph.add_run(result)
    _field_mark(paragraph, "end")


def _field_mark(paragraph: "Paragraph", kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)  # noqa: SLF001
