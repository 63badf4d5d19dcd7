"""Extending the last day in the pages and by command: asked first, refused beside the field."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from survey_app.documents.extension import ExtensionStatement
from survey_app.identity.manage.cli import manage
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.conftest import publish, words_of
from tests.identity.manage.views.test_console import HEAD, Manager
from tests.installation import TODAY

YESTERDAY, TOMORROW, LATEST = (TODAY + timedelta(days) for days in (-1, 1, 9))
DAYS = {"window": {"start": TODAY - timedelta(20), "end": YESTERDAY}, "latest_end": LATEST}
OVER = "The last day for answers has passed."


@pytest.fixture
def manager(site):
    return Manager(site)


def extension_of(store, campaign="spring"):
    with store.read() as session:
        return find_campaign(session, campaign).extension


def passed_checks(manager):
    page = manager.get(HEAD).text
    return [OVER in item for item in page.split("<li") if 'class="passed"' in item]


def test_a_campaign_is_extended_on_its_page_once_it_was_asked(manager, store):
    manifest = publish(store, **DAYS)
    assert passed_checks(manager)[-1:] == [True]

    question = manager.get(f"{HEAD}/extend?day={TOMORROW}")
    assert question.status_code == 200
    assert "Extend the last day to" in question.text
    assert extension_of(store) is None
    assert manager.post(f"{HEAD}/extend", day=TOMORROW).location == HEAD

    assert "Wait until the last day" in manager.get(HEAD).text
    assert True not in passed_checks(manager)
    download = manager.get(f"{HEAD}/extension.json")
    assert "spring.extension.json" in download.headers["Content-Disposition"]
    assert download.data == extension_of(store)
    statement = ExtensionStatement.read(download.data)
    assert (statement.root, statement.last_day) == (manifest.root, TOMORROW)
    assert "extended the last day" in manager.get("/log").text


def test_cards_that_are_made_later_print_the_later_day(manager, store):
    publish(store, **DAYS)
    manager.post(f"{HEAD}/extend", day=TOMORROW)

    cards = words_of(manager.codes(form="cards", per_page="8", stratum=["north"]).data)

    assert f"Last day: {TOMORROW.day} {TOMORROW:%B %Y}" in cards


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Choose a day."),
        ("soon", "“soon” is not a date."),
        (YESTERDAY, f"choose a day from {TODAY} to {LATEST}."),
        (LATEST + timedelta(1), f"choose a day from {TODAY} to {LATEST}."),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_the_field(manager, store, day, sentence):
    publish(store, **DAYS)

    for answer in (
        manager.get(f"{HEAD}/extend?day={day}"),
        manager.post(f"{HEAD}/extend", day=day),
    ):
        assert answer.status_code == 400
        field, _, problem = answer.text.partition('id="day-problem"')
        assert 'aria-describedby="day-problem"' in field
        assert sentence in problem
    assert extension_of(store) is None


def test_a_campaign_that_cannot_be_extended_offers_nothing_and_refuses(manager, store):
    publish(store, window=DAYS["window"])

    assert "No later day is possible" in manager.get(HEAD).text
    for answer in (
        manager.get(f"{HEAD}/extend?day={TOMORROW}"),
        manager.post(f"{HEAD}/extend", day=TOMORROW),
        manager.get(f"{HEAD}/extension.json"),
    ):
        assert answer.status_code == 409


def test_the_command_writes_the_statement_or_says_why_not(store, tmp_path, monkeypatch):
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    manifest = publish(store, **DAYS)

    def extend(day, *options):
        return CliRunner().invoke(manage, ["extend", "spring", f"{day}", *options])

    assert "until the end of" in extend(TOMORROW).output
    statement = ExtensionStatement.read((tmp_path / "spring.extension.json").read_bytes())
    assert (statement.root, statement.last_day) == (manifest.root, TOMORROW)
    refusal = extend(TODAY, "--output", "earlier.json")
    assert "can only become later" in f"{refusal.exception}"
    assert not (tmp_path / "earlier.json").exists()
    assert extend("2026-13-01").exit_code == 2
