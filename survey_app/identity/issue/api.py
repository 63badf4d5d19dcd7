"""The requests and replies of the issuer's JSON addresses."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from survey_app.crypto.encoding import Base64
from survey_app.documents.closing import StratumClaims
from survey_app.web.openapi import CAMPAIGN, Operation

TypedCode = Annotated[str, StringConstraints(max_length=100)]


class CodeOnly(BaseModel):
    """A code, to learn its stratum."""

    model_config = ConfigDict(extra="forbid")

    code: TypedCode


class CredentialRequest(CodeOnly):
    """A code, its stratum, and what is to be signed for it by the stratum's key."""

    stratum: str
    blinded: Base64


class CodeState(StrEnum):
    """What became of a code, as its holder may ask after the close."""

    USED = "used"
    UNUSED = "unused"
    WITHDRAWN = "withdrawn"
    """Replaced by another, or never good."""


class CodeStratum(BaseModel):
    """The stratum whose key is to be blinded for."""

    stratum: str


class BlindSignature(BaseModel):
    """What the client makes its credential of."""

    signature: Base64


class CodeUse(BaseModel):
    """What became of a code."""

    state: CodeState


class CredentialCounts(BaseModel):
    """The counts of a campaign that has closed: codes made good, and credentials signed for them.

    Campaigns of the first edition have neither root nor signature. ``receipts_root`` is the root
    over the answers side's receipts, once it was recorded.
    """

    campaign: str
    strata: list[StratumClaims]
    root: Base64 | None = None
    signature: Base64 | None = None
    receipts_root: str | None = None


OPERATIONS = {
    "/{campaign}/stratum": Operation(
        "Name the stratum of a code, whatever became of it.",
        CodeStratum,
        CodeOnly,
        parameters=[CAMPAIGN],
    ),
    "/{campaign}/credentials": Operation(
        "Spend a code on one blind signature (RFC 9474).",
        BlindSignature,
        CredentialRequest,
        parameters=[CAMPAIGN],
    ),
    "/{campaign}/used": Operation(
        "Tell whether a code was used, after the close.",
        CodeUse,
        CodeOnly,
        parameters=[CAMPAIGN],
    ),
    "/{campaign}/counts.json": Operation(
        "Count codes and credentials, after the close.", CredentialCounts, parameters=[CAMPAIGN]
    ),
}
