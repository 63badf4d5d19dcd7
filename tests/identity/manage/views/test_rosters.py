"""The roster's page as a clerk meets it: what is read, what is wrong, and what to decide."""

import io

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.conftest import publish, roster_csv
from tests.identity.manage.roster.test_spreadsheet import of_an_office
from tests.identity.manage.views.test_console import HEAD, Manager
from tests.sites import design

pytestmark = pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
"""Nothing here depends on the engine."""


@pytest.fixture
def manager(site):
    return Manager(site)


@pytest.fixture
def campaign(store):
    with store.begin() as session:
        service.create(session, design())


def of_unit(rows, unit="north 单位", post="Inspection 类"):
    """A roster as an office has it: by unit and post."""
    lines = [f"{unit};{post};{number:05};{number}@example.org" for number in range(rows)]
    return "\n".join(["单位;岗位;工号;邮箱", *lines]).encode("utf-16")


def test_a_roster_of_units_and_posts_is_tried_at_once_and_drawn(manager, campaign):
    assert manager.upload(f"{HEAD}/roster", of_unit(100)).status_code == 302

    page = manager.get(f"{HEAD}/roster").text
    assert "Persons: 100. Faults: 0." in page
    assert "no one listed: gets cards without names" in page

    manager.post(f"{HEAD}/roster/draw", seed="07 15 22")
    page = manager.get(f"{HEAD}/roster").text
    assert "07-15-22" in page
    assert "north unit · Inspection" in page


def test_faults_name_the_cell_and_what_to_do(manager, campaign):
    manager.upload(f"{HEAD}/roster", of_an_office(), "people.xlsx")

    page = manager.get(f"{HEAD}/roster").text

    assert "2026年春季调查人员名单" in page
    assert "参数" in page
    assert "(hidden)" in page
    assert "东城 · 检查" in page
    assert "A4" in page
    assert "and 2 more below" in page
    assert "Write it as under" in page
    assert "/roster/draw" not in page


def test_a_smaller_roster_is_drawn_from_only_knowingly_and_logged(manager, campaign):
    manager.upload(f"{HEAD}/roster", of_unit(25))
    assert "The roster is smaller than the population" in manager.get(f"{HEAD}/roster").text

    refused = manager.post(f"{HEAD}/roster/draw", seed="lottery-17")
    assert refused.status_code == 400
    assert "say whether their populations are lowered" in refused.text
    assert 'value="lottery-17"' in refused.text

    manager.post(f"{HEAD}/roster/draw", seed="lottery-17", knowingly="on")
    assert "lottery-17" in manager.get(f"{HEAD}/roster").text
    log = manager.get("/log").text
    assert "drew from a roster smaller than the population" in log
    assert "north 25/100" in log


def test_populations_are_lowered_to_the_roster_where_nobody_becomes_known(manager, store, campaign):
    manager.upload(f"{HEAD}/roster", of_unit(25))

    answer = manager.post(f"{HEAD}/roster/populations", version=manager.version())

    assert answer.status_code == 302
    with store.read() as session:
        strata = service.draft_of(find_campaign(session, "spring")).strata
    assert [(s.population, s.sample) for s in strata] == [(25, 25), (100, 30), (100, 30)]
    assert "smaller than the population" not in manager.get(f"{HEAD}/roster").text

    manager.upload(f"{HEAD}/roster", of_unit(19))
    answer = manager.post(f"{HEAD}/roster/populations", version=manager.version())
    assert answer.status_code == 400
    assert "has 19 persons, fewer than 20" in answer.text


def test_populations_stay_once_the_campaign_is_published(manager, store):
    publish(store)
    manager.upload(f"{HEAD}/roster", of_unit(25))

    page = manager.get(f"{HEAD}/roster").text
    assert "The roster is smaller than the population" in page
    assert "/roster/populations" not in page
    answer = manager.post(f"{HEAD}/roster/populations", version=manager.version())
    assert answer.status_code == 409


def test_a_refused_choice_of_columns_comes_back_as_it_was(manager, campaign):
    manager.upload(f"{HEAD}/roster", of_unit(100))

    answer = manager.post(f"{HEAD}/roster/columns", unit="岗位", address="工号", fill_down="on")

    assert answer.status_code == 400
    assert "Choose a column in which everybody differs." in answer.text
    page = " ".join(answer.text.split())
    assert '<option value="岗位" selected>' in page
    assert '<option value="工号" selected>' in page
    assert 'id="fill_down" name="fill_down" type="checkbox" checked' in page


def test_a_trial_of_other_strata_is_to_be_done_again(manager, store, campaign):
    manager.upload(f"{HEAD}/roster", roster_csv(100))
    with store.begin() as session:
        version = service.version(find_campaign(session, "spring"))
        [north, *rest] = service.draft_of(find_campaign(session, "spring")).strata
        west = north.model_copy(update={"id": "west"})
        service.change(session, "spring", version, strata=(west, *rest))

    page = manager.get(f"{HEAD}/roster").text

    assert "The strata were changed since" in page
    assert "/roster/draw" not in page


def test_the_form_to_fill_in_has_the_strata_and_comes_back_as_a_roster(manager, campaign):
    content = manager.get(f"{HEAD}/roster/template.xlsx").data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["north", "south", "office"]
    assert rows[1][1:3] == ["north unit", "Inspection"]

    full = io.BytesIO()
    with xlsxwriter.Workbook(full) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([rows[0], *([*row[:3], "007", "", ""] for row in rows[1:])]):
            sheet.write_row(number, 0, row)
    manager.upload(f"{HEAD}/roster", full.getvalue(), "people.xlsx")

    assert "Persons: 3. Faults: 0." in manager.get(f"{HEAD}/roster").text


def test_another_row_of_headings_is_read_and_a_wrong_one_refused(manager, campaign):
    manager.upload(f"{HEAD}/roster", of_an_office(), "people.xlsx")

    assert manager.post(f"{HEAD}/roster/table", sheet="名单", header_row="2").status_code == 302
    assert 'value="填报单位："' in manager.get(f"{HEAD}/roster").text
    answer = manager.post(f"{HEAD}/roster/table", sheet="名单", header_row="99")
    assert answer.status_code == 400
    assert "no headings in row 99" in answer.text
    assert 'value="99"' in answer.text
