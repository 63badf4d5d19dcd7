"""Proofs of inclusion (RFC 9162, section 2.1.3) in trees of every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.crypto.merkle import paths_of, root_by, root_of

LEAVES = st.lists(st.binary(max_size=40), min_size=1, max_size=70, unique=True)


@given(leaves=LEAVES)
def test_every_leaf_is_proven_to_be_under_the_root(leaves):
    for index, (leaf, path) in enumerate(zip(leaves, paths_of(leaves), strict=True)):
        assert root_by(leaf, index, len(leaves), path) == root_of(leaves)


@given(leaves=LEAVES, another_leaf=st.binary(max_size=40), data=st.data())
def test_ananother_leaf_leaf_is_not(leaves, another_leaf, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    if another_leaf == leaves[index]:
        return

    assert root_by(another_leaf, index, len(leaves), paths_of(leaves)[index]) != root_of(leaves)


@pytest.mark.parametrize(("index", "size", "hashes"), [(3, 3, 2), (0, 3, 1), (0, 3, 3), (-1, 3, 2)])
def test_a_proof_of_ananother_leaf_shape_is_refused(index, size, hashes):
    with pytest.raises(ValueError, match=r"leaf|proof"):
        root_by(b"leaf", index, size, [bytes(32)] * hashes)
