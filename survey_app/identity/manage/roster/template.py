"""The form of a roster to fill in: a workbook with the campaign's strata."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime

import xlsxwriter

from survey_app.documents.design import Names
from survey_app.documents.design_rules import AnyStratum
from survey_app.errors import N_

_TITLES = (
    N_("Stratum"),
    N_("Unit"),
    N_("Post category"),
    N_("Staff number"),
    N_("Person's name"),
    N_("E-mail"),
)
_WIDTHS = (12, 32, 24, 20, 16, 32)
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - the same strata give the same bytes


def write(
    strata: Sequence[AnyStratum], translate: Callable[[str], str], name_of: Callable[[Names], str]
) -> bytes:
    """Write a workbook with a row for each stratum; all cells are texts, so that zeros stay."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _CREATED})
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet = book.add_worksheet(translate(N_("Roster")))
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width, text)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [translate(title) for title in _TITLES], bold)
        for number, stratum in enumerate(strata, start=1):
            cells = (stratum.id, name_of(stratum.unit), name_of(stratum.post_category))
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell, text)
    return content.getvalue()
