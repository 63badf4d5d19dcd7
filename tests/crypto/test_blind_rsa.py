"""Blind signatures: RFC 9474, appendix A, and everything that must be refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.crypto import blind_rsa
from survey_app.crypto.blind_rsa import (
    BlindSignatureError,
    SigningKey,
    blind,
    blind_sign,
    finalize,
    prepare,
    verify,
)

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rfc9474.json").read_text())
FULL_SALT = [vector for vector in VECTORS if int(vector["sLen"], 16) == blind_rsa.SALT_BYTES]
MESSAGE = b"a message"


def hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def integer(text: str) -> int:
    return int(text, 16)


def key_of(vector: dict[str, str]) -> SigningKey:
    return SigningKey.from_numbers(*(integer(vector[name]) for name in ("p", "q", "d")))


def blinded_as_in(vector: dict[str, str]) -> blind_rsa.Blinded:
    return blind(
        hexadecimal(vector["n"]),
        hexadecimal(vector["input_msg"]),
        salt=hexadecimal(vector["salt"]),
        inverse=integer(vector["inv"]),
    )


def by_name(vectors: list[dict[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=[vector["name"] for vector in vectors])


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.from_der(blind_rsa.generate_key())


@pytest.fixture(scope="module")
def other_key() -> SigningKey:
    return SigningKey.from_der(blind_rsa.generate_key())


def test_all_four_variants_of_the_rfc_are_there():
    assert sorted(vector["name"] for vector in VECTORS) == [
        "RSABSSA-SHA384-PSS-Deterministic",
        "RSABSSA-SHA384-PSS-Randomized",
        "RSABSSA-SHA384-PSSZERO-Deterministic",
        "RSABSSA-SHA384-PSSZERO-Randomized",
    ]


@by_name([vector for vector in VECTORS if vector["msg_prefix"]])
def test_preparing_puts_the_prefix_before_the_message(vector):
    message = prepare(hexadecimal(vector["msg"]), hexadecimal(vector["msg_prefix"]))

    assert message == hexadecimal(vector["input_msg"])


@by_name(VECTORS)
def test_blinding_gives_the_blinded_message_of_the_rfc(vector):
    assert blinded_as_in(vector).blinded == hexadecimal(vector["blinded_msg"])


@by_name(VECTORS)
def test_signing_gives_the_blind_signature_of_the_rfc(vector):
    assert blind_sign(key_of(vector), hexadecimal(vector["blinded_msg"])) == hexadecimal(
        vector["blind_sig"]
    )


@by_name(FULL_SALT)
def test_finalizing_gives_the_signature_of_the_rfc(vector):
    signature = finalize(
        hexadecimal(vector["n"]), blinded_as_in(vector), hexadecimal(vector["blind_sig"])
    )

    assert signature == hexadecimal(vector["sig"])


@by_name([vector for vector in VECTORS if vector not in FULL_SALT])
def test_a_signature_without_salt_is_another_variant_and_refused(vector):
    with pytest.raises(BlindSignatureError):
        finalize(hexadecimal(vector["n"]), blinded_as_in(vector), hexadecimal(vector["blind_sig"]))


@settings(max_examples=20)
@given(content=st.binary(max_size=200))
def test_what_was_blinded_and_signed_verifies(key, content):
    state = blind(key.modulus, prepare(content))

    signature = finalize(key.modulus, state, blind_sign(key, state.blinded))

    verify(key.modulus, state.message, signature)
    assert state.message[blind_rsa.PREFIX_BYTES :] == content


def test_preparing_twice_gives_different_messages():
    assert prepare(MESSAGE) != prepare(MESSAGE)


def test_blinding_one_message_twice_shows_no_likeness(key):
    assert blind(key.modulus, MESSAGE).blinded != blind(key.modulus, MESSAGE).blinded


def test_signing_the_same_blinded_message_again_gives_the_same_answer(key):
    blinded = blind(key.modulus, MESSAGE).blinded

    assert blind_sign(key, blinded) == blind_sign(key, blinded)


@pytest.mark.parametrize("length", [0, 1, 255, 257, 512])
def test_a_blinded_message_of_another_length_is_refused(key, length):
    with pytest.raises(BlindSignatureError, match="wrong length"):
        blind_sign(key, bytes(length))


@pytest.mark.parametrize("above", [0, 1])
def test_a_blinded_message_that_is_not_below_the_modulus_is_refused(key, above):
    blinded = (int(key.n) + above).to_bytes(blind_rsa.MODULUS_BYTES, "big")

    with pytest.raises(BlindSignatureError, match="not below the modulus"):
        blind_sign(key, blinded)


def test_a_faulty_half_of_the_key_never_lets_a_signature_out(key):
    faulty_key = SigningKey(key.n, key.d, key.p, key.q, key.d_p + 2, key.d_q, key.q_inv)

    with pytest.raises(BlindSignatureError, match="its own check"):
        blind_sign(faulty_key, blind(key.modulus, MESSAGE).blinded)


def test_an_issuer_with_another_key_than_the_published_one_is_caught(key, other_key):
    state = blind(key.modulus, MESSAGE)
    smaller = min(key, other_key, key=lambda public: public.n)
    reduced = int.from_bytes(state.blinded, "big") % int(smaller.n)
    tagging = blind_sign(other_key, reduced.to_bytes(blind_rsa.MODULUS_BYTES, "big"))

    with pytest.raises(BlindSignatureError, match="does not fit"):
        finalize(key.modulus, state, tagging)


@pytest.mark.parametrize("length", [0, 255, 257])
def test_a_blind_signature_of_another_length_is_refused(key, length):
    with pytest.raises(BlindSignatureError, match="wrong length"):
        finalize(key.modulus, blind(key.modulus, MESSAGE), bytes(length))


def signature_of(key: SigningKey, message: bytes) -> bytes:
    state = blind(key.modulus, message)
    return finalize(key.modulus, state, blind_sign(key, state.blinded))


@given(bit=st.integers(0, 2047))
@settings(max_examples=30)
def test_a_signature_with_one_bit_changed_is_refused(key, bit):
    signature = bytearray(signature_of(key, MESSAGE))
    signature[bit // 8] ^= 1 << bit % 8

    with pytest.raises(BlindSignatureError):
        verify(key.modulus, MESSAGE, bytes(signature))


@pytest.mark.parametrize("change", [b"", b"a messagf", b"a message "])
def test_a_signature_over_another_message_is_refused(key, change):
    with pytest.raises(BlindSignatureError):
        verify(key.modulus, change, signature_of(key, MESSAGE))


def test_a_signature_of_another_key_is_refused(key, other_key):
    with pytest.raises(BlindSignatureError):
        verify(key.modulus, MESSAGE, signature_of(other_key, MESSAGE))


@pytest.mark.parametrize("signature", [b"", bytes(256), b"\xff" * 256, bytes(255), bytes(10_000)])
def test_what_is_no_signature_at_all_is_refused(key, signature):
    with pytest.raises(BlindSignatureError):
        verify(key.modulus, MESSAGE, signature)


def test_a_key_read_back_is_the_key_that_was_made():
    der = blind_rsa.generate_key()

    read = SigningKey.from_der(der)

    assert len(read.modulus) == blind_rsa.MODULUS_BYTES
    assert read.p * read.q == read.n
    assert SigningKey.from_der(der) == read
