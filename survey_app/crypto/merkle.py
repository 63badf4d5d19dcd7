"""Merkle trees (RFC 9162, section 2.1), over SHA-256."""

import hashlib
from collections.abc import Sequence


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Merkle tree hash of a list (section 2.1.1)."""
    return _levels(leaves)[-1][0] if leaves else hashlib.sha256(b"").digest()


def paths_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Give each leaf's inclusion proof (section 2.1.3): the hashes beside its way to the root."""
    levels = _levels(leaves)
    return [
        [
            level[sibling]
            for depth, level in enumerate(levels[:-1])
            if (sibling := (at >> depth) ^ 1) < len(level)
        ]
        for at in range(len(leaves))
    ]


def root_by(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Compute the root that an inclusion proof leads to (section 2.1.3.2).

    Raises
    ------
    ValueError
        No proof for this place in a tree of this size has so many hashes.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    node, hashes, last = _leaf(leaf), list(path), size - 1
    while last:
        if index & 1 or index < last:
            if not hashes:
                raise ValueError("the proof is too short")
            beside = hashes.pop(0)
            node = _node(beside, node) if index & 1 else _node(node, beside)
        index, last = index >> 1, last >> 1
    if hashes:
        raise ValueError("the proof is too long")
    return node


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All nodes, from the leaves up; neighbours are paired, an odd last one is carried up.

    That equals the recursive definition.
    """
    levels = [[_leaf(entry) for entry in leaves]]
    while len(levels[-1]) > 1:
        level = levels[-1]
        parents = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        levels.append(parents + level[2 * len(parents) :])
    return levels


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left_child: bytes, right_child: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left_child + right_child).digest()
