"""The workbook."""

import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.exports.tables import (
    tables,
)
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.documents.results import Options
from survey_app.papers.numbers import percent, shown_alike
from survey_app.papers.typed_tables import (
    speaker,
)
from tests.answers.analyse.boxes import box as estimated_box
from tests.answers.analyse.boxes import filled_sheet
from tests.sites import design

VERSION = "0.0.0"
LANGUAGES = pytest.mark.parametrize("chinese", [True, False])


@LANGUAGES
def test_every_table_is_a_sheet_of_typed_cells(results, chinese):
    say = speaker(chinese=chinese)
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(results, VERSION, chinese=chinese)))
    expected_tables = tables(results, VERSION, say)

    assert book.sheet_names == [say(table.title)[:31] for table in expected_tables]
    for table in expected_tables:
        head, *rows = book.get_sheet_by_name(say(table.title)[:31]).to_python()
        if table.note:
            *rows, empty, (note, *_) = rows
            assert (note, set(empty)) == (say(table.note), {""})
        assert head == [say(column.head) for column in table.columns]
        expected = [["" if value is None else value for value in row] for row in table.rows]
        assert rows == pytest.approx(expected) if not rows else True
        for row, expected_row in zip(rows, expected, strict=True):
            for cell, value in zip(row, expected_row, strict=True):
                assert type(cell) in {type(value), float} or cell == value
                if isinstance(value, str):
                    assert cell == value
                else:
                    assert cell == pytest.approx(value, rel=1e-12) or is_bare_five(value)


def is_bare_five(value):
    """Whether a number is half way between two that a cell could show."""
    return any(shown_alike(value, digits) != value for digits in range(5))


def test_a_formula_in_a_name_is_text_in_the_workbook(results):
    with zipfile.ZipFile(io.BytesIO(workbook(results, VERSION, chinese=True))) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets/" in name]

    assert not any(b"<f>" in sheet for sheet in sheets)
    assert not any(b"<hyperlink" in sheet for sheet in sheets)


def test_the_same_results_give_the_same_workbook(results):
    assert workbook(results, VERSION, chinese=True) == workbook(results, VERSION, chinese=True)


def test_the_workbook_writes_no_probability_as_certain(results):
    packed = workbook(results, VERSION, chinese=False)
    with zipfile.ZipFile(io.BytesIO(packed)) as parts:
        styles = parts.read("xl/styles.xml").decode()

    assert "[&gt;0.99]&quot;&gt; 99%&quot;;[&lt;0.01]&quot;&lt; 1%&quot;;0%" in styles


@LANGUAGES
def test_a_bare_five_is_the_same_number_in_the_workbook_as_in_the_report(chinese):
    plan = design()
    sheets = {
        "north": [filled_sheet(plan, "north", red_envelope=1)] * 1
        + [filled_sheet(plan, "north")] * 15,
        "office": [filled_sheet(plan, "office")] * 10,
    }
    results = results_of(estimated_box(sheets, plan), Options())
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(results, VERSION, chinese=chinese)))
    rows = book.get_sheet_by_index(0).to_python()
    rate = results.rate("post_category/business/Inspection 类").rate

    assert rate == 0.0625
    assert percent(rate) == "6.2%"
    assert rows[1][1] == 0.062  # a spreadsheet shows 6.25 % as 6.3 %
