"""What both sides add to a design, for tests that write a manifest themselves."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.crypto.encoding import to_text
from survey_app.crypto.signatures import public_bytes
from survey_app.documents.validity import default_rule
from survey_app.identity.manage.campaigns.service import Issuer

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
