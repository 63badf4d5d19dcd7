"""Lists of fresh codes for mail merge, as CSV and XLSX, under the office's own headings."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, groupby
from operator import attrgetter

from survey_app.documents.spreadsheets import harmless
from survey_app.errors import N_
from survey_app.identity.manage.invitations import plain_xlsx
from survey_app.identity.manage.invitations.new_codes import PlainCode
from survey_app.language import catalogue

Link = Callable[[str, str], str]
"""Compose the link of a code and its stratum."""
_OURS = (N_("stratum"), N_("code"), N_("link"), N_("number"))


def as_csv(
    codes: Iterable[PlainCode], link: Link, headings: Mapping[str, str], locale: str
) -> bytes:
    """Write codes as CSV, with a byte order mark where spreadsheets need it to read Chinese.

    Plain ASCII gets none: other programs would take it for a part of the first column's name.
    """
    buffer = io.BytesIO()
    text = io.TextIOWrapper(buffer, "utf-8", newline="")
    csv.writer(text).writerows(_lines(codes, link, headings, locale))
    text.flush()
    content = buffer.getvalue()
    return content if content.isascii() else codecs.BOM_UTF8 + content


def as_xlsx(
    codes: Iterable[PlainCode], link: Link, headings: Mapping[str, str], locale: str
) -> bytes:
    """Write codes as a workbook of plain texts."""
    return plain_xlsx.write(_lines(codes, link, headings, locale))


def numbered(codes: Iterable[PlainCode]) -> Iterator[tuple[int, PlainCode]]:
    """Give the codes of each stratum numbers; a card that has a number keeps it."""
    for _, group in groupby(codes, key=attrgetter("stratum")):
        for place, plain in enumerate(group, start=1):
            yield plain.number or place, plain


def _lines(
    codes: Iterable[PlainCode], link: Link, headings: Mapping[str, str], locale: str
) -> Iterator[list[str]]:
    """Yield header and lines; persons come first, and all have one roster's columns."""
    pairs = numbered(codes)
    first = next(pairs, None)
    if first is None:
        return
    names = [name for name in first[1].person if name != "stratum"] or ["person"]
    yield [harmless(name) for name in _header(names, headings, locale)]
    for number, plain in chain([first], pairs):
        cells = [plain.person.get(name, "") for name in names]
        row = [plain.stratum, *cells, plain.code, link(plain.code, plain.stratum), str(number)]
        yield [harmless(cell) for cell in row]


def _header(names: Iterable[str], headings: Mapping[str, str], locale: str) -> list[str]:
    """Name the columns as the office's file does; ours get a mark where that has the same name."""
    of_office = [headings.get(name, name) for name in names]
    translate = catalogue(locale).gettext
    stratum, code, link, number = (
        f"{name} *" if name in of_office else name for name in map(translate, _OURS)
    )
    return [headings.get("stratum") or stratum, *of_office, code, link, number]
