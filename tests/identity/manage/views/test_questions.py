"""The questionnaires' pages: looked at, edited, copied, imported, and what each refuses."""

import hashlib
import io
import re
from html import unescape

import pytest
import yaml
from sqlalchemy import select

from questionnaires import load
from questionnaires.model import parse
from survey_app.documents.design import Kind
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.questions import table, workbook
from survey_app.identity.manage.questions.rows import FIELDS, rows_of
from survey_app.identity.store.models import Campaign, Confirmation, Step
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.questions.test_table import xlsx
from tests.identity.manage.views.test_console import HEAD, Manager
from tests.installation import ROOT
from tests.sites import csrf_token, design, serving, sign_in

EXTERNAL, INTERNAL = load("external"), load("internal")
BUSINESS = f"{HEAD}/questions/business"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving("manage", tmp_path_factory.mktemp("manage")) as site:
        yield site


@pytest.fixture(scope="module")
def manager(site):
    return Manager(site)


@pytest.fixture(autouse=True)
def _draft(site):
    """The campaign as it is planned at the start of each test."""
    with site.extensions["store"].begin() as session:
        for plan in (design(), design("autumn")):
            if (row := session.get(Campaign, plan.campaign)) is None:
                service.create(session, plan)
            else:
                row.design, row.step = plan.canonical(), Step.DRAFT


def asked(site, campaign="spring"):
    with site.extensions["store"].read() as session:
        draft = service.draft_of(find_campaign(session, campaign))
    return draft.questionnaires[Kind.BUSINESS].text


def typed(rows):
    """The rows as a form has them."""
    columns = {name: [row[name] for row in rows] for name in FIELDS}
    return columns | {"item_code": columns.pop("code")}


def save(manager, rows, **more):
    columns = typed(rows)
    return manager.post(f"{BUSINESS}/edit", version=manager.version(), **columns, **more)


def changed(at, **fields):
    rows = rows_of(EXTERNAL)
    rows[at] = {**rows[at], **fields}
    return rows


def upload(manager, content, name="own.xlsx"):
    return manager.post(
        f"{BUSINESS}/import", version=manager.version(), file=(io.BytesIO(content), name)
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["north 单位从事“Inspection 类”的人员", "2025年4月1日", "记不清", "不想答"]),
        ("en", ["the people of north unit who do “Inspection”", "1 April 2025", "Rather not say"]),
    ],
)
def test_a_preview_shows_all_that_a_phone_shows(manager, language, words):
    page = unescape(manager.get(f"{BUSINESS}?in={language}").text)

    assert [word for word in words if word not in page] == []
    assert page.count("<fieldset>") == len(EXTERNAL.asked)
    assert getattr(EXTERNAL.asked[-1].text, language) in page
    assert "{" not in page


def test_a_preview_is_of_the_stratum_that_is_chosen(manager):
    assert "south unit" in manager.get(f"{BUSINESS}?in=en&stratum=south").text


def test_the_page_shows_introduction_attention_item_and_digest(manager):
    page = unescape(manager.get(f"{HEAD}/questions").text)

    assert "Only what you met yourself from 1 April 2025" in page
    assert EXTERNAL.asked[-1].text.en in page
    assert EXTERNAL.digest in page
    assert INTERNAL.digest in page


def test_a_saved_change_voids_confirmations(manager, site):
    manager.post(f"{HEAD}/confirm")

    answer = save(manager, changed(0, en="Own title"))

    assert answer.location == f"{HEAD}/questions#business"
    assert asked(site).title.en == "Own title"
    with site.extensions["store"].read() as session:
        confirmed = session.scalars(select(Confirmation.design)).all()
        now = find_campaign(session, "spring").design
    assert hashlib.sha256(now).digest() not in confirmed


def test_faults_stand_beside_their_fields_with_all_as_typed(manager, site):
    rows = changed(3, code="Bad Code", en="")
    rows[0] = {**rows[0], "en": "Typed before"}

    answer = save(manager, rows)

    assert answer.status_code == 400
    assert 'id="code-3-problem"' in answer.text
    assert 'id="en-3-problem"' in answer.text
    assert 'value="Bad Code"' in answer.text
    assert "Typed before" in answer.text
    assert asked(site) == EXTERNAL


def test_items_are_added_and_moved_in_the_form_before_anything_is_saved(manager, site):
    answer = save(manager, changed(0, en="Typed before"), step="add-2")

    assert answer.status_code == 200
    assert answer.text.count('name="item_code"') == len(rows_of(EXTERNAL)) + 1
    assert "Typed before" in answer.text
    assert asked(site) == EXTERNAL


def test_a_form_of_an_earlier_session_comes_back_with_all_that_was_typed(site):
    manager = Manager(site)
    fields = {"csrf_token": csrf_token(manager.get(f"{BUSINESS}/edit").text)}
    fields |= typed(changed(3, code="gift_card")) | {"version": manager.version()}
    manager.client.delete_cookie("survey_manage")
    sign_in(manager.client)

    answer = manager.client.post(f"{BUSINESS}/edit", data=fields)

    assert 'value="gift_card"' in answer.text
    assert asked(site) == EXTERNAL


def test_what_another_manager_saved_meanwhile_is_not_overwritten(manager, site):
    columns = typed(rows_of(INTERNAL))

    answer = manager.post(f"{BUSINESS}/edit", version="of yesterday", **columns)

    assert answer.status_code == 409
    assert INTERNAL.items[0].text.en in unescape(answer.text)
    assert asked(site) == EXTERNAL


def test_other_words_under_one_identifier_are_warned_of(manager):
    save(manager, changed(3, en="Did you see a red envelope?"))

    page = manager.get(f"{HEAD}/questions").text

    assert "as if nothing had changed" in page
    assert re.search(r"same identifier: <code[^>]*>red_envelope</code>\.", page)
    assert "left out of change and trend" not in page


def test_other_items_are_not_compared_with_earlier_waves(manager):
    save(manager, changed(3, code="gift_card"))

    page = manager.get(f"{HEAD}/questions").text

    assert "left out of change and trend" in page
    assert "other items: change and trend leave one of the two waves out" in page


def test_a_long_questionnaire_is_warned_of(manager):
    save(manager, changed(1, zh="长" * 200))

    assert "more than 40 KB" in manager.get(f"{HEAD}/questions").text


def test_a_questionnaire_of_another_campaign_is_copied_and_the_built_in_one_restored(manager, site):
    copy = f"{BUSINESS}/copy"

    manager.post(copy, version=manager.version(), source="autumn/non-business")
    assert asked(site) == INTERNAL

    manager.post(copy, version=manager.version(), source="business")
    assert asked(site) == EXTERNAL

    answer = manager.post(copy, version=manager.version(), source="no/business")
    assert answer.status_code == 400
    assert 'id="source-business-problem"' in answer.text


def test_a_spreadsheet_is_taken_in_whole(manager, site):
    content = workbook.write_xlsx(table.table_of(INTERNAL), "questions")

    assert upload(manager, content).location == f"{HEAD}/questions#business"
    assert asked(site).digest == INTERNAL.digest


def test_a_spreadsheet_with_faults_is_refused_by_row_and_nothing_is_taken(manager, site):
    rows = table.table_of(INTERNAL)
    rows[4][3], rows[5][1] = "", "Bad Code"

    answer = upload(manager, workbook.write_csv(rows), "own.csv")

    assert answer.status_code == 400
    lines = re.findall(r'<td class="number">\s*(\S+)\s*</td>', answer.text)
    assert lines == ["5", "6"]
    assert asked(site) == EXTERNAL


def test_what_is_no_spreadsheet_is_refused_beside_the_field(manager):
    answer = upload(manager, b"PK\x03\x04")

    assert answer.status_code == 400
    assert 'id="file-business-problem"' in answer.text


XLSFORM = {
    "survey": [
        ["type", "name", "label::中文", "label::English (en)"],
        ["select_one yn", "banquet", "吃请？", "Banquets?"],
    ],
    "choices": [["list_name", "name", "label::English"], ["yn", "1", "Yes"], ["yn", "0", "No"]],
}


def test_an_xlsform_of_known_items_is_taken_in(manager, site):
    assert upload(manager, xlsx(**XLSFORM)).status_code == 302

    (item,) = asked(site).items
    assert (item.code, item.text.zh, item.label.en) == ("banquet", "吃请？", "Banquets")
    assert asked(site).screening == EXTERNAL.screening


def test_an_xlsform_of_unknown_items_waits_for_labels_in_the_form(manager, site):
    survey = [*XLSFORM["survey"], ["select_one yn", "queue", "插队？", "Jumped?"]]

    answer = upload(manager, xlsx(**XLSFORM | {"survey": survey}))

    assert answer.status_code == 200
    assert "nothing is saved yet" in answer.text
    assert 'value="queue"' in answer.text
    assert asked(site) == EXTERNAL


@pytest.mark.parametrize("name", ["questionnaire.xlsx", "questionnaire.csv"])
def test_a_downloaded_spreadsheet_has_the_digest_of_the_page(manager, name):
    content = manager.get(f"{BUSINESS}/files/{name}").data

    sheets = table.filled_sheets(content, name)
    assert table.read(table.sheet_of_items(sheets), name, INTERNAL).digest == EXTERNAL.digest


def test_downloaded_yaml_is_a_file_beside_a_campaign_file(manager):
    content = manager.get(f"{BUSINESS}/files/questionnaire.yaml").data

    assert parse(yaml.safe_load(content), "own.yaml").digest == EXTERNAL.digest


@pytest.mark.parametrize("name", ["template.xlsx", "template.csv"])
def test_a_template_can_be_imported_as_it_is(manager, site, name):
    content = manager.get(f"{BUSINESS}/files/{name}").data

    assert upload(manager, content, name).status_code == 302
    assert asked(site).items == EXTERNAL.items[:1]


@pytest.mark.parametrize(
    "path", ["other", "other/edit", "business/files/questionnaire.exe", "other/files/template.csv"]
)
def test_what_is_not_there_is_not_found(manager, path):
    assert manager.get(f"{HEAD}/questions/{path}").status_code == 404


def test_a_fixed_design_is_shown_and_not_edited(manager, site):
    with site.extensions["store"].begin() as session:
        find_campaign(session, "spring").step = Step.FIXED

    page = manager.get(f"{HEAD}/questions").text

    assert EXTERNAL.digest in page
    assert "/edit" not in page
    assert manager.get(f"{BUSINESS}/edit").status_code == 409
    assert save(manager, rows_of(INTERNAL)).status_code == 409
    assert asked(site) == EXTERNAL


def test_a_preview_offers_the_choices_of_the_respondents_page(manager):
    script = (ROOT / "survey_app/answers/client/static/questions.js").read_text(encoding="utf-8")
    choices = re.findall(r"\[\d, \['(.+)', '(.+)'\]\]", script)
    pages = [unescape(manager.get(f"{BUSINESS}?in={language}").text) for language in ("zh", "en")]

    assert len(choices) == 4
    for page, words in zip(pages, zip(*choices, strict=True), strict=True):
        assert re.findall(r"<span>(.+?)</span>", page) == [*words] * len(EXTERNAL.asked)


def test_a_kind_without_a_questionnaire_takes_one_on_its_card(manager, site):
    with site.extensions["store"].begin() as session:
        row = find_campaign(session, "spring")
        row.design = design(
            strata=design().strata[2:],
            questionnaires={Kind.NON_BUSINESS: design().questionnaires[Kind.NON_BUSINESS]},
        ).canonical()

    assert "asks nothing about posts of this kind yet" in manager.get(f"{HEAD}/questions").text
    manager.post(f"{BUSINESS}/copy", version=manager.version(), source="business")
    assert asked(site) == EXTERNAL
