"""The JSON API: what statisticians read, for programs that bring a token."""

from collections.abc import Sequence
from typing import Any, Literal

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from survey_app.analyse import releases as service
from survey_app.analyse import tokens
from survey_app.analyse.protecting import Outcome
from survey_app.analyse.results import Options, Results, to_json
from survey_app.analyse.service import overview
from survey_app.analyse.views.estimates import Tables
from survey_app.answers.models import Release, Scope
from survey_app.config import VERSION, SiteSettings
from survey_app.database import Database
from survey_app.errors import NotFoundError
from survey_app.manifest import Names

JSON = "application/json"


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


class Refusal(BaseModel):
    """Why there is no answer: a code that stays, and a sentence in the reader's language."""

    error: str
    message: str


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
    models = (Campaigns, Releases, ReleaseDocument, ResultsDocument, Refusal)
    _, schemas = models_json_schema(
        [(model, "serialization") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    campaign = {"name": "campaign", "in": "path", "required": True, "schema": {"type": "string"}}
    number = {
        "name": "number",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    }
    options = [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in schemas["$defs"]["Options"]["properties"].items()
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Anonymous corruption-contact survey: results", "version": VERSION},
        "security": [{"token": []}],
        "paths": {
            "/campaigns": _get("List the campaigns of this side.", Campaigns),
            "/campaigns/{campaign}/releases": _get(
                "List a campaign's signed releases.", Releases, campaign
            ),
            "/campaigns/{campaign}/releases/{number}": _get(
                "Give a signed release.", ReleaseDocument, campaign, number
            ),
            "/campaigns/{campaign}/results": _get(
                "Give results without disclosure control; needs a token for results.",
                ResultsDocument,
                campaign,
                *options,
            ),
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "servers": [{"url": f"{request.script_root}/api"}],
    }


def _get(summary: str, model: type[BaseModel], *parameters: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, tuple[str, type[BaseModel]]] = {
        "200": (summary, model),
        "default": ("Refused: the message says why.", Refusal),
    }
    return {
        "get": {
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                status: {
                    "description": said,
                    "content": {JSON: {"schema": _reference(of)}},
                }
                for status, (said, of) in answers.items()
            },
        }
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


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
