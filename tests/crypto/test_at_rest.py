"""Secrets in a store open under their key, in their place, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.crypto.at_rest import KEY_BYTES, AtRestError, decrypt, encrypt

KEY = bytes(range(KEY_BYTES))
SECRET = b"a signing key"


@given(key=st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), secret=st.binary(), place=st.text())
def test_what_was_encrypted_decrypts_in_its_place(key, secret, place):
    assert decrypt(key, encrypt(key, secret, place), place) == secret


def test_encrypting_twice_shows_no_likeness():
    assert encrypt(KEY, SECRET, "autumn") != encrypt(KEY, SECRET, "autumn")


def test_the_secret_is_not_in_what_is_stored():
    assert SECRET not in encrypt(KEY, SECRET, "autumn")


def test_another_key_does_not_open_it():
    with pytest.raises(AtRestError):
        decrypt(bytes(KEY_BYTES), encrypt(KEY, SECRET, "autumn"), "autumn")


def test_another_place_does_not_open_it():
    with pytest.raises(AtRestError):
        decrypt(KEY, encrypt(KEY, SECRET, "autumn"), "spring")


@given(bit=st.integers(0, 8 * (12 + len(SECRET) + 16) - 1))
def test_one_bit_changed_does_not_open(bit):
    ciphertext = bytearray(encrypt(KEY, SECRET, "autumn"))
    ciphertext[bit // 8] ^= 1 << bit % 8

    with pytest.raises(AtRestError):
        decrypt(KEY, bytes(ciphertext), "autumn")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27])
def test_a_stored_secret_cut_short_does_not_open(length):
    with pytest.raises(AtRestError):
        decrypt(KEY, encrypt(KEY, SECRET, "autumn")[:length], "autumn")
