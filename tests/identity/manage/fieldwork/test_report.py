"""The report on fieldwork: what the page says, and which strata answer too little."""

import io
from datetime import date

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from survey_app.documents.design import Kind, Names, Period, canonical
from survey_app.documents.shown_counts import show, total
from survey_app.identity.manage.campaigns.overview import StratumOverview
from survey_app.identity.manage.campaigns.sample_plan import margins
from survey_app.identity.manage.fieldwork import progress, report
from survey_app.identity.manage.fieldwork.progress import CategoryProgress, StratumProgress
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.conftest import publish
from tests.identity.manage.views.test_console import Manager

TODAY = date(2026, 4, 20)
POST = Names(zh="稽查", en="Inspection")


def stratum(name, claims, invited=100, *, is_closed=False):
    overview = StratumOverview(
        name, Names(zh=name, en=name), POST, Kind.BUSINESS, 400, invited, invited, claims
    )
    return StratumProgress(overview, show(claims, is_closed=is_closed))


def flags(*strata):
    return [row.is_low for row in progress._flagged(strata)]


def written_as(kind, margin=0.05, *, chinese=False):
    strata = progress._flagged([stratum("north", 83), stratum("=south", 27)])
    claims = total([row.claims for row in strata])
    counts = progress.Fieldwork(
        "published",
        Period(start=date(2026, 4, 1), end=date(2026, 4, 30)),
        11,
        200,
        claims,
        show(14, is_closed=False),
        strata,
        (CategoryProgress(POST, 200, claims, 0.05, 0.08),),
    )
    names = Names(zh="春季调查", en="Spring survey")
    sources = report.FieldworkReport(
        names, is_rehearsal=True, today=TODAY, fieldwork=counts, failed_letters=3, margin=margin
    )
    return report.write(sources, kind, chinese=chinese)


def test_a_stratum_far_below_the_others_is_flagged():
    assert flags(stratum("north", 80), stratum("south", 80), stratum("east", 20)) == [
        *(False, False, True)
    ]


def test_a_flag_tells_nothing_that_the_counts_in_tens_do_not():
    for claims in range(20, 30):
        assert flags(stratum("north", 80), stratum("south", claims)) == [False, True]
    assert flags(stratum("north", 60), stratum("south", 0, 12)) == [False, False]


def test_no_stratum_is_low_before_anyone_has_claimed():
    assert flags(stratum("north", 0), stratum("south", 0)) == [False, False]


def margin_of(population, respondents):
    margin = margins(population, respondents, ["", ""])[""]
    assert margin is not None
    return margin


def test_as_many_responses_are_needed_as_bring_the_planned_margin_and_no_fewer():
    population, sample = [400, 300], [200, 150]
    answers = report.needed(population, sample, 0.06)

    assert answers is not None
    shares = [round(answers * part / sum(sample)) for part in sample]
    assert margin_of(population, shares) <= 0.0605
    assert margin_of(population, [share - 6 for share in shares]) > 0.06
    assert report.needed(population, [10, 10], 0.06) is None


@pytest.mark.parametrize("chinese", [True, False])
def test_word_and_workbook_say_what_the_page_says(chinese):
    document = Document(io.BytesIO(written_as("docx", chinese=chinese)))
    book = CalamineWorkbook.from_filelike(io.BytesIO(written_as("xlsx", chinese=chinese)))

    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    sheet = book.get_sheet_by_index(2).to_python()
    assert {"≥80", "≥20", "偏低" if chinese else "Low"} <= set(cells)
    assert [row[5] for row in sheet[1:3]] == ["≥80", "≥20"]
    assert sheet[2][0] == "=south"
    words = [paragraph.text for paragraph in document.paragraphs]
    assert any(("剩余天数：11" if chinese else "Days left: 11") in text for text in words)


def test_the_page_gives_the_report_with_the_margin_that_was_planned(site, store):
    publish(store)
    with store.begin() as session:
        find_campaign(session, "spring").plan = canonical({"aim": "margin", "margin": "7 %"})
    manager = Manager(site)

    answer = manager.get("/campaigns/spring/fieldwork.xlsx?lang=en")
    assert "filename=spring.fieldwork.xlsx" in answer.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert [row[6] for row in book.get_sheet_by_index(1).to_python()[1:3]] == [7, 7]
    assert manager.get("/campaigns/spring/fieldwork.exe").status_code == 404
