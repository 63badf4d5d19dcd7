"""Lists of fresh codes: CSV and XLSX for mail merge, and cards to print."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import segno

from survey_app.documents.spreadsheets import harmless
from survey_app.identity.manage.invitations import plain_xlsx
from survey_app.identity.manage.invitations.codes import Invited

Link = Callable[[str], str]


def as_csv(codes: Iterable[Invited], link: Link) -> bytes:
    """Write codes as CSV, with a byte order mark where spreadsheets need it to read Chinese.

    Plain ASCII gets none: other programs would take it for a part of the first column's name.
    """
    buffer = io.BytesIO()
    text = io.TextIOWrapper(buffer, "utf-8", newline="")
    csv.writer(text).writerows(_lines(codes, link))
    text.flush()
    content = buffer.getvalue()
    return content if content.isascii() else codecs.BOM_UTF8 + content


def as_xlsx(codes: Iterable[Invited], link: Link) -> bytes:
    """Write codes as a workbook of plain texts."""
    return plain_xlsx.write(_lines(codes, link))


def card(one: Invited, link: str) -> dict[str, str]:
    """Compose one card; the QR is a picture in the page, which the policy allows."""
    code = segno.make(link, error="m", micro=False)
    return {
        "code": one.code,
        "person": one.person.get("person", ""),
        "qr": code.svg_data_uri(border=2, scale=3),
    }


def row(one: Invited, link: Link) -> dict[str, str]:
    """Compose one line: the person's own columns, then code and link."""
    person = one.person or {"person": ""}
    return {"stratum": one.stratum, **person, "code": one.code, "link": link(one.code)}


def _lines(codes: Iterable[Invited], link: Link) -> Iterator[list[str]]:
    """Go through header and lines; persons come first, and all have one roster's columns."""
    rows = (row(one, link) for one in codes)
    first = next(rows, {})
    yield [harmless(name) for name in first]
    for each in chain([first], rows):
        yield [harmless(each.get(name, "")) for name in first]
