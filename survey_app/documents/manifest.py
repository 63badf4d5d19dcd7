"""The one document that crosses from the identity side to the answers side, and back.

A `CampaignDesign` is what a survey manager writes; a `Manifest` adds the issuer and each stratum's
key; a `PublishedManifest` adds the keys to which answers are sealed. All three are checked alike.

A manifest of the second edition is a header, which every client gets, and a Merkle tree of strata,
of which a client gets its own with the questionnaire that it is asked. One of the first edition is
a whole, known by its digest.
"""

import hashlib
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError, model_validator

from survey_app.crypto import merkle, sealing
from survey_app.crypto.blind_rsa import MODULUS_BYTES
from survey_app.crypto.credentials import printed_code
from survey_app.crypto.encoding import Base64, framed, to_text
from survey_app.crypto.seals import Seals
from survey_app.crypto.signatures import PUBLIC_KEY_BYTES
from survey_app.documents.design import CampaignDesign, CampaignHeader, Stratum, canonical
from survey_app.errors import N_, ManifestError, SurveyError

M = TypeVar("M", bound="Manifest")

FIRST, SECOND = "survey-manifest/1", "survey-manifest/2"


def _a_modulus(value: bytes) -> bytes:
    if len(value) != MODULUS_BYTES or value[0] < 0x80 or value[-1] % 2 == 0:
        raise ValueError("not a modulus of 2048 bits")
    return value


def _a_point(value: bytes) -> bytes:
    sealing.load_public_key(value)
    return value


def _of_length(length: int) -> AfterValidator:
    def checked(value: bytes) -> bytes:
        if len(value) != length:
            raise ValueError(f"not {length} bytes")
        return value

    return AfterValidator(checked)


Point = Annotated[Base64, AfterValidator(_a_point)]
SignatureKey = Annotated[Base64, _of_length(PUBLIC_KEY_BYTES)]
Sha256 = Annotated[Base64, _of_length(hashlib.sha256().digest_size)]


class KeyedStratum(Stratum):
    """A stratum with the public key (an RSA modulus) that signs its credentials."""

    key: Annotated[Base64, AfterValidator(_a_modulus)]

    def leaf(self) -> bytes:
        """Write the stratum as it is hashed into the manifest's tree."""
        return canonical(self.model_dump(mode="json"))


class StratumProof(BaseModel):
    """One stratum of a manifest with the proof that it belongs to it (RFC 9162, section 2.1.3).

    Attributes
    ----------
    stratum
        The leaf, as text.
    questionnaire
        What the stratum is asked: the header names its digest.
    index, size
        Its place among so many.
    path
        The hashes beside its way to the root of the tree.
    """

    stratum: str
    questionnaire: dict[str, Any]
    index: int
    size: int
    path: list[Base64]


class Manifest(CampaignDesign[KeyedStratum]):
    """What the identity side publishes when a campaign opens."""

    LEFT_OUT = CampaignHeader.LEFT_OUT | {"closing_key", "keeper_key", "receipts_key", "scripts"}

    format: Literal["survey-manifest/1", "survey-manifest/2"] = "survey-manifest/2"
    issuer: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/?#]+)?/[^\s?#]*$")]
    closing_key: SignatureKey | None = None
    """What the issuer signs its closing statement with."""

    @model_validator(mode="after")
    def _of_its_edition(self) -> Self:
        if self.edition == 1:
            present = [name for name in self.SECOND_ONLY if getattr(self, name, None) is not None]
            if present:
                raise ValueError(f"{FIRST} has no field '{present[0]}'")
        else:
            self._check_complete()
        return self

    SECOND_ONLY: ClassVar[tuple[str, ...]] = (
        *CampaignHeader.ABOUT,
        "latest_end",
        "validity",
        "closing_key",
        "keeper_key",
        "receipts_key",
        "scripts",
    )
    NEEDED: ClassVar[tuple[str, ...]] = ("validity", "closing_key")
    """What a manifest of the second edition must have."""

    def _check_complete(self) -> None:
        absent = [name for name in self.NEEDED if getattr(self, name) is None]
        if absent:
            raise ValueError(f"{SECOND} needs the field '{absent[0]}'")

    @property
    def edition(self) -> int:
        """The edition of the protocol that the campaign goes by."""
        return 1 if self.format == FIRST else 2


class PublishedManifest(Manifest):
    """The manifest with the keys to which answers are sealed: final."""

    NEEDED = (*Manifest.NEEDED, "receipts_key", "scripts")

    sealing_key: Point
    """The statisticians'."""
    keeper_key: Point | None = None
    """The seal keeper's, if there is one: without it no ballot opens."""
    receipts_key: SignatureKey | None = None
    """What the box signs receipts with."""
    scripts: dict[str, Sha256] | None = None
    """The digests of the scripts that respondents' pages run, by name."""

    def unpublished(self) -> Manifest:
        """Give back the manifest as the identity side wrote it."""
        of_answers = {"sealing_key", "keeper_key", "receipts_key", "scripts"}
        return Manifest.model_validate(self.model_dump(exclude=of_answers))

    def header(self) -> bytes:
        """Write what every client gets: all but the strata and what they are asked."""
        fields = self.content()
        del fields["strata"]
        fields["questionnaires"] = {
            kind: questions["digest"] for kind, questions in fields["questionnaires"].items()
        }
        return canonical(fields)

    @cached_property
    def tree_root(self) -> bytes:
        """The root of the Merkle tree of strata, in the design's order."""
        return merkle.root_of([stratum.leaf() for stratum in self.strata])

    @cached_property
    def root(self) -> bytes:
        """What links and cards pin: 32 bytes that change with everything in the manifest."""
        if self.edition == 1:
            return hashlib.sha256(self.canonical()).digest()
        return root_over(self.header(), self.tree_root, len(self.strata))

    @property
    def digest(self) -> str:
        """The root in base64url, as links and cards carry it."""
        return to_text(self.root)

    @cached_property
    def proofs(self) -> dict[str, StratumProof]:
        """Each stratum with its proof, by its id."""
        leaves = [stratum.leaf() for stratum in self.strata]
        return {
            stratum.id: StratumProof(
                stratum=leaf.decode(),
                questionnaire=self.questions(stratum).model_dump(mode="json"),
                index=at,
                size=len(leaves),
                path=path,
            )
            for at, (stratum, leaf, path) in enumerate(
                zip(self.strata, leaves, merkle.paths_of(leaves), strict=True)
            )
        }

    def printed_code(self, code: str) -> str:
        """Write an invitation code of this campaign as its holder gets it."""
        return printed_code(code, None if self.edition == 1 else self.root)

    def page(self, respond_url: str) -> str:
        """Compose the address of the survey's page, which a respondent can type."""
        return f"{respond_url}/{self.campaign}/"

    def link(self, respond_url: str, code: str, stratum: str) -> str:
        """Compose a respondent's link: what must not reach a server stands in its fragment."""
        return f"{self.page(respond_url)}#{code}.{self.digest}.{stratum}"

    def seals(self, stratum: Stratum) -> Seals:
        """Give the way in which a stratum's ballots are sealed."""
        return Seals(self.edition, self.campaign, stratum.id, self.sealing_key, self.keeper_key)


def root_over(header: bytes, tree_root: bytes, strata: int) -> bytes:
    """Compute the root of a manifest of the second edition."""
    return hashlib.sha256(framed(SECOND, header, tree_root, str(strata))).digest()


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
        raise ManifestError(reason=_reason(error)) from None
    if manifest.canonical() != document.strip():
        raise ManifestError(reason=N_("it is not in canonical form"))
    return manifest


def _reason(error: ValidationError) -> SurveyError | str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "json_invalid":
        return N_("the file is another one, or damaged")
    if first["type"] == "missing":
        return SurveyError(N_("“%(field)s” is missing"), field=place)
    return f"{place or 'the document'}: {first['msg'].removeprefix('Value error, ')}"
