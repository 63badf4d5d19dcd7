"""The JSON API: what statisticians read, for programs that bring a token."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from survey_app.accounts import Actor, acting_as
from survey_app.answers.analyse import api, tokens
from survey_app.answers.analyse.box.service import overview
from survey_app.answers.analyse.releases import service
from survey_app.answers.analyse.views.options import Tables
from survey_app.answers.store.models import Release, TokenScope
from survey_app.config import API, SiteSettings
from survey_app.documents.release import read
from survey_app.documents.results import to_json
from survey_app.storage.database import Database
from survey_app.web.openapi import JSON, describe


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the API; a request is let in by its token, never by a session."""
    site = Blueprint("api", __name__)
    tables = Tables(database)

    @site.before_request
    def check_token() -> None:
        unprotected = request.endpoint == "analyse.api.results"
        scope = TokenScope.RESULTS if unprotected else TokenScope.RELEASES
        with database.read() as session:
            header = request.headers.get("Authorization", "")
            g.token = tokens.check(session, header, scope, settings.today())

    @site.get("/openapi.json")
    def description() -> ResponseReturnValue:
        """Describe this API."""
        return openapi()

    @site.get("/campaigns")
    def campaigns() -> ResponseReturnValue:
        """List the campaigns of this side."""
        with database.read() as session:
            boxes = overview(session)
        entries = [
            api.CampaignEntry.model_validate(
                {"campaign": box.campaign, "title": box.title, "state": box.state}
            )
            for box in boxes
        ]
        return _json(api.Campaigns(campaigns=entries).model_dump_json().encode())

    @site.get("/campaigns/<campaign>/releases")
    def releases(campaign: str) -> ResponseReturnValue:
        """List a campaign's signed releases, and those withdrawn since."""
        with database.read() as session:
            entries = _entries(service.list_releases(session, campaign))
        return _json(api.Releases(campaign=campaign, releases=entries).model_dump_json().encode())

    @site.get("/campaigns/<campaign>/releases/<int:number>")
    def release(campaign: str, number: int) -> ResponseReturnValue:
        """Give a signed release, byte for byte what its digest is of; it is logged by its token."""
        with database.read() as session:
            row = service.get(session, campaign, number)
        if not row.is_known:
            raise service.NoReleaseError(campaign=campaign, number=number)
        with acting_as(Actor(f"token {g.token}")), database.begin() as session:
            service.record_file(session, campaign, f"{number} release.json")
        return _json(row.document)

    @site.get("/campaigns/<campaign>/results")
    def results(campaign: str) -> ResponseReturnValue:
        """Give results without disclosure control, under the options of the request."""
        return _json(b'{"results":' + to_json(tables.of(campaign)) + b"}")

    return site


def openapi() -> dict[str, Any]:
    """Describe the API in OpenAPI 3.1."""
    description = describe("results", f"{request.script_root}{API}", api.OPERATIONS)
    description["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return description | {"security": [{"token": []}]}


def _entries(rows: Sequence[Release]) -> list[api.ReleaseEntry]:
    return [
        api.ReleaseEntry.model_validate(
            {
                "number": row.number,
                "digest": row.digest.hex(),
                "maker": row.maker,
                "checker": row.checker,
                "state": row.state,
                "reason": row.reason,
                "signature": row.signature.hex() if row.signature else None,
                "has_old_rules": read(row.document).has_old_rules,
            }
        )
        for row in rows
        if row.is_known
    ]


def _json(content: bytes) -> Response:
    return Response(content, mimetype=JSON)
