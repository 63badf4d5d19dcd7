"""Receipts, and the Merkle tree over them (RFC 9162, section 2.1)."""

import hashlib
from collections.abc import Sequence

RECEIPT_BYTES = 32


def receipt(message: bytes, sealed: bytes) -> bytes:
    """Hash the credential's message and the sealed answers: the proof that a ballot is in."""
    return hashlib.sha256(b"receipt/v1" + message + sealed).digest()


def merkle_root(receipts: Sequence[bytes]) -> bytes:
    """Merkle tree hash over receipts in sorted order (RFC 9162, section 2.1.1)."""
    level = [_leaf(entry) for entry in sorted(receipts)]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        # Pairing neighbours and carrying an odd last one up equals the recursive definition.
        parents = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = parents + level[2 * len(parents) :]
    return level[0]


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left_child: bytes, right_child: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left_child + right_child).digest()
