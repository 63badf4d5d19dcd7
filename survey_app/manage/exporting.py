"""Lists of fresh codes as files: CSV and XLSX for mail merge."""

import csv
import io
import re
from collections.abc import Callable, Sequence

import xlsxwriter

from survey_app.manage.service import Invited

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 ().-]*")


def as_csv(codes: Sequence[Invited], link: Callable[[str], str]) -> bytes:
    """Write codes as CSV with the mark that spreadsheets need to read Chinese."""
    content = io.BytesIO()
    text = io.TextIOWrapper(content, "utf-8-sig", newline="")
    writer = csv.DictWriter(text, _columns(codes), restval="")
    writer.writeheader()
    for one in codes:
        writer.writerow({name: harmless(cell) for name, cell in row(one, link).items()})
    text.flush()
    return content.getvalue()


def as_xlsx(codes: Sequence[Invited], link: Callable[[str], str]) -> bytes:
    """Write codes as a workbook of plain texts: nothing in it is a formula or a link."""
    columns = _columns(codes)
    content = io.BytesIO()
    options = {"constant_memory": True, "in_memory": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("codes")
        for column, name in enumerate(columns):
            sheet.write_string(0, column, harmless(name))
        for number, one in enumerate(codes, 1):
            each = row(one, link)
            for column, name in enumerate(columns):
                sheet.write_string(number, column, harmless(each.get(name, "")))
        sheet.freeze_panes(1, 0)
    return content.getvalue()


def row(one: Invited, link: Callable[[str], str]) -> dict[str, str]:
    """Compose one line: the person's own columns, then code and link."""
    person = one.person or {"person": ""}
    return {"stratum": one.stratum, **person, "code": one.code, "link": link(one.code)}


def harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    if cell.lstrip().startswith(_STARTS_A_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _columns(codes: Sequence[Invited]) -> list[str]:
    own = dict.fromkeys(column for one in codes for column in one.person or ("person",))
    return list(dict.fromkeys(("stratum", *own, "code", "link")))
