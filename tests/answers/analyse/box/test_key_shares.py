"""Shares of words: those of SLIP-39's published vectors, and any two of three, never one."""

import hashlib
from itertools import permutations

import pytest
import shamir_mnemonic
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.answers.analyse.box import key_shares
from survey_app.crypto import sealing
from survey_app.errors import OpeningError

# SLIP-0039, vectors.json, 23: "Basic sharing 2-of-3 (256 bits)", under the passphrase TREZOR.
VECTOR = [
    " ".join(words.split())
    for words in (
        """humidity disease academic always aluminum jewelry energy woman receiver strategy amuse
        duckling lying evidence network walnut tactics forget hairy rebound impulse brother survive
        clothes stadium mailman rival ocean reward venture always armed unwrap""",
        """humidity disease academic agency actress jacket gross physics cylinder solution fake
        mortgage benefit public busy prepare sharp friar change work slow purchase ruler again
        tricycle involve viral wireless mixture anatomy desert cargo upgrade""",
    )
]
SECRET = bytes.fromhex("c938b319067687e990e05e0da0ecce1278f75ff58d9853f19dcaeed5de104aae")
IDENTIFIER, EXPONENT = 14279, 2  # in the vector's first two words
# Any scalar of the curve P-256: from 1 to its order less one.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
scalars = st.integers(1, ORDER - 1)


def scalar(key):
    return key.private_numbers().private_value


def feistel(passphrase, block, rounds):
    """SLIP-0039's encryption of the master secret: PBKDF2 in four rounds, backwards to decrypt."""
    left_half, right_half = block[:16], block[16:]
    for number in rounds:
        salt = b"shamir" + IDENTIFIER.to_bytes(2) + right_half
        word = bytes([number]) + passphrase
        mask = hashlib.pbkdf2_hmac("sha256", word, salt, 2500 << EXPONENT, 16)
        left_half, right_half = (
            right_half,
            bytes(a ^ b for a, b in zip(left_half, mask, strict=True)),
        )
    return right_half + left_half


def test_the_published_shares_give_the_published_secret_without_its_passphrase():
    """Our shares have no passphrase: the vector's secret is encrypted by its own, then read so."""
    encrypted = feistel(b"TREZOR", SECRET, range(4))
    expected = feistel(b"", encrypted, reversed(range(4)))

    assert scalar(key_shares.combine(VECTOR)) == int.from_bytes(expected)


@settings(max_examples=10)
@given(scalars)
def test_any_two_of_three_shares_give_the_key_in_either_order(number):
    key = ec.derive_private_key(number, ec.SECP256R1())
    shares = key_shares.split(key)

    for pair in permutations(shares, 2):
        assert scalar(key_shares.combine(pair)) == number
    assert scalar(key_shares.combine(shares)) == number


@pytest.mark.parametrize("number", [1, 255, ORDER - 1])
def test_a_key_of_few_bits_is_shared_in_full_length(number):
    words = [
        share.split() for share in key_shares.split(ec.derive_private_key(number, ec.SECP256R1()))
    ]

    # SLIP-0039: 33 words carry 256 bits
    assert [len(share) for share in words] == [33] * 3
    assert scalar(key_shares.combine([" ".join(share) for share in words[1:]])) == number


def test_shares_ask_for_two_and_are_never_the_same_again():
    key = sealing.generate_opening_key()
    first, second = key_shares.split(key), key_shares.split(key)

    assert not set(first) & set(second)
    for share in map(shamir_mnemonic.Share.from_mnemonic, first):
        assert (share.member_threshold, share.group_threshold, share.group_count) == (2, 1, 1)


def test_one_share_says_nothing_however_often_it_is_typed():
    share = key_shares.split(sealing.generate_opening_key())[0]

    for lines in ([share], [share, share], [share, share.upper(), f"  {share} "], [share, ""], []):
        with pytest.raises(OpeningError, match="two different shares"):
            key_shares.combine(lines)


def test_capitals_and_blanks_do_not_matter():
    key = sealing.generate_opening_key()
    first, _, third = key_shares.split(key)

    lines = [first.upper(), "", "\t" + third.replace(" ", "  \n")]

    assert scalar(key_shares.combine(lines)) == scalar(key)


def test_a_mistyped_word_is_named_by_the_number_of_its_share():
    first, second, _ = key_shares.split(sealing.generate_opening_key())
    # the checksum finds any three wrong words
    mistyped = " ".join(["academic", *second.split()[1:]])
    short = " ".join(second.split()[:-1])

    for wrong in (mistyped, short, "no word of the list"):
        with pytest.raises(OpeningError, match="Share 2 is not one"):
            key_shares.combine([first, wrong])


def test_shares_of_two_keys_give_none():
    shares = [key_shares.split(sealing.generate_opening_key())[at] for at in range(2)]

    with pytest.raises(OpeningError, match="not of one key"):
        key_shares.combine(shares)


def test_shares_of_a_number_that_is_no_key_of_the_curve_give_none():
    ((first, second, _),) = shamir_mnemonic.generate_mnemonics(
        1, [(2, 3)], ORDER.to_bytes(32), iteration_exponent=0
    )

    with pytest.raises(OpeningError, match="not of one key"):
        key_shares.combine([first, second])
