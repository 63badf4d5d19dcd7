"""After the close: signed counts, the root on both sides, and whether a code was used."""

import json

import pytest

from survey_app.crypto.blind_rsa import MODULUS_BYTES
from survey_app.crypto.encoding import to_text
from survey_app.documents.closing import ClosingStatement
from survey_app.documents.manifest import PublishedManifest
from tests.conftest import STAFF, Surveys
from tests.public import Survey

CODE_REFUSED = (409, "code_refused")


@pytest.fixture(scope="module")
def closed_survey(surveys: Surveys) -> tuple[Survey, str, str]:
    """A campaign that has closed, with a code that was used and one that was not."""
    survey = surveys.get("closing", [STAFF])
    spent_code, unspent_code = survey.code("staff"), survey.code("staff")
    body = {"code": spent_code, "stratum": "staff", "blinded": to_text(b"\1" * MODULUS_BYTES)}
    assert survey.post("issue", "credentials", body).status == 200
    survey.check_refused("issue", "used", {"code": spent_code}, (409, "wrong_step"), "closed")
    survey.installation.cli("manage", "close", "closing", "--output", "statement.json")
    return survey, spent_code, unspent_code


def test_the_counts_are_signed_and_codes_tell_their_use(
    closed_survey: tuple[Survey, str, str],
) -> None:
    survey, spent_code, unspent_code = closed_survey
    installation = survey.installation
    published = (installation.folder / "closing.published.json").read_bytes()
    manifest = PublishedManifest.model_validate_json(published)
    statement = ClosingStatement.read((installation.folder / "statement.json").read_bytes())

    statement.check(manifest)
    (counts,) = statement.strata
    assert (counts.invited, counts.credentials) == (40, 1)
    public = survey.get("issue", "counts.json").json()
    assert public == json.loads(statement.canonical())

    states = [
        survey.post("issue", "used", {"code": code}).json() for code in (spent_code, unspent_code)
    ]
    assert states == [{"state": "used"}, {"state": "unused"}]
    survey.check_refused(
        "issue", "used", {"code": "0000-0000-0000-0000"}, CODE_REFUSED, "never a code"
    )

    root = "ab" * 32
    assert "Recorded" in installation.cli("manage", "root", "closing", root.upper())
    assert survey.get("issue", "counts.json").json()["receipts_root"] == root
    code, _, errors = installation.run("manage", "root", "closing", "cd" * 32)
    assert code == 2
    assert root in errors
