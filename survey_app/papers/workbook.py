"""Tables as a workbook: a sheet for each, numbers as numbers, and text never as a formula."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import xlsxwriter

from survey_app.documents.design import Names
from survey_app.papers.numbers import (
    ALMOST,
    LEAST_P,
    short_percent,
    shown_alike,
)
from survey_app.papers.typed_tables import (
    Form,
    Table,
    speaker,
    widths,
)

_FORMATS: Final = {
    Form.TEXT: {"text_wrap": False},
    Form.COUNT: {"num_format": "0"},
    Form.SHARE: {"num_format": "0.0%"},
    Form.NUMBER: {"num_format": "0.0000"},
    Form.PROBABILITY: {
        "num_format": f'[>{1 - ALMOST}]"> {short_percent(1 - ALMOST)}";'
        f'[<{ALMOST}]"< {short_percent(ALMOST)}";0%'
    },
    Form.POINTS: {"num_format": "0.0"},
    Form.P_VALUE: {"num_format": f'[<{LEAST_P}]"< {LEAST_P}";0.000'},
}
_WHOLE_PERCENT: Final = {"num_format": "0%"}
_DIGITS: Final = {Form.COUNT: 0, Form.SHARE: 3, Form.NUMBER: 4, Form.POINTS: 1, Form.P_VALUE: 3}
"""Decimals that the formats leave a number."""
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the same results give the same bytes


def written(title: Names, tables: Iterable[Table], *, chinese: bool) -> bytes:
    """Write every table on a sheet of its own."""
    say = speaker(chinese=chinese)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": say(title), "created": _CREATED})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {form: book.add_format(options) for form, options in _FORMATS.items()}
    whole = book.add_format(_WHOLE_PERCENT)
    for table in tables:
        sheet = book.add_worksheet(say(table.title)[:31])
        sheet.freeze_panes(1, 1)
        for at, (column, width) in enumerate(zip(table.columns, widths(table, say), strict=True)):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, say(column.head), head)
        _fill(sheet, table, formats, whole)
        if table.note:
            sheet.write_string(len(table.rows) + 2, 0, say(table.note))
    book.close()
    return file.getvalue()


def _fill(
    sheet: xlsxwriter.worksheet.Worksheet,
    table: Table,
    formats: dict[Form, xlsxwriter.format.Format],
    whole: xlsxwriter.format.Format,
) -> None:
    for line, row in enumerate(table.rows, start=1):
        for at, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            if value is None:
                sheet.write_blank(line, at, None, formats[column.form])
            elif isinstance(value, str):
                sheet.write_string(line, at, value, formats[column.form])
            elif column.form == Form.PROBABILITY and _in_whole_percents(value):
                sheet.write_number(line, at, shown_alike(value, 2), whole)
            else:
                digits = _DIGITS.get(column.form, 3)
                sheet.write_number(line, at, shown_alike(value, digits), formats[column.form])
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _in_whole_percents(probability: float) -> bool:
    """Tell whether the report writes it so: all but what is almost certain."""
    return probability in {0, 1} or 0.01 <= probability <= 0.99
