"""The extension of a campaign: a later last day, signed, under which no pinned byte changes.

It crosses from the identity side to the answers side while a campaign collects. The days that the
manifest names stay as planned; what is done by the day asks `extended`.
"""

from datetime import date
from functools import lru_cache
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.crypto.encoding import framed
from survey_app.crypto.signatures import EXTENSION
from survey_app.documents.design import Period
from survey_app.documents.manifest import PublishedManifest
from survey_app.documents.statement import IssuerStatement
from survey_app.errors import N_, ExtensionError, SurveyError


def signed_content(root: bytes, last_day: date) -> bytes:
    """Write what the issuer signs: the day, under the root of the manifest."""
    return framed(EXTENSION, root, last_day.isoformat())


class ExtensionStatement(IssuerStatement):
    """The last day to which a campaign was extended, signed with its closing key."""

    REFUSAL = ExtensionError
    NO_STATEMENT = N_("the file is not an extension")

    last_day: date

    @classmethod
    def sign(cls, key: Ed25519PrivateKey, campaign: str, root: bytes, last_day: date) -> Self:
        """Sign the day."""
        signature = key.sign(signed_content(root, last_day))
        return cls(campaign=campaign, root=root, last_day=last_day, signature=signature)

    def check(self, manifest: PublishedManifest) -> None:
        """Refuse an extension that the issuer has not signed, or that the manifest does not allow.

        Raises
        ------
        ExtensionError
            It is another campaign's or manifest's, its signature does not fit, or its day is not
            between the last day of the manifest and the latest.
        """
        if manifest.edition == 1:
            raise ExtensionError(reason=N_("a campaign of the first edition is not extended"))
        super().check(manifest)
        first, last = manifest.window.end, manifest.latest_day
        if not first < self.last_day <= last:
            sentence = N_("the manifest allows a day after %(first)s, and %(last)s at the latest")
            raise ExtensionError(reason=SurveyError(sentence, first=first, last=last))

    def signed(self) -> bytes:
        """Write what the issuer signs."""
        return signed_content(self.root, self.last_day)


def extended(window: Period, extension: bytes | None) -> Period:
    """Give the days on which answers are taken: those planned, or to the day of the extension.

    Parameters
    ----------
    extension
        The latest statement, which was checked when it was stored, if there is one.
    """
    if extension is None:
        return window
    return Period(start=window.start, end=_last_day(extension))


@lru_cache(maxsize=64)
def _last_day(extension: bytes) -> date:
    """Read a stored statement, once for every content."""
    return ExtensionStatement.read(extension).last_day
