"""Until the close nothing that anybody sees changes when one more person answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from survey_app.config import Settings
from survey_app.crypto.blind_rsa import MODULUS_BYTES
from survey_app.crypto.encoding import to_text
from survey_app.respondent.protocol import obtain_credential
from tests.installation import Installation, free_port, stratum
from tests.outputs import Copy, add_readers
from tests.public import Survey

STRATA = [
    stratum("north", population=200, sample=60),
    stratum("south", population=100, sample=40),
    stratum("staff", "non-business", population=100, sample=40),
]


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survey]:
    """A survey under way, on a server that counts for its operators."""
    installation = Installation(tmp_path_factory.mktemp("survey") / "installation")
    installation.urls = {"SURVEY_INTERNAL_PORT": str(free_port())}
    codes = installation.campaign("autumn", STRATA)
    installation.start()
    yield Survey(installation, "autumn", codes)
    installation.kill()


@pytest.fixture
def copy(survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """A copy of the instance, to be asked for everything at any moment."""
    for name, value in survey.installation.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SURVEY_INTERNAL_PORT", "0")
    token = add_readers(Settings())
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path / "copy"))
    return Copy(survey.installation, tmp_path / "copy", survey.name, token)


def answer(survey: Survey, stratum_id: str, persons: int) -> None:
    """Let some more persons answer."""
    campaign = survey.campaign
    for _ in range(persons):
        member = campaign.manifest.stratum(stratum_id)
        assert member
        credential = obtain_credential(survey.wire, campaign, member, survey.code(stratum_id))
        assert survey.cast(survey.ballot(credential, stratum_id)).status == 201


def try_codes(survey: Survey, times: int) -> None:
    """Claim with a code that never was."""
    blinded = to_text(b"\2" * MODULUS_BYTES)
    body = {"code": "0000-0000-0000-0000", "stratum": "north", "blinded": blinded}
    for _ in range(times):
        assert survey.post("issue", "credentials", body).status == 409


def test_no_output_changes_when_one_more_answers(survey, copy):
    answer(survey, "north", 10)
    answer(survey, "south", 1)
    try_codes(survey, 10)
    at_ten, log = copy.outputs(), survey.installation.server_log()
    answer(survey, "north", 3)
    answer(survey, "south", 2)
    try_codes(survey, 9)
    at_thirteen = copy.outputs()

    assert at_ten.keys() == at_thirteen.keys()
    assert {name for name in at_ten if at_ten[name] != at_thirteen[name]} == set()
    assert log == survey.installation.server_log()

    answer(survey, "north", 7)
    try_codes(survey, 1)
    at_twenty = copy.outputs()

    shown_later = " ".join(name for name in at_ten if at_ten[name] != at_twenty[name])
    for output in ("manage.fieldwork_page", "analyse.box", "respond.turnout_json", "--replace"):
        assert output in shown_later
    assert [row for row in at_twenty.values() if "被拒绝的领取" in row and "≥20" in row]


def test_whoever_fills_an_operators_count_up_sees_no_claim_and_no_ballot(survey):
    campaign = survey.campaign
    [staff] = [member for member in campaign.manifest.strata if member.id == "staff"]
    first = obtain_credential(survey.wire, campaign, staff, survey.code("staff"))
    ballot = survey.ballot(first, "staff")
    for address in ("issue/openapi.json", "respond/campaigns.json"):
        fill_up(survey, address)
    filled_up = metrics(survey)

    obtain_credential(survey.wire, campaign, staff, survey.code("staff"))
    assert survey.cast(ballot).status == 201

    assert filled_up == metrics(survey)


def fill_up(survey: Survey, address: str) -> None:
    """Ask so often that one more request to this site would show."""
    before = metrics(survey)
    while metrics(survey) == before:
        urllib3.request("GET", f"{survey.installation.base}/{address}")
    for _ in range(19):
        urllib3.request("GET", f"{survey.installation.base}/{address}")


def metrics(survey: Survey) -> list[str]:
    """The numbers of requests by site and outcome."""
    port = survey.installation.urls["SURVEY_INTERNAL_PORT"]
    lines = urllib3.request("GET", f"http://127.0.0.1:{port}/metrics").data.decode().splitlines()
    return [line for line in lines if line.startswith("survey_requests_total")]
