"""Releases: made by one person, signed by another, unchanged, and computed again byte by byte."""

import hashlib
import json

import pytest

from survey_app.accounts import Actor, acting_as
from survey_app.answers.analyse.releases import service
from survey_app.answers.store.models import Audit, Release
from survey_app.documents.release import read
from survey_app.documents.results import Options, Weighting
from survey_app.errors import InputError, NotFoundError, StateError, SurveyError
from tests.answers.analyse.releases.conftest import CHECKER, PASSWORD
from tests.sites import NAME, csrf_token, sign_in


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
    unsigned = maker.get("/spring/releases/1/release.json")
    assert unsigned.status_code == 400
    assert "尚未签署" in unsigned.text

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


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "算出的结果逐字节相同"), ("en", "is what this box gives, byte by byte")],
)
def test_the_page_computes_a_release_again_and_says_how_it_compares(maker, language, sentence):
    headers = {"Accept-Language": language}
    make(maker)
    page = maker.get("/spring/releases/1", headers=headers).text
    assert sentence not in page
    assert "/spring/releases/1/check" in page

    assert sentence in maker.get("/spring/releases/1/check", headers=headers).text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "数字与本答卷箱得出的相同"), ("en", "has the numbers that this box gives")],
)
def test_the_page_tells_another_version_with_the_same_numbers(store, maker, language, sentence):
    make(maker)
    with store.begin() as session:
        release = service.get(session, "spring", 1)
        document = read(release.document).model_copy(update={"version": "0.0.9+of another program"})
        release.document = document.to_json()
        release.digest = hashlib.sha256(release.document).digest()

    page = maker.get("/spring/releases/1/check", headers={"Accept-Language": language}).text

    assert sentence in page
    assert "0.0.9+of another program" in page


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
        first, second = (row.document for row in service.list_releases(session, "spring"))
        assert service.check(session, first).release.number == 1
        assert service.check(session, second).release.options.level == 0.9


def written(content):
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content["results"]["rates"][0].update(rate=0.5), "differs in: results"),
        (lambda content: content["options"].update(level=0.9), "differs in: options"),
        (lambda content: content.update(format=1), "as it was made. It differs in: format"),
        (lambda content: content.update(version="0.0.9"), "differs in: version"),
        (
            lambda content: (content.update(version="0.0.9"), content["cells"].pop()),
            "differs in: version, cells",
        ),
        (lambda content: content.update(format=3), "not the document"),
        (lambda content: content.update(claim="true"), "not the document"),
        (lambda content: content["results"].update(claim="true"), "not the document"),
        (lambda content: content.pop("cells"), "not the document"),
        (lambda content: content["options"].update(level="much"), "not the document"),
    ],
)
def test_an_altered_document_is_refused(store, maker, change, why):
    make(maker)
    with store.read() as session:
        content = json.loads(service.get(session, "spring", 1).document)
        change(content)
        with pytest.raises(InputError, match=why):
            service.check(session, written(content))


def test_the_same_fields_in_other_bytes_are_not_the_release(store, maker):
    make(maker)
    with store.read() as session:
        document = service.get(session, "spring", 1).document
        with pytest.raises(InputError, match="its digest is another"):
            service.check(session, document + b"\n")


@pytest.mark.parametrize("number", [-1, 0, 3, 10**30])
def test_what_was_never_released_is_not_vouched_for(store, maker, number):
    make(maker)
    make(maker, "?level=0.9")
    with store.read() as session:
        content = json.loads(service.get(session, "spring", 2).document)
        with pytest.raises(NotFoundError, match=f"no release {number} of the campaign “spring”"):
            service.check(session, written(content | {"number": number}))


def test_a_release_that_its_store_would_not_give_again_is_told(store, maker):
    make(maker)
    with store.begin() as session:
        release = service.get(session, "spring", 1)
        content = json.loads(release.document)
        content["results"]["rates"][0]["rate"] = 0.5
        release.document = written(content)
        release.digest = hashlib.sha256(release.document).digest()
        with pytest.raises(InputError, match="not what this box"):
            service.check(session, release.document)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "没有调查“spring”的第 7 号发布"), ("en", "no release 7 of the campaign “spring”")],
)
def test_a_release_that_does_not_exist_is_named(maker, language, sentence):
    answer = maker.get("/spring/releases/7", headers={"Accept-Language": language})

    assert answer.status_code == 404
    assert sentence in answer.text


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
        numbers = [release.number for release in session.query(Release).order_by(Release.number)]
    assert numbers == [1, 2]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_say_what_is_hidden(maker, language):
    headers = {"Accept-Language": language}
    make(maker)

    preview = maker.get("/spring/releases", headers=headers).text
    page = maker.get("/spring/releases/1", headers=headers).text

    word = {"zh": "哪些内容隐去", "en": "What is hidden, and why"}[language]
    assert word in preview
    assert word in page
    assert "nan" not in page.lower().replace("finance", "")


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
