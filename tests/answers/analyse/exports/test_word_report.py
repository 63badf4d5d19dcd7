"""The report: what it says, in which form, and that LibreOffice prints it as PDF."""

import io
import re
import subprocess
import zipfile
from datetime import date
from itertools import pairwise

import pytest
from docx import Document
from docx.oxml.ns import qn

from survey_app.answers.analyse.estimates.compute import results_of, wave_of
from survey_app.answers.analyse.exports.word_report import Provenance, Survey, report
from survey_app.answers.analyse.releases.disclosure import protect
from survey_app.documents.results import Options, Scope
from survey_app.papers import pdf, styles
from survey_app.papers.numbers import percent
from tests.answers.analyse.boxes import box as estimated_box
from tests.answers.analyse.boxes import filled_sheet, sheet, year
from tests.answers.analyse.twelve_strata import twelve_strata
from tests.sites import design

VERSION = "0.0.0"
DIGEST = "0123456789abcdef" * 4
PROVENANCE = Provenance(3, "made-it", "checked-it", DIGEST, date(2026, 7, 9))
PARTS = re.compile(r"word/(document|styles|header\d|footer\d)\.xml")
LANGUAGES = pytest.mark.parametrize("chinese", [True, False], ids=["zh", "en"])


@pytest.fixture(scope="module")
def survey():
    _, box = twelve_strata()
    return Survey(box.manifest, box.manifest.window.end)


@pytest.fixture(scope="module")
def results():
    return results_of(twelve_strata()[1], Options())


@pytest.fixture(scope="module")
def reports(results, survey):
    """The unprotected report of a campaign of twelve strata, in both languages."""
    return {
        chinese: report(results, VERSION, chinese=chinese, survey=survey)
        for chinese in (True, False)
    }


def text_of(content):
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)


def cells_of(content):
    tables = Document(io.BytesIO(content)).tables
    return {cell.text for table in tables for row in table.rows for cell in row.cells}


def style_of(paragraph):
    return paragraph.style and paragraph.style.name


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {
            name: parts.read(name).decode() for name in parts.namelist() if PARTS.fullmatch(name)
        }


@LANGUAGES
def test_every_post_category_has_its_rate_its_interval_and_its_flag(results, reports, chinese):
    cells, text = cells_of(reports[chinese]), text_of(reports[chinese])

    for domain in results.of(Scope.CATEGORY):
        rate = results.rate(domain.id)
        name = domain.name.zh if chinese else domain.name.en
        assert name in cells
        assert f"{percent(rate.low)}–{percent(rate.high)}" in cells
        assert f"{name}{'：' if chinese else ': '}" in text
    assert {"可靠", "需复核", "不可靠"} <= cells or {"Reliable", "Unreliable"} <= cells


@LANGUAGES
def test_a_reader_learns_how_the_survey_was_made(results, reports, survey, chinese):
    everything = text_of(reports[chinese]) + "\n".join(cells_of(reports[chinese]))
    expected = (
        ["2026年3月1日至2026年4月15日", "2025年12月31日", "低于 2% 为“低”", "某市某局"]
        if chinese
        else ["1 March 2026 to 15 April 2026", "31 December 2025", "below 2% is “low”"]
    )
    wording = [
        (item.text.zh if chinese else item.text.en).split("{")[0]
        for questions in survey.manifest.questionnaires.values()
        for item in questions.text.asked
    ]

    for sentence in [*expected, *wording]:
        assert sentence in everything
    assert str(results.of(Scope.STRATUM)[0].population) in cells_of(reports[chinese])


@LANGUAGES
def test_nothing_takes_its_font_or_its_colour_from_a_theme(reports, chinese):
    parts = parts_of(reports[chinese])

    for part in parts.values():
        assert not re.search(r"<w:rFonts[^>]*Theme", part)
    colours = re.findall(r'<w:color [^>]*w:val="(\w+)"', "".join(parts.values()))
    assert set(colours) <= {"000000"}
    assert ('w:eastAsia="黑体"' in parts["word/styles.xml"]) == chinese
    assert 'w:eastAsia="zh-CN"' in parts["word/styles.xml"]


@LANGUAGES
def test_tables_are_as_wide_as_they_say_and_rows_stay_whole(reports, chinese):
    tables = Document(io.BytesIO(reports[chinese])).tables

    assert len(tables) >= 7
    for table in tables:
        grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.gridCol_lst]
        assert styles.TEXT_WIDTH.twips - len(grid) <= sum(grid) <= styles.TEXT_WIDTH.twips
        for at, line in enumerate(table._tbl.tr_lst):
            assert [cell.width and cell.width.twips for cell in line.tc_lst] == grid
            assert line.xpath("w:trPr/w:cantSplit")
            assert bool(line.xpath("w:trPr/w:tblHeader")) == (at == 0)


@LANGUAGES
def test_pictures_and_tables_have_captions_that_word_numbers_and_lists_name(reports, chinese):
    writing = Document(io.BytesIO(reports[chinese]))
    text = text_of(reports[chinese])
    xml = parts_of(reports[chinese])["word/document.xml"]
    captions = [p.text for p in writing.paragraphs if style_of(p) == "Caption"]

    for label, number in (
        ("图" if chinese else "Figure", len(writing.inline_shapes)),
        ("表" if chinese else "Table", len(writing.tables)),
    ):
        of_label = [caption for caption in captions if caption.startswith(f"{label} ")]
        assert [c.split()[1] for c in of_label] == [str(at + 1) for at in range(number)]
        assert xml.count(f" SEQ {label} \\* ARABIC ") == number
    for caption in captions:
        assert text.count(caption) == 2
    bookmarks = set(re.findall(r'w:bookmarkStart [^>]*w:name="(\w+)"', xml))
    assert set(re.findall(r"PAGEREF (\w+)", xml)) == bookmarks


@LANGUAGES
def test_a_picture_stays_with_its_caption_and_is_said_in_words(reports, chinese):
    writing = Document(io.BytesIO(reports[chinese]))

    for shape in writing.inline_shapes:
        assert len(shape._inline.docPr.get("descr")) > 40
        assert shape.width <= styles.TEXT_WIDTH + 1
    for paragraph, following in pairwise(writing.paragraphs):
        if paragraph._p.findall(f".//{qn('w:drawing')}"):
            assert paragraph.paragraph_format.keep_with_next
            assert style_of(following) == "Caption"


@LANGUAGES
def test_every_page_says_that_the_numbers_are_not_protected(reports, chinese):
    section = Document(io.BytesIO(reports[chinese])).sections[0]
    mark = "内部·未经披露控制" if chinese else "Internal, not protected"

    assert mark in section.header.paragraphs[0].text
    assert mark in section.first_page_header.paragraphs[0].text
    assert mark in text_of(reports[chinese]).split("摘要" if chinese else "Summary")[0]
    assert " PAGE " in section.footer._element.xml


@LANGUAGES
def test_a_releases_report_names_its_number_its_makers_and_its_digest(results, survey, chinese):
    content = report(results, VERSION, chinese=chinese, provenance=PROVENANCE, survey=survey)
    text = text_of(content)
    mark = "发布第 3 号" if chinese else "Release No. 3"

    assert mark in Document(io.BytesIO(content)).sections[0].header.paragraphs[0].text
    for expected in ("made-it", "checked-it", "0123 4567 89ab cdef", mark):
        assert expected in text
    assert ("2026年7月9日" if chinese else "9 July 2026") in text
    assert ("盖章" if chinese else "place for the seal") in text
    assert ("未经披露控制" if chinese else "not protected") not in text
    assert ("未答复的影响" if chinese else "Effect of nonresponse") not in text


@LANGUAGES
def test_a_releases_report_adjusts_no_difference_and_says_so(survey, chinese):
    """A release has no p-values: each pair is taken by itself, and is not said to be adjusted."""
    results = protect(twelve_strata()[1], Options(), []).results
    apart = sum(difference.low * difference.high > 0 for difference in results.differences)
    text = text_of(report(results, VERSION, chinese=chinese, provenance=PROVENANCE, survey=survey))

    assert apart > 0
    assert (f"{apart} 对的差异" if chinese else f"explains {apart} of") in text
    assert ("没有按多重比较校正" if chinese else "not adjusted for their number") in text
    assert ("按多重比较校正后" if chinese else "after adjustment") not in text


def test_a_box_that_was_opened_early_took_answers_until_then(survey):
    early = survey.manifest.window.start

    assert survey.until(early).last_day == early
    assert survey.until(None) == survey.until(date.max) == survey


def test_digests_are_written_in_one_form(results, reports):
    cells = cells_of(reports[True])
    digests = [cell for cell in cells if re.fullmatch(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", cell)]

    assert len(digests) == 2
    assert results.manifest not in cells


def test_the_unprotected_report_supposes_something_of_those_who_did_not_answer(reports):
    assert "未答复的影响" in text_of(reports[True])


def test_earlier_surveys_are_compared_with():
    sheets = {
        "north": [sheet(red_envelope=1)] * 6 + [sheet()] * 14,
        "south": [sheet("south")] * 20,
        "office": [sheet("office")] * 20,
    }
    plans = [design(f"y{past}", reference_period=year(past)) for past in (2024, 2025)]
    waves = [wave_of(estimated_box(sheets, plan), Options()) for plan in plans]
    content = report(waves[1].results, VERSION, chinese=True, waves=waves)

    assert {"2024-12-31", "2025-12-31"} <= cells_of(content)
    assert "历次调查的腐败接触率" in text_of(content)


@LANGUAGES
def test_the_report_says_why_a_rate_is_unreliable_and_what_to_do_next_time(chinese):
    plan = design()
    sheets = {
        "north": [filled_sheet(plan, "north", red_envelope=1)] * 4
        + [filled_sheet(plan, "north")] * 16,
        "office": [filled_sheet(plan, "office")] * 10,
    }
    results = results_of(estimated_box(sheets, plan), Options())
    content = report(results, VERSION, chinese=chinese)

    assert ("不足 30 份答卷。下次" if chinese else "fewer than 30 answers. Next time") in text_of(
        content
    )
    assert ("不可靠" if chinese else "Unreliable") in cells_of(content)


def test_the_same_results_give_the_same_report(results, survey, reports):
    again = report(results, VERSION, chinese=True, survey=survey)

    assert parts_of(again) == parts_of(reports[True])


@LANGUAGES
def test_the_report_is_printed_as_pdf_with_its_page_numbers(reports, tmp_path, chinese):
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf.printed(reports[chinese], chinese=chinese))
    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    pages = text.split("\f")[:-1]
    summary = next(at for at, page in enumerate(pages, 1) if page_begins(page, chinese))

    assert re.search((r"摘要\.+\s*" if chinese else r"Summary\.+\s*") + f"{summary}\n", pages[1])
    for page in pages:
        assert ("内部·未经披露控制" if chinese else "Internal, not protected") in page
    name = "消防监督检查" if chinese else "Fire safety inspection"
    assert name in text


def page_begins(page, chinese):
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    return lines[1:2] == ["摘要" if chinese else "Summary"]


def test_without_libreoffice_the_pdf_is_refused_with_the_reason(monkeypatch, reports, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(pdf.NoOfficeError, match="apt install libreoffice-writer-nogui"):
        pdf.printed(reports[True], chinese=True)


def test_a_pdf_that_libreoffice_does_not_make_is_refused(monkeypatch, tmp_path):
    office = tmp_path / "soffice"
    office.write_text("#!/bin/sh\nexit 0\n")
    office.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(pdf.PrintingError):
        pdf.printed(b"no document", chinese=True)
