"""Ed25519 keys of a campaign, derived from a secret of its side."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from survey_app.crypto.signatures import (
    SignatureError,
    campaign_key,
    public_bytes,
    public_pem,
    read_public_pem,
    side_key,
    verify,
)

SECRET = bytes(range(32))


def test_a_key_is_the_same_each_time_and_another_for_each_campaign_and_purpose():
    public = public_bytes(campaign_key(SECRET, "receipts/v2", "autumn"))

    assert public == public_bytes(campaign_key(SECRET, "receipts/v2", "autumn"))
    assert public != public_bytes(campaign_key(SECRET, "receipts/v2", "spring"))
    assert public != public_bytes(campaign_key(SECRET, "closing/v2", "autumn"))
    assert public != public_bytes(campaign_key(bytes(32), "receipts/v2", "autumn"))


def test_a_signature_fits_its_content_and_its_key_only():
    key = campaign_key(SECRET, "receipts/v2", "autumn")
    signature = key.sign(b"content")

    verify(public_bytes(key), signature, b"content")
    for public, content in ((public_bytes(key), b"other"), (bytes(32), b"content")):
        with pytest.raises(SignatureError):
            verify(public, signature, content)


def test_the_key_of_a_side_is_read_back_from_pem_and_no_other_key_is():
    key = side_key(SECRET, "releases/v1")
    elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = elliptic.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    assert read_public_pem(public_pem(key)) == public_bytes(key)
    assert public_bytes(key) != public_bytes(side_key(SECRET, "other/v1"))
    for content in (pem, b"", b"no key"):
        with pytest.raises(SignatureError):
            read_public_pem(content)
