"""Sealed answers: RFC 9180, appendix A.3.1, and everything that must not open."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from survey_app.crypto import sealing
from survey_app.crypto.sealing import SealingError, open_sealed, seal

VECTOR = json.loads((Path(__file__).parent / "vectors" / "rfc9180_a31.json").read_text())
INFO = b"autumn" + bytes(32)
ANSWERS = bytes([1, 0, 8, 9, 255])
KEY = sealing.generate_opening_key()
POINT = sealing.public_bytes(KEY)
COMPRESSED = KEY.public_key().public_bytes(
    serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
)


def of_the_rfc(name: str) -> bytes:
    return bytes.fromhex(VECTOR[name])


def recipient_of_the_rfc() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(VECTOR["skRm"], 16), ec.SECP256R1())


def test_the_recipients_public_key_is_written_as_in_the_rfc():
    assert sealing.public_bytes(recipient_of_the_rfc()) == of_the_rfc("pkRm")


def test_what_the_rfc_sealed_opens():
    # The library's HPKE takes no associated data, so the vector's plaintext is encrypted once more
    # under the key and nonce that the RFC derived, with none: only those prove the key schedule.
    plaintext = bytes.fromhex(VECTOR["encryptions"][0]["pt"])
    ciphertext = AESGCM(of_the_rfc("key")).encrypt(of_the_rfc("base_nonce"), plaintext, b"")

    message = open_sealed(
        recipient_of_the_rfc(), of_the_rfc("info"), of_the_rfc("enc") + ciphertext
    )

    assert message == plaintext


@pytest.mark.parametrize(
    "encryption", VECTOR["encryptions"], ids=lambda encryption: f"seq {encryption['seq']}"
)
def test_the_rfcs_key_and_nonce_are_those_of_its_ciphertexts(encryption):
    nonce = int(VECTOR["base_nonce"], 16) ^ int(encryption["seq"])
    sealed = AESGCM(of_the_rfc("key")).encrypt(
        nonce.to_bytes(12, "big"),
        bytes.fromhex(encryption["pt"]),
        bytes.fromhex(encryption["aad"]),
    )

    assert sealed.hex() == encryption["ct"]


@given(answers=st.binary(max_size=50), info=st.binary(max_size=100))
def test_what_was_sealed_opens(answers, info):
    sealed = seal(KEY.public_key(), info, answers)

    assert open_sealed(KEY, info, sealed) == answers
    assert len(sealed) == sealing.sealed_length(len(answers))


def test_sealing_the_same_answers_twice_shows_no_likeness():
    first, second = (seal(KEY.public_key(), INFO, ANSWERS) for _ in range(2))

    assert first[: sealing.ENC_BYTES] != second[: sealing.ENC_BYTES]
    assert first[sealing.ENC_BYTES :] != second[sealing.ENC_BYTES :]


@given(bit=st.integers(0, 8 * sealing.sealed_length(len(ANSWERS)) - 1))
def test_sealed_answers_with_one_bit_changed_do_not_open(bit):
    sealed = bytearray(seal(KEY.public_key(), INFO, ANSWERS))
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(SealingError):
        open_sealed(KEY, INFO, bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 64, 65, 80, 85])
def test_sealed_answers_cut_short_do_not_open(length):
    with pytest.raises(SealingError):
        open_sealed(KEY, INFO, seal(KEY.public_key(), INFO, ANSWERS)[:length])


def test_sealed_answers_do_not_open_with_another_key():
    with pytest.raises(SealingError):
        open_sealed(sealing.generate_opening_key(), INFO, seal(KEY.public_key(), INFO, ANSWERS))


@pytest.mark.parametrize("elsewhere", [b"spring" + bytes(32), b"autumn" + b"\1" * 32, b""])
def test_sealed_answers_moved_elsewhere_do_not_open(elsewhere):
    with pytest.raises(SealingError):
        open_sealed(KEY, elsewhere, seal(KEY.public_key(), INFO, ANSWERS))


def test_a_public_key_read_back_is_the_same():
    point = sealing.public_bytes(KEY)

    assert sealing.public_bytes(sealing.load_public_key(point)) == point


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\x04" + bytes(64),
        b"\x04" + b"\xff" * 64,
        bytes(65),
        COMPRESSED,
        bytes([6 + POINT[64] % 2]) + POINT[1:],
    ],
    ids=["nothing", "zeros", "off the field", "no mark", "compressed", "hybrid"],
)
def test_what_is_no_point_of_the_curve_is_refused(point):
    with pytest.raises(SealingError):
        sealing.load_public_key(point)


def test_a_public_key_on_another_curve_is_refused():
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    for content in (pem, b"", b"-----BEGIN PUBLIC KEY-----\n"):
        with pytest.raises(sealing.SealingError, match="P-256"):
            sealing.read_public_pem(content)
