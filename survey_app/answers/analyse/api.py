"""What the JSON addresses for statisticians' programs give."""

from typing import Literal

from pydantic import BaseModel

from survey_app.documents.design import Names
from survey_app.documents.release import ReleaseDocument
from survey_app.documents.results import Options, Results
from survey_app.web.openapi import CAMPAIGN, Operation


class CampaignEntry(BaseModel):
    """A campaign of this side, and where its box stands."""

    campaign: str
    title: Names
    state: Literal["collecting", "closed", "opened"]


class Campaigns(BaseModel):
    """All campaigns of this side."""

    campaigns: list[CampaignEntry]


class ReleaseEntry(BaseModel):
    """A signed release: digest (SHA-256) and signature of its document in hexadecimal digits.

    ``reason`` says why it was withdrawn. One with old rules is not signed by a key; what it shows
    may give small groups away.
    """

    number: int
    digest: str
    maker: str
    checker: str
    state: Literal["signed", "withdrawn"]
    reason: str | None
    signature: str | None
    has_old_rules: bool


class Releases(BaseModel):
    """A campaign's signed releases."""

    campaign: str
    releases: list[ReleaseEntry]


class ResultsDocument(BaseModel):
    """Results without disclosure control, as statisticians see them."""

    results: Results


_NUMBER = {
    "name": "number",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
}
_OPTIONS = [
    {"name": name, "in": "query", "schema": schema}
    for name, schema in Options.model_json_schema()["properties"].items()
]
OPERATIONS = {
    "/campaigns": Operation("List the campaigns of this side.", Campaigns),
    "/campaigns/{campaign}/releases": Operation(
        "List a campaign's signed releases.", Releases, parameters=[CAMPAIGN]
    ),
    "/campaigns/{campaign}/releases/{number}": Operation(
        "Give a signed release.", ReleaseDocument, parameters=[CAMPAIGN, _NUMBER]
    ),
    "/campaigns/{campaign}/results": Operation(
        "Give results without disclosure control; needs a token for results.",
        ResultsDocument,
        parameters=[CAMPAIGN, *_OPTIONS],
    ),
}
