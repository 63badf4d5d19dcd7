"""The workbook and the Word report."""

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.exports import pictures
from survey_app.answers.analyse.exports.numbers import percent
from survey_app.answers.analyse.exports.pictures import Subject
from survey_app.answers.analyse.exports.rate_words import AT_LEAST
from survey_app.answers.analyse.exports.tables import EQUALLY_LIKELY, speaker, tables
from survey_app.answers.analyse.exports.word_report import report
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.answers.analyse.releases.disclosure import protect
from survey_app.documents.results import Options, Scope
from tests.answers.analyse.boxes import box as estimated_box
from tests.answers.analyse.boxes import filled_sheet
from tests.sites import design

VERSION = "0.0.0"
RISK_HEADS = {"风险等级", "Level of risk"}
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
                    assert cell == pytest.approx(value, rel=1e-12)


def test_a_formula_in_a_name_is_text_in_the_workbook(results):
    with zipfile.ZipFile(io.BytesIO(workbook(results, VERSION, chinese=True))) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets/" in name]

    assert not any(b"<f>" in sheet for sheet in sheets)
    assert not any(b"<hyperlink" in sheet for sheet in sheets)


def test_the_same_results_give_the_same_workbook(results):
    assert workbook(results, VERSION, chinese=True) == workbook(results, VERSION, chinese=True)


@LANGUAGES
def test_the_report_says_the_main_numbers(results, chinese):
    writing = Document(io.BytesIO(report(results, VERSION, chinese=chinese)))
    say = speaker(chinese=chinese)
    text = "\n".join(paragraph.text for paragraph in writing.paragraphs)
    cells = {cell.text for table in writing.tables for row in table.rows for cell in row.cells}

    for domain in results.of(Scope.CATEGORY):
        rate = percent(results.rate(domain.id).rate)
        assert f"{say(domain.name)} {say(AT_LEAST)} {rate}" in text
        assert {say(domain.name), f"{say(AT_LEAST)} {rate}"} <= cells
    assert len(writing.inline_shapes) == 3
    assert {"Heading 1", "Title"} <= {
        paragraph.style.name for paragraph in writing.paragraphs if paragraph.style
    }
    assert results.manifest in cells
    assert say(EQUALLY_LIKELY) in text


@LANGUAGES
def test_the_report_supposes_something_of_those_who_did_not_answer_and_a_releases_does_not(
    box, chinese
):
    filled = replace(box, piles=box.piles[:3])  # without the stratum that has no sheet
    results = results_of(replace(filled, content=b"filled"), Options())
    texts = [
        [
            paragraph.text
            for paragraph in Document(
                io.BytesIO(report(results, VERSION, chinese=chinese, release_number=number))
            ).paragraphs
        ]
        for number in (None, 1)
    ]

    heading = "未答复的影响" if chinese else "Effect of nonresponse"
    assert [any(heading in text for text in paragraphs) for paragraphs in texts] == [True, False]


@LANGUAGES
def test_libreoffice_opens_the_report(results, tmp_path, chinese):
    office = shutil.which("soffice")
    assert office, "there is no LibreOffice: `make programs` installs it"
    file = tmp_path / "report.docx"
    file.write_bytes(report(results, VERSION, chinese=chinese))
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            *("--headless", "--convert-to", "pdf", "--outdir", tmp_path, file),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )

    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_workbook_writes_no_probability_as_certain(results):
    packed = workbook(results, VERSION, chinese=False)
    with zipfile.ZipFile(io.BytesIO(packed)) as parts:
        styles = parts.read("xl/styles.xml").decode()

    assert "[&gt;0.999]&quot;&gt; 99.9%&quot;;[&lt;0.001]&quot;&lt; 0.1%&quot;;0.0%" in styles


@LANGUAGES
def test_a_release_says_of_a_post_category_without_a_yes_that_there_was_none(chinese):
    plan = design()
    sheets = {
        "north": [filled_sheet(plan, "north", red_envelope=1)] * 9
        + [filled_sheet(plan, "north")] * 31,
        "office": [filled_sheet(plan, "office")] * 40,
    }
    released = protect(estimated_box(sheets, plan), Options(), ()).results
    writing = Document(io.BytesIO(report(released, VERSION, chinese=chinese, release_number=1)))
    (risk,) = [table for table in writing.tables if table.cell(0, 2).text in RISK_HEADS]
    none = "40 份中无（不超过 10.0%）" if chinese else "none of 40 (at most 10.0%)"
    flagged = none + (
        "（95% 区间 0.0% 至 10.0%，需复核）"
        if chinese
        else " (95% interval 0.0% to 10.0%, needs review)"
    )
    office = next(row for row in risk.rows if none in [cell.text for cell in row.cells])

    assert flagged in writing.paragraphs[1].text
    assert office.cells[2].text == ("低" if chinese else "low")
    assert none in pictures.draw("forest", Subject(released, (), chinese)).decode()


@LANGUAGES
def test_the_report_says_why_a_rate_is_unreliable_and_what_to_do_next_time(chinese):
    plan = design()
    sheets = {
        "north": [filled_sheet(plan, "north", red_envelope=1)] * 4
        + [filled_sheet(plan, "north")] * 16,
        "office": [filled_sheet(plan, "office")] * 10,
    }
    results = results_of(estimated_box(sheets, plan), Options())
    writing = Document(io.BytesIO(report(results, VERSION, chinese=chinese)))
    paragraphs = [paragraph.text for paragraph in writing.paragraphs]
    cells = {cell.text for table in writing.tables for row in table.rows for cell in row.cells}

    why = "不足 30 份答卷。下次" if chinese else "fewer than 30 answers. Next time"
    assert any(why in text for text in paragraphs)
    assert f"20.0% {'不可靠' if chinese else 'Unreliable'}" in cells
