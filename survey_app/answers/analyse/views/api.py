"""The JSON API: what statisticians read, for programs that bring a token."""

from collections.abc import Sequence
from typing import Any, Literal

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from survey_app.answers.analyse import tokens
from survey_app.answers.analyse.box.service import overview
from survey_app.answers.analyse.estimates.compute import Options, Results, to_json
from survey_app.answers.analyse.releases import service
from survey_app.answers.analyse.releases.disclosure import Outcome
from survey_app.answers.analyse.views.results import Tables
from survey_app.answers.store.models import Release, Scope
from survey_app.config import API, SiteSettings
from survey_app.documents.manifest import Names
from survey_app.errors import NotFoundError
from survey_app.storage.database import Database
from survey_app.web.openapi import CAMPAIGN, JSON, Operation, describe


class CampaignEntry(BaseModel):
    """A campaign of this side, and where its box stands."""

    campaign: str
    title: Names
    state: Literal["collecting", "closed", "opened"]


class Campaigns(BaseModel):
    """All campaigns of this side."""

    campaigns: list[CampaignEntry]


class ReleaseEntry(BaseModel):
    """A signed release; its digest is SHA-256 of its document, in hexadecimal digits."""

    number: int
    digest: str
    maker: str
    checker: str


class Releases(BaseModel):
    """A campaign's signed releases."""

    campaign: str
    releases: list[ReleaseEntry]


class ReleaseDocument(BaseModel):
    """A release, byte for byte what its digest is of."""

    format: Literal[1]
    campaign: str
    number: int
    version: str
    options: Options
    cells: list[Outcome]
    exposed: list[str]
    results: Results


class ResultsDocument(BaseModel):
    """Results without disclosure control, as statisticians see them."""

    results: Results


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the API; a request is let in by its token, never by a session."""
    api = Blueprint("api", __name__)
    tables = Tables(database)

    @api.before_request
    def let_in() -> None:
        unprotected = request.endpoint == "analyse.api.results"
        scope = Scope.RESULTS if unprotected else Scope.RELEASES
        with database.read() as session:
            header = request.headers.get("Authorization", "")
            tokens.check(session, header, scope, settings.today())

    @api.get("/openapi.json")
    def description() -> ResponseReturnValue:
        """Describe this API."""
        return openapi()

    @api.get("/campaigns")
    def campaigns() -> ResponseReturnValue:
        """List the campaigns of this side."""
        with database.read() as session:
            found = overview(session)
        entries = [
            CampaignEntry.model_validate(
                {"campaign": one.campaign, "title": one.title, "state": one.state}
            )
            for one in found
        ]
        return _json(Campaigns(campaigns=entries).model_dump_json().encode())

    @api.get("/campaigns/<campaign>/releases")
    def releases(campaign: str) -> ResponseReturnValue:
        """List a campaign's signed releases."""
        with database.read() as session:
            entries = _entries(service.listed(session, campaign))
        return _json(Releases(campaign=campaign, releases=entries).model_dump_json().encode())

    @api.get("/campaigns/<campaign>/releases/<int:number>")
    def release(campaign: str, number: int) -> ResponseReturnValue:
        """Give a signed release, byte for byte what its digest is of."""
        with database.read() as session:
            found = {one.number: one for one in service.listed(session, campaign)}.get(number)
        if found is None or found.checker is None:
            raise NotFoundError(campaign=f"{campaign}/{number}")
        return _json(found.document)

    @api.get("/campaigns/<campaign>/results")
    def results(campaign: str) -> ResponseReturnValue:
        """Give results without disclosure control, under the options of the request."""
        return _json(b'{"results":' + to_json(tables.of(campaign)) + b"}")

    return api


def openapi() -> dict[str, Any]:
    """Describe the API in OpenAPI 3.1."""
    number = {
        "name": "number",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    }
    options = [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in Options.model_json_schema()["properties"].items()
    ]
    described = describe(
        "results",
        f"{request.script_root}{API}",
        {
            "/campaigns": Operation("List the campaigns of this side.", Campaigns),
            "/campaigns/{campaign}/releases": Operation(
                "List a campaign's signed releases.", Releases, parameters=[CAMPAIGN]
            ),
            "/campaigns/{campaign}/releases/{number}": Operation(
                "Give a signed release.", ReleaseDocument, parameters=[CAMPAIGN, number]
            ),
            "/campaigns/{campaign}/results": Operation(
                "Give results without disclosure control; needs a token for results.",
                ResultsDocument,
                parameters=[CAMPAIGN, *options],
            ),
        },
    )
    described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return described | {"security": [{"token": []}]}


def _entries(found: Sequence[Release]) -> list[ReleaseEntry]:
    return [
        ReleaseEntry(
            number=one.number, digest=one.digest.hex(), maker=one.maker, checker=one.checker
        )
        for one in found
        if one.checker is not None
    ]


def _json(content: bytes) -> Response:
    return Response(content, mimetype=JSON)
