"""The public sites do as their descriptions say, whatever is sent to them."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from survey_app import create_app
from survey_app.config import Settings
from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from survey_app.respondent.protocol import SignedBallot
from tests.public import Survey
from tests.schemas import cases_of, conforming

PUBLIC = ("issue", "respond")
PAGES = {
    "/",
    "/{campaign}/",
    "/{campaign}/anonymity",
    "/{campaign}/turnout",
    "/{campaign}/receipts",
}
FILES = {"/files/{digest}/{name}", "/shared/{filename}"}
CODES = {
    *("input_unreadable", "bad_request", "not_json", "too_large", "not_found", "no_campaign"),
    *("wrong_step", "closed", "code_refused", "ballot_refused", "credential_spent"),
}
"""What the documents list for the public sites, as far as it can be brought about here."""


@pytest.fixture(scope="module")
def sites(survey: Survey) -> Iterator[dict[str, Flask]]:
    """Both public sites in this process, on the stores of a survey under way."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in survey.installation.environment.items():
            patch.setenv(name, value)
        settings = Settings()
        sites = {name: create_app(name, settings.of(name)) for name in PUBLIC}
    yield sites
    for site in sites.values():
        site.extensions["store"].engine.dispose()


@pytest.fixture(scope="module")
def good(
    survey: Survey, opened_survey: tuple[Survey, SignedBallot, SignedBallot]
) -> dict[str, tuple[str, dict[str, str]]]:
    """For every address a campaign, and what is sent there, that it answers as it should."""
    code = survey.code()
    blinded = to_text(blind_rsa.blind(survey.key(), b"a").blinded)
    closed_name = opened_survey[0].name
    return {
        "/{campaign}/stratum": (survey.name, {"code": survey.code()}),
        "/{campaign}/credentials": (
            survey.name,
            {"code": code, "stratum": "north", "blinded": blinded},
        ),
        "/{campaign}/counts.json": (closed_name, {}),
        "/{campaign}/used": (closed_name, {"code": opened_survey[0].codes["north"][0]}),
        "/campaigns.json": ("", {}),
        "/{campaign}/manifest.json": (survey.name, {}),
        "/{campaign}/strata/{stratum}.json": (survey.name, {}),
        "/{campaign}/ballots": (survey.name, survey.ballot(survey.credential()).fields),
        "/{campaign}/turnout.json": (survey.name, {}),
        "/{campaign}/receipts.json": (closed_name, {}),
    }


@pytest.fixture(params=PUBLIC)
def site(request: pytest.FixtureRequest, sites: dict[str, Flask]) -> Flask:
    return sites[request.param]


def operations(site: Flask) -> list[Any]:
    described = schemathesis.openapi.from_wsgi("/openapi.json", site)
    answers = []
    for result in described.get_all_operations():
        assert isinstance(result, Ok)
        answers.append(result.ok())
    return answers


def test_every_address_of_programs_is_described(site: Flask) -> None:
    described = {operation.path for operation in operations(site)}

    routes = {
        rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
        for rule in site.url_map.iter_rules()
    }
    assert described == routes - PAGES - FILES - {"/openapi.json"}


def test_the_description_itself_is_sent_like_everything_else(site: Flask) -> None:
    answer = site.test_client().get("/openapi.json")

    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"Set-Cookie", "ETag"} & set(answer.headers.keys())


def test_good_requests_are_answered_as_described(
    site: Flask, good: dict[str, tuple[str, dict[str, str]]]
) -> None:
    for operation in operations(site):
        campaign, body = good[operation.path]
        content: dict[str, Any] = {"body": body, "media_type": "application/json"} if body else {}
        answer = operation.Case(
            path_parameters={"campaign": campaign, "stratum": "north"}, **content
        ).call_and_validate(checks=conforming())
        assert answer.status_code in (200, 201), (operation.path, answer.content)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent_is_answered_as_described(
    site: Flask, survey: Survey, mode: GenerationMode
) -> None:
    before = survey.installation.stored_rows()
    refusals = set()
    for operation in operations(site):
        if mode == GenerationMode.NEGATIVE and operation.method == "get":
            continue
        for number, case in enumerate(cases_of(operation, 40, mode)):
            if "campaign" in case.path_parameters and number % 2:
                case.path_parameters["campaign"] = survey.name
            answer = case.call_and_validate(checks=conforming())
            if answer.status_code >= 400:
                refusals.add(answer.json()["error"])

    assert refusals
    assert refusals <= CODES
    assert survey.installation.stored_rows() == before
