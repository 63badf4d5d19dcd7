"""Ed25519 keys of a campaign, derived from a secret of its side."""

import pytest

from survey_app.crypto.signatures import (
    SignatureError,
    campaign_key,
    public_bytes,
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
