"""The API: who is let in, what it gives, and that it does as its description says."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import schemathesis
from schemathesis.core.result import Ok

from survey_app.accounts import Actor, acting_as
from survey_app.answers.analyse import tokens
from survey_app.answers.store.models import Audit, Token, TokenScope
from survey_app.config import API
from survey_app.crypto import signatures
from survey_app.documents.release import read
from survey_app.documents.results import Options, from_json
from survey_app.errors import InputError
from tests.answers.analyse.releases import releasing
from tests.schemas import cases_of, conforming
from tests.sites import NAME, design, open_box, serving, sign_in

TODAY = datetime.now(tz=UTC).date()
SHEETS: dict[str, list[set[str]]] = {
    "north": [{"red_envelope"}] * 6 + [set()] * 20,
    "south": [{"banquet"}] * 3 + [set()] * 15,
    "office": [set()] * 14,
}
PLACES = ("campaigns", "campaigns/spring/releases", "campaigns/spring/releases/1")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving("analyse", tmp_path_factory.mktemp("api")) as site:
        open_box(site, design(), SHEETS)
        store = site.extensions["store"]
        releasing.make(store)
        releasing.sign(store)
        releasing.make(store, Options(level=0.9))
        yield site


@pytest.fixture(scope="module")
def secrets(site):
    with acting_as(Actor(NAME)), site.extensions["store"].begin() as session:
        return {scope: tokens.make(session, f"a {scope}", scope, TODAY, 30) for scope in TokenScope}


@pytest.fixture
def get(site):
    def get(place, token="", **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return site.test_client().get(f"{API}/{place}", headers=headers, **more)

    return get


@pytest.mark.parametrize("place", [*PLACES, "openapi.json", "campaigns/spring/results"])
@pytest.mark.parametrize("token", ["", "x", "ä", "a" * 5000])
def test_a_request_without_a_token_is_refused(get, place, token):
    answer = get(place, token)

    assert answer.status_code == 401
    assert answer.json["error"] == "token_refused"
    assert "Set-Cookie" not in answer.headers


def test_a_session_is_no_token(site):
    client = site.test_client()
    sign_in(client)

    assert client.get(f"{API}/campaigns").status_code == 401


def test_the_api_only_reads(site):
    assert all(
        not rule.methods - {"GET", "HEAD", "OPTIONS"}
        for rule in site.url_map.iter_rules()
        if rule.rule.startswith(API)
    )


def test_a_signed_release_is_given_byte_for_byte(site, get, secrets):
    entries = get(PLACES[1], secrets[TokenScope.RELEASES]).json["releases"]
    document = get(PLACES[2], secrets[TokenScope.RELEASES])

    assert [entry["number"] for entry in entries] == [1]
    assert entries[0]["digest"] == sha256(document.data).hexdigest()
    assert (entries[0]["maker"], entries[0]["checker"]) == (NAME, releasing.CHECKER)
    assert (entries[0]["state"], entries[0]["has_old_rules"]) == ("signed", False)
    key = signatures.public_bytes(releasing.KEY)
    signatures.verify(key, bytes.fromhex(entries[0]["signature"]), document.data)
    assert read(document.data).number == 1
    assert document.headers["Cache-Control"] == "no-store"
    with site.extensions["store"].read() as session:
        entry = session.query(Audit).filter(Audit.action == "take out").first()
    assert (entry.account, entry.detail) == ("token a releases", "1 release.json")


@pytest.mark.parametrize("number", [0, 2, 3, 10**30])
def test_an_unsigned_release_is_not_there(get, secrets, number):
    assert get(f"{PLACES[1]}/{number}", secrets[TokenScope.RESULTS]).status_code == 404


def test_unprotected_results_need_a_token_for_them(get, secrets):
    place = "campaigns/spring/results?validity=standard-1"

    assert get(place, secrets[TokenScope.RELEASES]).status_code == 401
    answer = get(place, secrets[TokenScope.RESULTS])
    results = from_json(json.dumps(answer.json["results"]).encode())
    assert results.campaign == "spring"
    assert get("campaigns/spring/results?level=x", secrets[TokenScope.RESULTS]).status_code == 400
    assert get("campaigns/none/results", secrets[TokenScope.RESULTS]).status_code == 404


def test_a_token_ends_with_its_last_day_or_when_it_is_revoked(site, get):
    store = site.extensions["store"]
    with acting_as(Actor(NAME)), store.begin() as session:
        token = tokens.make(session, "short", TokenScope.RELEASES, TODAY - timedelta(5), 4)
        good = tokens.make(session, "revoked", TokenScope.RELEASES, TODAY, 1)
    assert get(PLACES[0], token).status_code == 401
    assert get(PLACES[0], good).status_code == 200
    with acting_as(Actor(NAME)), store.begin() as session:
        tokens.revoke(session, "revoked")
    assert get(PLACES[0], good).status_code == 401
    with store.read() as session:
        digests = [bytes(token_row.digest) for token_row in session.query(Token)]
        logged = [entry.action for entry in session.query(Audit)]
    assert sha256(token.encode()).digest() in digests
    assert {"token", "revoke"} <= set(logged)


@pytest.mark.parametrize("label", ["", " ", "a" * 65, "two\nlines", "a releases"])
def test_a_label_that_cannot_be_is_refused(site, secrets, label):
    with pytest.raises(InputError), site.extensions["store"].begin() as session:
        tokens.make(session, label, TokenScope.RELEASES, TODAY, 1)


def test_there_is_no_token_to_revoke(site):
    with pytest.raises(InputError), site.extensions["store"].begin() as session:
        tokens.revoke(session, "nothing")


def test_what_is_not_there_or_not_to_be_done_is_refused_in_json(site, secrets):
    client = site.test_client()
    head = {"Authorization": f"Bearer {secrets[TokenScope.RESULTS]}"}

    assert client.get(f"{API}/nothing", headers=head).json["error"] == "not_found"
    assert client.post(f"{API}/campaigns", headers=head).status_code in {400, 405}


def test_the_description_names_every_route(site, get, secrets):
    described = set(get("openapi.json", secrets[TokenScope.RELEASES]).json["paths"])

    routes = {
        rule.rule.removeprefix(API).replace("<int:", "<").replace("<", "{").replace(">", "}")
        for rule in site.url_map.iter_rules()
        if rule.rule.startswith(f"{API}/")
    }
    assert described == routes - {"/openapi.json"}


def test_answers_are_as_described(site, secrets):
    head = {"Authorization": f"Bearer {secrets[TokenScope.RESULTS]}"}
    described = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", site, headers=head)
    cases = 0
    for operation in described.get_all_operations():
        assert isinstance(operation, Ok)
        for case in cases_of(operation.ok(), 40):
            case.call_and_validate(headers=head, checks=conforming())
            cases += 1
    assert cases >= 100
