"""What an issuer signs with the closing key that its manifest names; a person carries it over."""

from abc import abstractmethod
from typing import ClassVar, Self

from pydantic import ConfigDict, ValidationError

from survey_app.crypto.encoding import Base64
from survey_app.crypto.signatures import SignatureError, verify
from survey_app.documents.design import Document, Identifier
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, SurveyError


class IssuerStatement(Document):
    """A statement under the root of one manifest.

    What stands beside its fields is read and left out.
    """

    model_config = ConfigDict(extra="ignore")
    REFUSAL: ClassVar[type[SurveyError]]
    """How a statement is refused that is not good."""
    NO_STATEMENT: ClassVar[str]
    """The sentence about a file that is no such statement."""

    campaign: Identifier
    root: Base64
    signature: Base64

    @classmethod
    def read(cls, document: bytes) -> Self:
        """Read a statement from JSON, which need not be in canonical form.

        Raises
        ------
        SurveyError
            It is none.
        """
        try:
            return cls.model_validate_json(document)
        except ValidationError:
            raise cls.REFUSAL(reason=cls.NO_STATEMENT) from None

    def check(self, manifest: PublishedManifest) -> None:
        """Refuse a statement that the manifest's issuer has not signed for it.

        Raises
        ------
        SurveyError
            It is another campaign's or manifest's, or its signature does not fit.
        """
        if self.campaign != manifest.campaign or self.root != manifest.root:
            raise self.REFUSAL(reason=N_("it is of another campaign or another manifest"))
        try:
            verify(manifest.closing_key or b"", self.signature, self.signed())
        except SignatureError:
            raise self.REFUSAL(reason=N_("its signature is not the issuer's")) from None

    @abstractmethod
    def signed(self) -> bytes:
        """Write what the issuer signs."""
