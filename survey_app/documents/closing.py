"""The issuer's closing statement: what it invited and signed, stratum by stratum, and no more.

It crosses from the identity side to the answers side after the close. Before the latest last day no
box opens without it: the holders of the keys cannot look into a box that still collects.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field

from survey_app.crypto.encoding import framed
from survey_app.crypto.signatures import CLOSING
from survey_app.documents.design import Identifier, Strict, canonical
from survey_app.documents.manifest import PublishedManifest
from survey_app.documents.statement import IssuerStatement
from survey_app.errors import N_, ClosingError

Count = Annotated[int, Field(strict=True, ge=0)]


class StratumClaims(Strict):
    """What the issuer did in one stratum: codes that it made good, credentials that it signed."""

    stratum: Identifier
    invited: Count
    credentials: Count


def signed_content(root: bytes, strata: Sequence[StratumClaims]) -> bytes:
    """Write what the issuer signs: the counts, under the root of the manifest."""
    counts = canonical([counts.model_dump(mode="json") for counts in strata])
    return framed(CLOSING, root, counts)


class ClosingStatement(IssuerStatement):
    """The counts of a campaign whose issuer has closed, signed with its closing key.

    What the issuer publishes beside them (``counts.json``) is read and left out.
    """

    REFUSAL = ClosingError
    NO_STATEMENT = N_("the file is not a closing statement")

    strata: tuple[StratumClaims, ...]

    @classmethod
    def sign(
        cls,
        key: Ed25519PrivateKey,
        campaign: str,
        root: bytes,
        strata: Sequence[StratumClaims],
    ) -> Self:
        """Sign the counts; ``strata`` are in the design's order."""
        signature = key.sign(signed_content(root, strata))
        return cls(campaign=campaign, root=root, strata=tuple(strata), signature=signature)

    def check(self, manifest: PublishedManifest) -> None:
        """Refuse a statement that the manifest's issuer has not signed for it.

        Raises
        ------
        ClosingError
            It is another campaign's or manifest's, or its signature or its strata do not fit.
        """
        super().check(manifest)
        if [counts.stratum for counts in self.strata] != [s.id for s in manifest.strata]:
            raise ClosingError(reason=N_("its strata are not the manifest's"))

    def check_ballots(self, ballots: Mapping[str, int]) -> None:
        """Refuse a box that holds more ballots in a stratum than credentials were signed for it.

        Raises
        ------
        ClosingError
            It does; the sentence names the stratum.
        """
        for counts in self.strata:
            if ballots.get(counts.stratum, 0) > counts.credentials:
                raise ClosingError(
                    N_(
                        "“%(stratum)s” has %(ballots)s ballots, but the issuer signed only "
                        "%(credentials)s credentials for it: the box was stuffed."
                    ),
                    stratum=counts.stratum,
                    ballots=ballots[counts.stratum],
                    credentials=counts.credentials,
                )

    def signed(self) -> bytes:
        """Write what the issuer signs."""
        return signed_content(self.root, self.strata)
