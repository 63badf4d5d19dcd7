"""Receipts, and the Merkle tree over them against the recursive definition of RFC 9162."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from survey_app.crypto.receipts import RECEIPT_BYTES, merkle_root, receipt

ENTRIES = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(entries: list[bytes]) -> bytes:
    """MTH as RFC 9162, section 2.1.1, defines it: split at the largest power of two below n."""
    n = len(entries)
    if n == 0:
        return sha256(b"")
    if n == 1:
        return sha256(b"\x00" + entries[0])
    k = 1 << (n - 1).bit_length() - 1
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:]))


def test_the_receipt_is_the_hash_of_message_and_sealed_answers():
    assert receipt(1, b"message", b"sealed") == sha256(b"receipt/v1messagesealed")
    framed = b"\0\0\0\x0areceipt/v2\0\0\0\x07message\0\0\0\x06sealed"
    assert receipt(2, b"message", b"sealed") == sha256(framed)


@given(message=st.binary(max_size=80), sealed=st.binary(min_size=1, max_size=80))
def test_any_other_ballot_has_another_receipt(message, sealed):
    second_ballot = bytes([sealed[0] ^ 1]) + sealed[1:]

    assert receipt(2, message, sealed) != receipt(2, message, second_ballot)
    assert len(receipt(2, message, sealed)) == RECEIPT_BYTES


def test_the_root_of_nothing_is_the_hash_of_nothing():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    assert merkle_root([]).hex() == empty


def test_the_root_of_one_is_its_leaf():
    assert merkle_root([b"a"]) == sha256(b"\x00a")


def test_the_root_of_three_carries_the_odd_one_up():
    a, b, c = (sha256(b"\x00" + entry) for entry in (b"a", b"b", b"c"))

    assert merkle_root([b"a", b"b", b"c"]) == sha256(b"\x01" + sha256(b"\x01" + a + b) + c)


@given(entries=ENTRIES)
def test_the_root_is_that_of_the_recursive_definition(entries):
    assert merkle_root(entries) == mth(sorted(entries))


@given(entries=ENTRIES, order=st.randoms())
def test_the_root_does_not_depend_on_the_order_of_arrival(entries, order):
    shuffled = list(entries)
    order.shuffle(shuffled)

    assert merkle_root(shuffled) == merkle_root(entries)


@given(entries=ENTRIES.filter(bool), data=st.data())
def test_the_root_changes_when_a_receipt_is_left_out(entries, data):
    left_out = data.draw(st.integers(0, len(entries) - 1))

    assert merkle_root(entries[:left_out] + entries[left_out + 1 :]) != merkle_root(entries)
