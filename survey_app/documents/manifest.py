"""The one document that crosses from the identity side to the answers side, and back.

A `CampaignDesign` is what a survey manager writes; a `Manifest` adds the issuer and each stratum's
key; a `PublishedManifest` adds the key to which answers are sealed. All three are checked alike.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, StringConstraints, ValidationError

from survey_app.crypto import sealing
from survey_app.crypto.blind_rsa import MODULUS_BYTES
from survey_app.crypto.encoding import Base64
from survey_app.documents.design import CampaignDesign, Stratum
from survey_app.errors import ManifestError

M = TypeVar("M", bound="Manifest")


def _a_modulus(value: bytes) -> bytes:
    if len(value) != MODULUS_BYTES or value[0] < 0x80 or value[-1] % 2 == 0:
        raise ValueError("not a modulus of 2048 bits")
    return value


def _a_point(value: bytes) -> bytes:
    sealing.load_public_key(value)
    return value


class KeyedStratum(Stratum):
    """A stratum with the public key (an RSA modulus) that signs its credentials."""

    key: Annotated[Base64, AfterValidator(_a_modulus)]


class Manifest(CampaignDesign[KeyedStratum]):
    """What the identity side publishes when a campaign opens."""

    format: Literal["survey-manifest/1"] = "survey-manifest/1"
    issuer: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/?#]+)?/[^\s?#]*$")]


class PublishedManifest(Manifest):
    """The manifest with the key to which answers are sealed: final."""

    sealing_key: Annotated[Base64, AfterValidator(_a_point)]

    def unpublished(self) -> Manifest:
        """Give back the manifest as the identity side wrote it."""
        return Manifest.model_validate(self.model_dump(exclude={"sealing_key"}))


def parse(kind: type[M], document: bytes) -> M:
    """Read a manifest from its canonical bytes.

    Raises
    ------
    ManifestError
        It is not a manifest, or not in canonical form.
    """
    try:
        manifest = kind.model_validate_json(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ManifestError(
            reason=f"{place}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
    if manifest.canonical() != document.strip():
        raise ManifestError(reason="it is not in canonical form")
    return manifest
