"""Releases: made by one person, signed by another, unchanged, and computed again byte by byte."""

import json

import pytest

from survey_app.accounts import Actor, acting_as, add_account
from survey_app.answers.analyse.estimates.compute import Options
from survey_app.answers.analyse.releases import service
from survey_app.answers.store.models import Audit, Release, Staff
from survey_app.documents.results import Weighting
from survey_app.errors import InputError, NotFoundError, StateError, SurveyError
from tests.sites import NAME, csrf_token, design, open_box, serving, sign_in

SHEETS: dict[str, list[set[str]]] = {
    "north": [{"red_envelope"}] * 6 + [set()] * 20,
    "south": [{"banquet"}] * 3 + [set()] * 15,
    "office": [set()] * 14,
}
CHECKER, PASSWORD = "second", "a password of its own"


@pytest.fixture
def site(tmp_path):
    with serving("analyse", tmp_path) as site:
        open_box(site, design(), SHEETS)
        with site.extensions["store"].begin() as session:
            add_account(session, Staff, CHECKER, PASSWORD, "checker")
        yield site


@pytest.fixture
def store(site):
    return site.extensions["store"]


@pytest.fixture
def maker(site):
    client = site.test_client()
    sign_in(client)
    return client


@pytest.fixture
def checker(site):
    client = site.test_client()
    sign_in(client, CHECKER, PASSWORD)
    return client


def make(client, query=""):
    token = csrf_token(client.get("/spring/releases").text)
    return client.post(f"/spring/releases{query}", data={"csrf_token": token})


def sign(client, number=1):
    token = csrf_token(client.get(f"/spring/releases/{number}").text)
    place = f"/spring/releases/{number}/signature"
    return client.post(place, data={"csrf_token": token})


def test_two_people_make_a_release(store, maker, checker):
    assert "还没有发布过" in maker.get("/spring/releases").text
    assert make(maker).location == "/spring/releases/1"
    waiting = maker.get("/spring/releases/1/release.json")
    assert waiting.status_code == 400
    assert "尚未签署" in waiting.text

    assert sign(checker).location == "/spring/releases/1"
    with store.read() as session:
        release = service.get(session, "spring", 1)
        logged = [entry.action for entry in session.query(Audit)]
    assert (release.maker, release.checker) == (NAME, CHECKER)
    assert {"release", "sign"} <= set(logged)
    assert maker.get("/spring/releases/1/release.json").data == release.document


@pytest.mark.parametrize("name", ["report.docx", "results.xlsx"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_signed_release_is_taken_out_as_files(maker, checker, name, language):
    make(maker)
    sign(checker)

    answer = maker.get(f"/spring/releases/1/{name}", headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")
    assert f"spring-1-{name}" in answer.headers["Content-Disposition"]
    assert maker.get("/spring/releases/1/nothing.txt").status_code == 404


def test_the_maker_cannot_sign(store):
    with acting_as(Actor("both")), store.begin() as session:
        service.make(session, "spring", Options())
    with (
        pytest.raises(SurveyError, match="another person"),
        acting_as(Actor("both")),
        store.begin() as session,
    ):
        service.sign(session, "spring", 1)


def test_a_release_is_signed_once(store, maker, checker):
    make(maker)
    sign(checker)

    with (
        pytest.raises(SurveyError, match="already"),
        acting_as(Actor("third")),
        store.begin() as session,
    ):
        service.sign(session, "spring", 1)


def test_roles_are_kept_apart(maker, checker):
    make(maker)
    token = csrf_token(maker.get("/spring/releases").text)

    assert maker.post("/spring/releases/1/signature", data={"csrf_token": token}).status_code == 403
    token = csrf_token(checker.get("/spring/releases").text)
    assert checker.post("/spring/releases", data={"csrf_token": token}).status_code == 403


def test_releases_are_computed_again_byte_by_byte(store, maker):
    make(maker)
    make(maker, "?validity=strict-1&level=0.9")
    with store.read() as session:
        first, second = (one.document for one in service.listed(session, "spring"))
        assert service.check(session, first).number == 1
        assert service.check(session, second).options.level == 0.9


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda said: said["results"]["rates"][0].update(rate=0.5), "not what this box"),
        (lambda said: said["options"].update(level=0.9), "not what this box"),
        (lambda said: said.update(number=3), "before this one"),
        (lambda said: said.update(version="0.0.0+old"), "version 0.0.0"),
        (lambda said: said.pop("cells"), "not the document"),
        (lambda said: said["options"].update(level="much"), "not the document"),
    ],
)
def test_a_changed_document_is_found(store, maker, change, why):
    make(maker)
    with store.read() as session:
        said = json.loads(service.get(session, "spring", 1).document)
        change(said)
        document = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        with pytest.raises(InputError, match=why):
            service.check(session, document)


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_refused(store, document):
    with pytest.raises(InputError), store.read() as session:
        service.check(session, document)


def test_a_release_is_weighted_by_stratum(store):
    options = Options(weighting=Weighting.RAKED)
    with pytest.raises(InputError, match="weighted by stratum"), store.begin() as session:
        service.make(session, "spring", options)


def test_there_is_nothing_to_release_before_the_opening(site, store):
    with pytest.raises(NotFoundError), store.read() as session:
        service.get(session, "spring", 7)
    with pytest.raises((StateError, NotFoundError)), store.read() as session:
        service.preview(session, "nothing", Options())


def test_two_releases_at_once_get_two_numbers(store):
    for name in ("first", "second"):
        with acting_as(Actor(name)), store.begin() as session:
            service.make(session, "spring", Options())

    with store.read() as session:
        numbers = [one.number for one in session.query(Release).order_by(Release.number)]
    assert numbers == [1, 2]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_say_what_is_hidden(maker, language):
    headers = {"Accept-Language": language}
    make(maker)

    preview = maker.get("/spring/releases", headers=headers).text
    shown = maker.get("/spring/releases/1", headers=headers).text

    word = {"zh": "哪些内容隐去", "en": "What is hidden, and why"}[language]
    assert word in preview
    assert word in shown
    assert "nan" not in shown.lower().replace("finance", "")


@pytest.mark.parametrize(
    "name",
    [
        "results.xlsx",
        "report.docx",
        "counts.csv",
        "codebook.csv",
        "counts.sav",
        "counts.dta",
        "r.zip",
    ],
)
def test_the_statistician_takes_files_and_that_is_logged(store, maker, checker, name):
    assert name in maker.get("/spring/files").text
    answer = maker.get(f"/spring/files/{name}")

    assert answer.status_code == 200
    assert len(answer.data) > 200
    assert checker.get(f"/spring/files/{name}").status_code == 403
    with store.read() as session:
        logged = [entry.detail for entry in session.query(Audit) if entry.action == "export"]
    assert logged == [name]
