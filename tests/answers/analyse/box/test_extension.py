"""The issuer's extension is taken in, and whoever asks for the last day is told the later one."""

import io
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import event, select

from survey_app.answers.analyse.box import extension as box_extension
from survey_app.answers.analyse.box import service as box
from survey_app.answers.analyse.cli import analyse
from survey_app.answers.respond import service as respond
from survey_app.answers.respond import views as pages
from survey_app.answers.store import queries
from survey_app.answers.store.models import Audit
from survey_app.errors import ExtensionError, StateError
from tests.manifests import extension
from tests.sites import OVER, accept, csrf_token, design, serving, sign_in

LAST, LATER, LATEST = date(2026, 9, 30), date(2026, 10, 5), date(2026, 10, 15)
DAYS: dict[str, Any] = {"window": {"start": date(2026, 4, 1), "end": LAST}, "latest_end": LATEST}


@pytest.fixture
def site(tmp_path, own_engine):
    with serving("analyse", tmp_path) as site:
        yield site


@pytest.fixture
def manifest(site):
    return accept(site, design(**DAYS))[0]


def take_in(site, statement, campaign="spring"):
    with site.extensions["store"].begin() as session:
        return box_extension.take_in(session, campaign, statement)


def last_day(site, campaign="spring"):
    with site.extensions["store"].read() as session:
        return queries.last_day(queries.find_campaign(session, campaign))


def entries(site):
    with site.extensions["store"].read() as session:
        query = select(Audit.detail).where(Audit.action == "extend")
        return session.scalars(query).all()


def test_an_extension_is_taken_in_and_logged_and_the_same_again_changes_nothing(site, manifest):
    for day in (LATER, LATER, LATEST):
        assert take_in(site, extension(manifest, day)) == last_day(site) == day

    assert entries(site) == ["2026-10-05", "2026-10-15"]
    with site.extensions["store"].read() as session:
        row = queries.find_campaign(session, "spring")
        assert queries.manifest_of(row.published).root == manifest.root
        (listed_box,) = box.overview(session)
    assert listed_box.window.end == LATEST


def test_an_earlier_day_and_a_statement_of_elsewhere_are_refused(site, manifest):
    other, _ = accept(site, design("other", **DAYS))
    take_in(site, extension(manifest, LATEST))

    with pytest.raises(ExtensionError, match="until 2026-10-15 already"):
        take_in(site, extension(manifest, LATER))
    with pytest.raises(ExtensionError, match="another campaign"):
        take_in(site, extension(manifest, LATEST), "other")
    forged = extension(other, LATER).model_copy(update={"last_day": LATEST})
    with pytest.raises(ExtensionError, match="signature"):
        take_in(site, forged, "other")

    assert (last_day(site), last_day(site, "other")) == (LATEST, LAST)
    assert entries(site) == ["2026-10-15"]


def test_a_box_that_is_closed_takes_no_extension_in(site, manifest):
    with site.extensions["store"].begin() as session:
        box.close(session, "spring", OVER)

    with pytest.raises(StateError, match="is closed"):
        take_in(site, extension(manifest, LATER))

    assert last_day(site) == LAST


def test_the_survey_is_listed_to_its_later_day(site, manifest):
    def listed(today):
        with site.extensions["store"].read() as session:
            return [m.campaign for m in respond.collecting(session, today)]

    assert (listed(LAST), listed(LATER)) == (["spring"], [])
    take_in(site, extension(manifest, LATER))

    assert (listed(LATER), listed(LATEST)) == (["spring"], [])
    with site.extensions["store"].read() as session:
        (entry,) = respond.listed(session, LATER)
    assert (entry.stage, entry.last_day) == ("open", LATER)


def test_the_page_of_the_box_takes_the_file(site, manifest):
    client = site.test_client()
    sign_in(client)

    def upload(content):
        token = csrf_token(client.get("/spring/box?lang=en").text)
        file = (io.BytesIO(content), "spring.extension.json")
        return client.post("/spring/extend", data={"csrf_token": token, "extension": file})

    forged = extension(manifest, LATER).model_copy(update={"signature": bytes(64)})
    refusals = [upload(content) for content in (b"", b"{}", forged.canonical())]
    assert [refusal.status_code for refusal in refusals] == [400] * 3
    assert "Choose a file first." in refusals[0].text
    assert "The extension is not valid: its signature is not the issuer" in refusals[2].text
    assert last_day(site) == LAST
    assert upload(extension(manifest, LATEST).canonical()).location == "/spring/box"

    page = client.get("/spring/box").text
    assert "2026-10-15" in page or "Oct 15, 2026" in page
    assert 'name="extension"' not in page


def test_the_command_takes_the_file(site, manifest, tmp_path, monkeypatch):
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    file = tmp_path / "spring.extension.json"
    file.write_bytes(extension(manifest, LATER).canonical())

    assert "ends on 2026-10-05" in CliRunner().invoke(analyse, ["extend", str(file)]).output
    assert last_day(site) == LATER


def test_the_public_page_shows_the_day_within_a_second_and_asks_once_in_it(
    site, manifest, tmp_path, monkeypatch
):
    with serving("respond", tmp_path) as public:
        client = public.test_client()
        transactions: list[object] = []
        event.listen(public.extensions["store"].engine, "begin", transactions.append)

        def page():
            """The day that the page shows, and how often the store was asked for it."""
            transactions.clear()
            day = client.get("/spring/").text.split('data-last="')[1][:10]
            return day, len(transactions)

        monkeypatch.setattr(pages, "_FRESH", 3600)
        page()  # which reads the manifest and the script as well
        assert [page(), page()] == [("2026-09-30", 0)] * 2
        take_in(site, extension(manifest, LATER))
        assert page() == ("2026-09-30", 0)
        monkeypatch.setattr(pages, "_FRESH", 0)
        assert page() == ("2026-10-05", 1)
