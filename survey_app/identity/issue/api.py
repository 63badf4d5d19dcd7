"""The requests and replies of the issuer's JSON addresses."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from survey_app.crypto.encoding import Base64
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


class CodeStratum(BaseModel):
    """The stratum whose key is to be blinded for."""

    stratum: str


class BlindSignature(BaseModel):
    """What the client makes its credential of."""

    signature: Base64


class StratumCount(BaseModel):
    """How many codes a stratum had, and how many credentials were claimed with them."""

    stratum: str
    invited: int
    credentials: int


class CredentialCounts(BaseModel):
    """The counts of a campaign that has closed."""

    campaign: str
    strata: list[StratumCount]


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
    "/{campaign}/counts.json": Operation(
        "Count codes and credentials, after the close.", CredentialCounts, parameters=[CAMPAIGN]
    ),
}
