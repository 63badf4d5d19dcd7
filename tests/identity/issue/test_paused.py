"""A paused survey signs nothing new, says so truly, and loses nothing."""

from collections.abc import Iterator

import pytest

from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from survey_app.respondent.http import RefusedError, Wire
from survey_app.respondent.protocol import find_campaigns, obtain_credential
from tests.conftest import STAFF, Surveys
from tests.public import Survey

PAUSED = (503, "paused")
UNKNOWN = "0000-0000-0000-0000"


def claim(code: str, byte: bytes) -> dict[str, str]:
    blinded = to_text(byte * blind_rsa.MODULUS_BYTES)
    return {"code": code, "stratum": "staff", "blinded": blinded}


@pytest.fixture(scope="module")
def spent_code(survey: Survey) -> str:
    """A code that was claimed before the pause."""
    code = survey.code("staff")
    assert survey.post("issue", "credentials", claim(code, b"\1")).status == 200
    return code


@pytest.fixture(scope="module")
def survey(surveys: Surveys) -> Survey:
    codes = surveys.installation.campaign("paused", [STAFF])
    return Survey(surveys.installation, "paused", codes)


@pytest.fixture
def pause(survey: Survey, spent_code: str) -> Iterator[None]:
    survey.installation.cli("manage", "pause", "paused")
    yield
    survey.installation.cli("manage", "resume", "paused")


@pytest.mark.usefixtures("pause")
def test_no_code_is_told_from_another_while_the_survey_is_paused(
    survey: Survey, spent_code: str
) -> None:
    for code in (survey.code("staff"), spent_code, UNKNOWN):
        body = claim(code, b"\2")
        survey.check_refused("issue", "credentials", body, PAUSED, "This survey is paused")
    survey.check_refused("issue", "stratum", {"code": spent_code}, PAUSED, "nothing is lost")


@pytest.mark.usefixtures("pause")
def test_a_claim_made_before_the_pause_is_answered_again(survey: Survey, spent_code: str) -> None:
    assert survey.post("issue", "credentials", claim(spent_code, b"\1")).status == 200


def test_ballots_go_on_and_codes_stay_good(survey: Survey, pause: None) -> None:
    survey.installation.cli("manage", "resume", "paused")
    credential = survey.credential("staff")
    survey.installation.cli("manage", "pause", "paused")

    assert survey.cast(survey.ballot(credential, "staff")).status == 201


@pytest.mark.usefixtures("pause")
def test_the_reference_respondent_says_why_it_gives_up(survey: Survey) -> None:
    wire = Wire(0.1, 1, "en")
    (campaign,) = find_campaigns(wire, survey.installation.base, "paused")

    with pytest.raises(RefusedError, match="This survey is paused"):
        obtain_credential(wire, campaign, campaign.manifest.strata[0], survey.code("staff"))
