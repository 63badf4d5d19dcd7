"""Bytes from outside: each parser gives something valid or refuses, and nothing else."""

import io
import json
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import questionnaires
from survey_app.answers.analyse.box import key_file, key_shares
from survey_app.answers.respond.api import Ballot
from survey_app.crypto import encoding, key_files, sealing
from survey_app.crypto.key_files import Cost
from survey_app.documents.closing import ClosingStatement
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.errors import SurveyError
from survey_app.identity.issue.api import CredentialRequest
from survey_app.identity.manage.campaigns import campaign_file
from survey_app.identity.manage.roster import rows, spreadsheet
from survey_app.identity.manage.roster.columns import Columns
from tests.answers.analyse.boxes import published as published_design
from tests.fuzz import ballots
from tests.manifests import closing_statement
from tests.sites import accept, design, serving

CSV = "stratum,person,email\nnorth,p1,a@example.org\nsouth,张三,b@example.org\n".encode()
PLAN = """campaign: autumn
title: {zh: 秋, en: Autumn}
window: {start: 2026-04-01, end: 2026-04-30}
strata:
  - {id: north, unit: North, post_category: Inspection, kind: business, population: 100, sample: 20}
""".encode()
BALLOT = json.dumps(
    {
        "stratum": "north",
        "message": encoding.to_text(bytes(75)),
        "signature": encoding.to_text(bytes(256)),
        "sealed": encoding.to_text(bytes(90)),
    }
).encode()
KEY = sealing.generate_opening_key()
SHARES = key_shares.split(KEY)
ODD = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"[" * 10_000,
    b'{"a":' * 5_000,
    b"1" * 5_000,
    b"NaN",
    b"null",
    b"{}",
)

thorough = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(valid: bytes) -> st.SearchStrategy[bytes]:
    """Bytes near to valid ones: cut, doubled, spliced, with bytes flipped; and odd ones."""
    place = st.integers(0, len(valid))

    def splice(start: int, end: int, piece: bytes) -> bytes:
        return valid[: min(start, end)] + piece + valid[max(start, end) :]

    def flip(at: list[int]) -> bytes:
        content = bytearray(valid)
        for place in at:
            content[place % len(valid)] ^= 1 << place % 8
        return bytes(content)

    pieces = st.sampled_from(
        [*ODD, b'"', b",", b"\n", b"=1+1", "\ud800".encode("utf-8", "surrogatepass"), b"1e999"]
    )
    return st.one_of(
        st.builds(splice, place, place, pieces | st.binary(max_size=12)),
        st.builds(flip, st.lists(st.integers(0, 1 << 20), min_size=1, max_size=4)),
        st.sampled_from(ODD),
        st.binary(max_size=200),
        st.just(valid + valid),
        st.just(valid),
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    with serving("analyse", tmp_path_factory.mktemp("fuzz")) as site:
        return accept(site, design())[0]


def workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(CSV.decode().splitlines()):
            sheet.write_row(number, 0, line.split(","))
    return file.getvalue()


XLSX = workbook()


@thorough
@given(mutated(BALLOT))
def test_a_posted_ballot(content):
    try:
        parsed = Ballot.model_validate_json(content)
    except ValidationError:
        return
    assert json.loads(parsed.model_dump_json()) == json.loads(content)


@thorough
@given(mutated(b'{"code": "ABCD-EFGH-JKMN-PQRS", "stratum": "s", "blinded": "AAAA"}'))
def test_a_request_for_a_credential(content):
    try:
        parsed = CredentialRequest.model_validate_json(content)
    except ValidationError:
        return
    assert len(parsed.code) <= 100


@pytest.mark.parametrize("kind", [Manifest, PublishedManifest])
@thorough
@given(data=st.data())
def test_a_manifest(published, kind, data):
    valid = (
        published.canonical() if kind is PublishedManifest else published.unpublished().canonical()
    )
    content = data.draw(mutated(valid))
    try:
        parsed = parse(kind, content)
    except SurveyError:
        assert content != valid
        return
    assert parsed.canonical() == content.strip()


@thorough
@given(mutated(closing_statement(published_design(design())).canonical()))
def test_a_closing_statement(content):
    try:
        ClosingStatement.read(content).check(published_design(design()))
    except SurveyError:
        return


@thorough
@given(mutated(CSV) | mutated(XLSX))
@example(XLSX)
def test_a_roster(content):
    strata = design().strata
    try:
        table = spreadsheet.read(content, "people.csv")
        accepted_roster = rows.check(table, Columns("stratum", "person", "email"), strata)
    except SurveyError:
        return
    assert all(len(cells) == len(table.header) for _, cells in table.lines)
    assert len(accepted_roster.roster.rows) <= len(table.lines)


@thorough
@given(mutated(PLAN))
@example(PLAN)
@example(b"[" * 10_000)
def test_a_campaign_file(content):
    try:
        design = campaign_file.parse(content, Path("plan.yaml"), uploaded=True)
    except SurveyError:
        return
    assert design.strata


@pytest.mark.filterwarnings("ignore:PKCS#12")  # it is read all the same
@thorough
@given(mutated(key_files.protect(KEY, "a passphrase of tests", Cost(64, 1, 1))))
def test_an_opening_key(content):
    try:
        key = key_file.recover_from(content, "a passphrase of tests")
    except SurveyError:
        return
    assert sealing.public_bytes(key) == sealing.public_bytes(KEY)


@thorough
@given(mutated(b"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"))
def test_a_public_key(content):
    try:
        key_file.public_half_of(content)
    except SurveyError:
        return


@thorough
@given(st.lists(mutated(SHARES[0].encode()) | mutated(SHARES[1].encode()), max_size=3))
@example([share.encode() for share in SHARES[:2]])
def test_shares_of_words(contents):
    try:
        key = key_shares.combine([content.decode("utf-8", "replace") for content in contents])
    except SurveyError:
        return
    assert sealing.public_bytes(key) == sealing.public_bytes(KEY)


@thorough
@given(st.binary(max_size=40))
def test_opened_answers(answers):
    for name in ("external", "internal"):
        width = len(questionnaires.load(name).codes)
        try:
            questionnaires.check(answers, width)
        except ValueError:
            continue
        assert len(answers) == width


@thorough
@given(st.text(max_size=60))
def test_base64_has_one_way_to_be_written(text):
    try:
        data = encoding.from_text(text)
    except ValueError:
        return
    assert encoding.to_text(data) == text


@pytest.mark.parametrize("file", sorted(ballots.CORPUS.iterdir()), ids=lambda file: file.stem)
def test_the_corpus_of_posted_ballots(file):
    ballots.post(file.read_bytes())


@thorough
@given(mutated((ballots.CORPUS / "unsigned.json").read_bytes()))
def test_the_way_of_a_posted_ballot(content):
    ballots.post(content)
