"""What both sides add to a design, for tests that write a manifest themselves."""

from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.crypto.encoding import to_text
from survey_app.crypto.signatures import public_bytes
from survey_app.documents.closing import ClosingStatement, StratumClaims
from survey_app.documents.extension import ExtensionStatement
from survey_app.documents.manifest import PublishedManifest
from survey_app.documents.validity import default_rule
from survey_app.identity.manage.campaigns.service import Issuer

ABOUT: dict[str, Any] = {
    "organiser": {"zh": "某市某局", "en": "A bureau"},
    "purpose": {"zh": "改进工作", "en": "To improve our work"},
    "results": {"zh": "向全体公布", "en": "All will read them"},
    "contact": {"zh": "电话 000", "en": "Telephone 000"},
    "report_channel": {"zh": "举报电话 000", "en": "Reports: telephone 000"},
}
"""What a survey that is no rehearsal tells respondents of itself: short, for pages are weighed."""
RECEIPTS_KEY = b"r" * 32
"""No private key belongs to it."""
CLOSING_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
CLOSING_KEY = public_bytes(CLOSING_PRIVATE)
ISSUER = Issuer("/issue", CLOSING_KEY)
OF_IDENTITY: dict[str, Any] = {
    "issuer": ISSUER.address,
    "closing_key": to_text(CLOSING_KEY),
    "validity": default_rule().model_dump(mode="json"),
}


def of_answers(point: bytes | str) -> dict[str, Any]:
    """The answers side's fields, with the statisticians' public key."""
    return {
        "sealing_key": point if isinstance(point, str) else to_text(point),
        "receipts_key": to_text(RECEIPTS_KEY),
        "scripts": {"survey.js": to_text(bytes(32)), "receipts.js": to_text(bytes(32))},
    }


def extension(manifest: PublishedManifest, last_day: date) -> ExtensionStatement:
    """The issuer's extension of the last day."""
    return ExtensionStatement.sign(CLOSING_PRIVATE, manifest.campaign, manifest.root, last_day)


def closing_statement(manifest: PublishedManifest, **credentials: int) -> ClosingStatement:
    """The issuer's statement: every person of the sample got a credential, or so many did."""
    counts = [
        StratumClaims(
            stratum=stratum.id,
            invited=stratum.sample,
            credentials=credentials.get(stratum.id, stratum.sample),
        )
        for stratum in manifest.strata
    ]
    return ClosingStatement.sign(CLOSING_PRIVATE, manifest.campaign, manifest.root, counts)
