"""What the ballot box's JSON addresses take and give."""

from pydantic import BaseModel, ConfigDict

from survey_app.crypto.encoding import Base64
from survey_app.documents.design import Names
from survey_app.documents.manifest import PublishedManifest, StratumProof
from survey_app.web.openapi import CAMPAIGN, STRATUM, Operation


class Ballot(BaseModel):
    """One sealed ballot as a client posts it."""

    model_config = ConfigDict(extra="forbid")

    stratum: str
    message: Base64
    signature: Base64
    sealed: Base64


class Receipt(BaseModel):
    """The receipt of a ballot that is in the box, in hexadecimal digits, and the box's signature.

    Campaigns of the first edition have no signature.
    """

    receipt: str
    signature: Base64 | None = None


class OpenCampaign(BaseModel):
    """A campaign that takes ballots now."""

    campaign: str
    title: Names


class OpenCampaigns(BaseModel):
    """The campaigns that take ballots now."""

    campaigns: list[OpenCampaign]


class StratumTurnout(BaseModel):
    """A stratum's ballots: in tens, nothing below ten; exact after the close."""

    stratum: str
    ballots: int | None


class Turnout(BaseModel):
    """How many answered."""

    campaign: str
    strata: list[StratumTurnout]


class Receipts(BaseModel):
    """Everything that was counted: sorted receipts and their Merkle root (RFC 9162)."""

    campaign: str
    root: str
    strata: list[StratumTurnout]
    receipts: list[str]


OPERATIONS = {
    "/{campaign}/strata/{stratum}.json": Operation(
        "Give one stratum of the manifest, and the proof that it belongs to it.",
        StratumProof,
        parameters=[CAMPAIGN, STRATUM],
    ),
    "/campaigns.json": Operation("List the surveys that are open.", OpenCampaigns),
    "/{campaign}/manifest.json": Operation(
        "Give the published manifest, byte for byte what its digest is of.",
        PublishedManifest,
        parameters=[CAMPAIGN],
    ),
    "/{campaign}/ballots": Operation(
        "Put a sealed ballot into the box.", Receipt, Ballot, 201, parameters=[CAMPAIGN]
    ),
    "/{campaign}/turnout.json": Operation("Tell the turnout.", Turnout, parameters=[CAMPAIGN]),
    "/{campaign}/receipts.json": Operation(
        "List the receipts, after the close.", Receipts, parameters=[CAMPAIGN]
    ),
}
