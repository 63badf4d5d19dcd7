"""A clock that jumps, back and forth: nothing acknowledged is lost, and no account stays locked."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from werkzeug.test import TestResponse

from survey_app import create_app
from survey_app.accounts.lockout import FREE
from survey_app.config import Settings
from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from tests.conftest import ENGINES, urls_of
from tests.installation import Installation, stratum
from tests.public import Survey
from tests.sites import NAME, serving, sign_in

NOW = datetime.now(UTC)
JUMPS = {
    "years back": (NOW - timedelta(days=3650), "not_yet_open"),
    "a month ahead": (NOW + timedelta(days=60), "closed"),
    "years ahead": (NOW + timedelta(days=3650), "closed"),
}
STRATA = [stratum("north", unit="North", population=400, sample=40)]
Post = Callable[[str, str, object], TestResponse]


@pytest.fixture(params=ENGINES)
def survey(request: pytest.FixtureRequest, installation: Installation) -> Iterator[Survey]:
    """A survey under way."""
    if request.param == "postgresql":
        clusters = request.getfixturevalue("clusters")
        for cluster in clusters.values():
            cluster.drop_others()
            cluster.empty()
        installation.urls = urls_of(clusters)
    codes = installation.campaign("autumn", STRATA)
    installation.serve()
    yield Survey(installation, "autumn", codes)
    installation.stop()


@pytest.fixture
def post(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Post to the survey's stores by this process, whose clock a test moves."""
    for name, value in survey.installation.environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    sites = {name: create_app(name, settings.of(name)) for name in ("issue", "respond")}

    def post(site: str, action: str, body: object) -> TestResponse:
        return sites[site].test_client().post(f"/autumn/{action}", json=body)

    yield post
    for site in sites.values():
        site.extensions["store"].engine.dispose()


def test_ballots_and_codes_survive_a_clock_that_jumps(survey: Survey, post: Post) -> None:
    first, second = (survey.ballot(survey.credential()) for _ in range(2))
    blinded = to_text(blind_rsa.blind(survey.key(), b"a").blinded)
    request = {"code": survey.code(), "stratum": "north", "blinded": blinded}
    assert post("respond", "ballots", first.fields).status_code == 201
    before = survey.installation.stored_rows()

    for moment, refusal in JUMPS.values():
        with time_machine.travel(moment):
            again = post("respond", "ballots", first.fields)
            assert again.get_json()["receipt"] == first.receipt.hex(), (
                "what was acknowledged stays so"
            )
            replies = [
                post("issue", "credentials", request),
                post("issue", "stratum", {"code": request["code"]}),
            ]
        assert {reply.json["error"] for reply in replies if reply.json} == {refusal}
        assert survey.installation.stored_rows() == before

    with time_machine.travel(JUMPS["years back"][0]):
        early = post("respond", "ballots", second.fields)
    assert early.get_json()["error"] == "not_yet_open"
    assert survey.installation.stored_rows() == before

    assert post("issue", "credentials", request).status_code == 200
    with time_machine.travel(JUMPS["years ahead"][0]):  # the box takes ballots until it is closed
        assert post("respond", "ballots", second.fields).status_code == 201
    receipts = survey.installation.receipts(survey.name)
    assert sorted(receipts) == sorted((first.receipt.hex(), second.receipt.hex()))


def test_a_clock_that_was_ahead_shuts_no_name_out_for_long(tmp_path) -> None:
    with serving("manage", tmp_path) as site:
        with time_machine.travel(NOW + timedelta(days=3650)):
            for _ in range(FREE + 2):
                delayed = sign_in(site.test_client(), NAME, "wrong password").text
            assert "失败次数过多" in delayed

        assert sign_in(site.test_client()).location == "/"


def test_a_session_of_a_clock_that_was_ahead_has_ended(tmp_path) -> None:
    with serving("manage", tmp_path) as site:
        client = site.test_client()
        with time_machine.travel(NOW + timedelta(days=3650)):
            assert sign_in(client).location == "/"
            assert client.get("/").status_code == 200

        assert client.get("/").status_code == 302
