"""Releases: made by one person, signed by another, unchanged, and computed again byte by byte."""

import hashlib
import html
import io
import json
import re
import subprocess
import time

import pytest
from click.testing import CliRunner
from docx import Document

from survey_app.__main__ import main
from survey_app.accounts import Actor, acting_as
from survey_app.answers.analyse.releases import computations, service
from survey_app.answers.store.models import Audit, Computation
from survey_app.crypto.encoding import in_fours
from survey_app.documents.release import PEOPLE, read
from survey_app.documents.results import Options, Weighting
from survey_app.errors import InputError, NotFoundError, StateError, SurveyError
from survey_app.web import long_work
from tests.answers.analyse.releases import releasing
from tests.answers.analyse.releases.conftest import PASSWORD
from tests.answers.analyse.releases.releasing import CHECKER
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


def next_release(client, query="", **options):
    """The page of the next release, once its tables are computed."""
    page = client.get(f"/spring/releases{query}", **options)
    while client.get(f"/spring/releases/progress.json{query}").json["state"] == "waiting":
        time.sleep(0.05)
    return client.get(f"/spring/releases{query}", **options) if page.status_code == 200 else page


def post(client, page, place, **fields):
    token = csrf_token(client.get(page).text)
    return client.post(place, data={"csrf_token": token, "sure": "yes", **fields})


def make(client, query=""):
    token = csrf_token(next_release(client, query).text)
    fields = {"csrf_token": token, "sure": "yes"}
    return client.post(f"/spring/releases{query}", data=fields)


def decide(client, decision, number=1, **fields):
    page = f"/spring/releases/{number}"
    return post(client, page, f"{page}/{decision}", **fields)


def sign(client, number=1):
    return decide(client, "signature", number)


def logged(store):
    with store.read() as session:
        return [(entry.action, entry.detail) for entry in session.query(Audit)]


def state_of(store, number=1):
    with store.read() as session:
        return service.get(session, "spring", number).state


def test_two_people_make_a_release(site, store, maker, checker):
    assert "还没有发布过" in maker.get("/spring/releases").text
    assert make(maker).location == "/spring/releases/1?done=made"
    unsigned = maker.get("/spring/releases/1/release.json")
    assert unsigned.status_code == 400
    assert "尚未签署" in unsigned.text

    assert sign(checker).location == "/spring/releases/1?done=signed"
    with store.read() as session:
        release = service.get(session, "spring", 1)
    document = read(release.document)
    assert (document.maker, document.checker) == (release.maker, release.checker)
    assert (release.maker, release.checker) == (NAME, CHECKER)
    assert {"release", "sign"} <= {action for action, _ in logged(store)}
    assert maker.get("/spring/releases/1/release.json").data == release.document
    assert ("take out", "1 release.json") in logged(store)


def test_a_release_is_verified_by_its_command_and_by_openssl(site, maker, checker, tmp_path):
    make(maker)
    sign(checker)
    files = {name: tmp_path / name for name in ("release.json", "release.json.sig")}
    for name, file in files.items():
        file.write_bytes(maker.get(f"/spring/releases/1/{name}").data)
    pem = tmp_path / "key.pem"
    pem.write_bytes(checker.get("/release-key.pem").data)
    openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin"]
    openssl += ["-in", files["release.json"], "-sigfile", files["release.json.sig"]]
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", pem, "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout

    verify = ["analyse", "release-verify", str(files["release.json"]), "--key", str(pem)]
    verified = CliRunner().invoke(main, verify, env={"LANG": "C", "SURVEY_INSTANCE": "/nowhere"})
    subprocess.run(openssl, check=True)
    files["release.json"].write_bytes(files["release.json"].read_bytes() + b" ")
    refusal = CliRunner().invoke(main, verify, env={"LANG": "C"})

    assert len(files["release.json.sig"].read_bytes()) == 64
    assert f"made by {NAME} on" in verified.output
    assert f"checked by {CHECKER} on" in verified.output
    fingerprint = in_fours(hashlib.sha256(der).digest())
    assert fingerprint in verified.output
    assert fingerprint in maker.get("/spring/releases").text
    assert refusal.exit_code == 2
    assert "signature does not fit" in refusal.output
    assert subprocess.run(openssl, capture_output=True, check=False).returncode == 1


def test_a_rejected_release_uses_up_nothing_but_its_number(store, maker, checker):
    make(maker)
    waits = next_release(maker).text
    assert "有一份发布在等待签署" in waits
    assert post(maker, "/spring/releases/1", "/spring/releases").status_code == 400

    answer = decide(checker, "rejection", reason="  the wrong\nrules ")
    assert answer.location == "/spring/releases/1?done=rejected"
    assert state_of(store) == "rejected"
    assert maker.get("/spring/releases/1/release.json").status_code == 400
    assert make(maker).location == "/spring/releases/2?done=made"
    with store.read() as session:
        first, second = service.list_releases(session, "spring")
    assert first.reason == "the wrong rules"
    assert read(second.document).results == read(first.document).results
    assert service.check(store, second.document).same_version
    assert ("reject", f"1 {first.digest.hex()} the wrong rules") in logged(store)


def test_a_withdrawn_release_stays_listed_and_known(site, store, maker, checker):
    make(maker)
    sign(checker)
    assert decide(maker, "withdrawal", reason="").status_code == 400
    assert decide(maker, "withdrawal", reason="an error").location.endswith("done=withdrawn")

    assert "本次发布已撤回" in maker.get("/spring/releases/1").text
    assert maker.get("/spring/releases/1/release.json.sig").status_code == 200
    assert maker.get("/spring/releases/1/report.docx").status_code == 400
    assert sign(checker).status_code == 400
    with store.read() as session:
        inputs = service.inputs(session, "spring", Options())
        release = service.get(session, "spring", 1)
    assert inputs.releases == (release.document,)
    assert service.check(store, release.document).same_version
    assert "an error" in maker.get("/spring/releases").text


def test_a_release_is_withdrawn_by_its_maker_or_its_checker_alone(store):
    releasing.make(store)
    releasing.sign(store)

    with (
        pytest.raises(SurveyError, match="by its maker or its checker"),
        acting_as(Actor("third")),
        store.begin() as session,
    ):
        service.withdraw(session, "spring", 1, "a reason")


@pytest.mark.parametrize("decision", ["signature", "rejection"])
def test_what_cannot_be_undone_is_confirmed_first(store, maker, checker, decision):
    make(maker)

    assert decide(checker, decision, reason="a reason", sure="").status_code == 400
    assert state_of(store) == "waiting"


def test_a_release_is_made_of_tables_that_were_seen(store):
    with pytest.raises(SurveyError, match="not computed yet"), store.begin() as session:
        service.make(session, "spring", Options(), releasing.TODAY)


def test_tables_are_computed_once_and_anew_when_another_release_is_known(store, maker, checker):
    for _ in range(2):
        next_release(maker)
    with store.read() as session:
        first = [bytes(row.content) for row in session.query(Computation)]
    make(maker)
    sign(checker)
    next_release(maker)
    with store.read() as session:
        second = [bytes(row.content) for row in session.query(Computation)]

    assert len(first) == len(second) == 1
    assert first != second


def test_tables_that_cannot_be_computed_say_so_and_are_tried_again(store, maker):
    with store.read() as session:
        inputs = service.inputs(session, "spring", Options())
    with store.begin() as session:
        row = computations.request(session, inputs)
        row.state, row.problem = "failed", long_work.stored(SurveyError("No luck."))

    page = maker.get("/spring/releases").text
    assert "No luck." in page
    token = csrf_token(page)
    assert maker.post("/spring/releases/computation", data={"csrf_token": token}).status_code == 302
    assert "No luck." not in next_release(maker).text


def test_other_weights_lead_to_the_page_by_strata(maker):
    page = maker.get("/spring/releases?weighting=raked&level=0.9").text

    assert "披露控制" in page
    [link] = re.findall(r'href="([^"]+weighting=strata[^"]*)"', html.unescape(page))
    assert "level=0.9" in link
    assert "按将要公布的样子" in next_release(maker, link.partition("releases")[2]).text


def test_other_rules_of_validity_lead_to_those_of_the_first_release(maker, checker):
    make(maker)
    sign(checker)
    page = maker.get("/spring/releases?validity=strict-1").text

    assert "使用同一套有效性规则" in page
    [link] = re.findall(r'href="([^"]+validity=standard-1[^"]*)"', html.unescape(page))
    assert "制作这次发布" in next_release(maker, link.partition("releases")[2]).text


def test_the_checker_s_first_page_lists_what_waits_and_leads_to_no_refusal(maker, checker, site):
    assert "没有等待签署的发布" in checker.get("/").text
    make(maker)
    page = checker.get("/").text

    assert 'href="/spring/releases/1"' in page
    for place in ("/", "/spring/box", "/spring/", "/spring/releases", "/spring/releases/1"):
        links = set(re.findall(r'href="(/[^"#]*)"', checker.get(place).text))
        for link in links:
            with checker.get(link) as answer:
                assert answer.status_code != 403, (place, link)


def test_a_release_by_old_rules_is_flagged_and_not_signed(store, maker, checker):
    make(maker)
    with store.begin() as session:
        release = service.get(session, "spring", 1)
        people = dict.fromkeys(PEOPLE)
        old = read(release.document).model_copy(update={"format": 2, **people})
        release.document = old.to_json()
        release.digest = hashlib.sha256(release.document).digest()

    flag = "所依据的规则已不再适用"
    assert flag in maker.get("/spring/releases").text
    assert flag in maker.get("/spring/releases/1").text
    assert sign(checker).status_code == 400
    assert flag in decide(maker, "check").text


def test_the_report_of_a_release_names_its_makers_and_its_digest(store, maker, checker):
    make(maker)
    sign(checker)
    with store.read() as session:
        digest = service.get(session, "spring", 1).digest
    writing = Document(io.BytesIO(maker.get("/spring/releases/1/report.docx").data))
    text = "\n".join(paragraph.text for paragraph in writing.paragraphs)

    for expected in (
        "发布第 1 号",
        f"制作：{NAME}",
        f"复核：{CHECKER}",
        in_fours(digest),
        "某市某局",
    ):
        assert expected in text
    assert "未经披露控制" not in text
    pdf = maker.get("/spring/releases/1/report.pdf")
    assert pdf.data.startswith(b"%PDF")
    assert pdf.mimetype == "application/pdf"


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
    releasing.make(store, maker="both")
    with pytest.raises(SurveyError, match="another person"):
        releasing.sign(store, checker="both")


def test_a_release_is_signed_once(store, maker, checker):
    make(maker)
    sign(checker)

    with pytest.raises(SurveyError, match="already"):
        releasing.sign(store, checker="third")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "算出的结果逐字节相同"), ("en", "is what this box gives, byte by byte")],
)
def test_the_page_computes_a_release_again_and_says_how_it_compares(
    store, maker, language, sentence
):
    make(maker)
    page = maker.get(f"/spring/releases/1?lang={language}").text
    assert sentence not in page

    assert sentence in decide(maker, "check").text
    assert ("check", "1 agrees") in logged(store)


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

    maker.get(f"/spring/releases/1?lang={language}")
    page = decide(maker, "check").text

    assert sentence in page
    assert "0.0.9+of another program" in page


def test_roles_are_kept_apart(maker, checker):
    make(maker)
    token = csrf_token(maker.get("/spring/releases").text)

    assert maker.post("/spring/releases/1/signature", data={"csrf_token": token}).status_code == 403
    token = csrf_token(checker.get("/spring/releases").text)
    assert checker.post("/spring/releases", data={"csrf_token": token}).status_code == 403


def test_releases_are_computed_again_byte_by_byte(store, maker, checker):
    make(maker)
    sign(checker)
    make(maker, "?level=0.9")
    with store.read() as session:
        first, second = (row.document for row in service.list_releases(session, "spring"))
    assert service.check(store, first).release.number == 1
    assert service.check(store, second).release.options.level == 0.9


def written(content):
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content["results"]["rates"][0].update(rate=0.5), "differs in: results"),
        (lambda content: content["options"].update(level=0.9), "differs in: options"),
        (lambda content: content.update(maker="other"), "as it was made. It differs in: maker"),
        (lambda content: content.update(format=2), "not the document"),
        (lambda content: content.update(version="0.0.9"), "differs in: version"),
        (
            lambda content: (content.update(version="0.0.9"), content["rows"].pop()),
            "differs in: version, rows",
        ),
        (lambda content: content.update(format=4), "not the document"),
        (lambda content: content.update(claim="true"), "not the document"),
        (lambda content: content["results"].update(claim="true"), "not the document"),
        (lambda content: content.pop("results"), "not the document"),
        (lambda content: content["options"].update(level="much"), "not the document"),
    ],
)
def test_an_altered_document_is_refused(store, maker, change, why):
    make(maker)
    with store.read() as session:
        content = json.loads(service.get(session, "spring", 1).document)
    change(content)
    with pytest.raises(InputError, match=why):
        service.check(store, written(content))


def test_the_same_fields_in_other_bytes_are_not_the_release(store, maker):
    make(maker)
    with store.read() as session:
        document = service.get(session, "spring", 1).document
    with pytest.raises(InputError, match="its digest is another"):
        service.check(store, document + b"\n")
    assert ("check", "1 differs") in logged(store)


@pytest.mark.parametrize("number", [-1, 0, 3, 10**30])
def test_what_was_never_released_is_not_vouched_for(store, maker, number):
    make(maker)
    with store.read() as session:
        content = json.loads(service.get(session, "spring", 1).document)
    with pytest.raises(NotFoundError, match=f"no release {number} of the campaign “spring”"):
        service.check(store, written(content | {"number": number}))


def test_a_release_that_its_store_would_not_give_again_is_told(store, maker):
    make(maker)
    with store.begin() as session:
        release = service.get(session, "spring", 1)
        content = json.loads(release.document)
        content["results"]["rates"][0]["rate"] = 0.5
        release.document = written(content)
        release.digest = hashlib.sha256(release.document).digest()
    with pytest.raises(InputError, match="not what this box"):
        service.check(store, written(content))


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
    with pytest.raises(InputError):
        service.check(store, document)


def test_a_release_is_weighted_by_stratum(store):
    options = Options(weighting=Weighting.RAKED)
    with pytest.raises(InputError, match="weighted by stratum"), store.begin() as session:
        service.make(session, "spring", options, releasing.TODAY)


def test_there_is_nothing_to_release_before_the_opening(site, store):
    with pytest.raises(NotFoundError), store.read() as session:
        service.get(session, "spring", 7)
    with pytest.raises((StateError, NotFoundError)), store.read() as session:
        service.inputs(session, "nothing", Options())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_say_what_is_hidden(maker, language):
    preview = next_release(maker, f"?lang={language}").text
    make(maker)
    page = maker.get("/spring/releases/1").text

    word = {"zh": "合并、取整或隐去了什么", "en": "What is merged, rounded or hidden"}[language]
    assert word in preview
    assert word in page
    assert not re.search(r"\bnan\b", page.lower())


@pytest.mark.parametrize(
    "name",
    [
        "results.xlsx",
        "report.docx",
        "report.pdf",
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
