"""Guessing codes: nothing tells an unknown code from a used one, neither words nor work."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from survey_app import create_app
from survey_app.config import Settings
from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from tests.public import Survey

UNKNOWN = "0000-0000-0000-0000"
MESSAGES = {
    "good": b"\2" * blind_rsa.MODULUS_BYTES,
    "too short": b"\2",
    "too large": b"\xff" * blind_rsa.MODULUS_BYTES,
}


@pytest.fixture(scope="module")
def spent_code(survey: Survey) -> str:
    """A code that was spent on another message."""
    code = survey.code()
    body = {"code": code, "blinded": to_text(b"\1" * blind_rsa.MODULUS_BYTES)}
    assert survey.post("issue", "credentials", body).status == 200
    return code


@pytest.fixture(params=["stratum", *MESSAGES])
def question(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """An action, and the fields sent beside the code."""
    if request.param == "stratum":
        return "stratum", {}
    return "credentials", {"blinded": to_text(MESSAGES[request.param])}


def test_a_used_code_is_answered_to_the_byte_as_an_unknown_one(
    survey: Survey, other_survey: Survey, spent_code: str, question: tuple[str, dict[str, str]]
) -> None:
    action, fields = question

    replies = [
        survey.post("issue", action, {"code": code} | fields)
        for code in (UNKNOWN, spent_code, other_survey.code())
    ]

    answers = {
        (reply.status, reply.data, *sorted(f"{name}: {value}" for name, value in headers))
        for reply in replies
        for headers in [[header for header in reply.headers.items() if header[0] != "Date"]]
    }
    assert len(answers) == 1
    assert replies[0].status == 409


@dataclass(frozen=True)
class Issuer:
    """The issuer's site, and the statements that it sent to its store."""

    client: FlaskClient
    statements: list[str]


@pytest.fixture
def issuer(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """The issuer's site in this process."""
    for name, value in survey.installation.environment.items():
        monkeypatch.setenv(name, value)
    site = create_app("issue", Settings().of("issue"))
    engine = site.extensions["store"].engine
    statements: list[str] = []

    def note(*execution: object) -> None:
        statements.append(str(execution[2]))

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "rollback", lambda _connection: statements.append("ROLLBACK"))
    event.listen(engine, "commit", lambda _connection: statements.append("COMMIT"))
    yield Issuer(site.test_client(), statements)
    engine.dispose()


def test_a_used_code_costs_the_work_of_an_unknown_one(
    survey: Survey, spent_code: str, question: tuple[str, dict[str, str]], issuer: Issuer
) -> None:
    action, fields = question
    place = f"/{survey.name}/{action}"
    # the first request reads the manifest
    issuer.client.post(f"/{survey.name}/stratum", json={"code": UNKNOWN})

    work = {}
    for code in (UNKNOWN, spent_code):
        issuer.statements.clear()
        assert issuer.client.post(place, json={"code": code} | fields).status_code == 409
        work[code] = list(issuer.statements)

    assert work[UNKNOWN] == work[spent_code]
    assert sum("SELECT" in statement for statement in work[spent_code]) == 1
