"""Receipts: what proves that a ballot is in the box, and the root over all of them."""

import hashlib
from collections.abc import Sequence

from survey_app.crypto.encoding import bind, framed
from survey_app.crypto.merkle import root_of

RECEIPT_BYTES = 32


def receipt(edition: int, message: bytes, sealed: bytes) -> bytes:
    """Hash the credential's message and the sealed answers."""
    return hashlib.sha256(bind(edition, "receipt", message, sealed)).digest()


def signed_content(root: bytes, receipt: bytes) -> bytes:
    """Compose what the box signs for a ballot: the manifest's root, and the receipt."""
    return framed("signed-receipt/v2", root, receipt)


def merkle_root(receipts: Sequence[bytes]) -> bytes:
    """Merkle tree hash over receipts in sorted order (RFC 9162, section 2.1.1)."""
    return root_of(sorted(receipts))
