"""Lists of fresh codes: CSV and XLSX for mail merge, and cards to print."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import segno

from survey_app.documents.spreadsheets import harmless
from survey_app.identity.manage.invitations import plain_xlsx
from survey_app.identity.manage.invitations.codes import PlainCode

Link = Callable[[str, str], str]
"""Compose the link of a code and its stratum."""


def as_csv(codes: Iterable[PlainCode], link: Link) -> bytes:
    """Write codes as CSV, with a byte order mark where spreadsheets need it to read Chinese.

    Plain ASCII gets none: other programs would take it for a part of the first column's name.
    """
    buffer = io.BytesIO()
    text = io.TextIOWrapper(buffer, "utf-8", newline="")
    csv.writer(text).writerows(_lines(codes, link))
    text.flush()
    content = buffer.getvalue()
    return content if content.isascii() else codecs.BOM_UTF8 + content


def as_xlsx(codes: Iterable[PlainCode], link: Link) -> bytes:
    """Write codes as a workbook of plain texts."""
    return plain_xlsx.write(_lines(codes, link))


def card(code: PlainCode, link: str) -> dict[str, str]:
    """Compose one card; the QR is a picture in the page, which the policy allows."""
    picture = segno.make(link, error="m", micro=False)
    return {
        "code": code.code,
        "person": code.person.get("person", ""),
        "qr": picture.svg_data_uri(border=2, scale=3),
    }


def row(code: PlainCode, link: Link) -> dict[str, str]:
    """Compose one line: the person's own columns, then code and link."""
    person = code.person or {"person": ""}
    return {
        "stratum": code.stratum,
        **person,
        "code": code.code,
        "link": link(code.code, code.stratum),
    }


def _lines(codes: Iterable[PlainCode], link: Link) -> Iterator[list[str]]:
    """Yield header and lines; persons come first, and all have one roster's columns."""
    rows = (row(code, link) for code in codes)
    first = next(rows, {})
    yield [harmless(name) for name in first]
    for cells in chain([first], rows):
        yield [harmless(cells.get(name, "")) for name in first]
