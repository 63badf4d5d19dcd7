"""The manifest: read from its one spelling only, and with no impossible key in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from survey_app.crypto.encoding import to_text
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.errors import ManifestError
from tests.documents.plans import MODULUS, edited, published

MANIFEST = PublishedManifest.model_validate(published())
CANONICAL = MANIFEST.canonical()


def test_a_manifest_in_canonical_form_is_read():
    assert parse(PublishedManifest, CANONICAL) == MANIFEST


@given(place=st.integers(0, len(CANONICAL) - 1), change=st.integers(1, 255))
def test_a_manifest_with_one_byte_changed_is_refused_or_has_another_digest(place, change):
    document = bytearray(CANONICAL)
    document[place] ^= change
    try:
        manifest = parse(PublishedManifest, bytes(document))
    except ManifestError:
        return

    assert manifest.digest != MANIFEST.digest


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(published()).encode(),
        CANONICAL.replace(b"\\u003c", b"<"),
        CANONICAL.replace(b'"campaign":', b'"campaign": '),
    ],
    ids=["other order", "unescaped", "a space"],
)
def test_the_same_manifest_spelled_otherwise_is_refused(document):
    with pytest.raises(ManifestError, match="not in canonical form"):
        parse(PublishedManifest, document)


def test_spaces_around_a_manifest_do_not_matter():
    assert parse(PublishedManifest, b"\n" + CANONICAL + b"\r\n") == MANIFEST


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff", CANONICAL[:-1]])
def test_what_is_no_manifest_is_refused(document):
    with pytest.raises(ManifestError):
        parse(PublishedManifest, document)


def test_an_unpublished_manifest_is_not_taken_for_a_published_one():
    with pytest.raises(ManifestError, match="sealing_key"):
        parse(PublishedManifest, MANIFEST.unpublished().canonical())


def test_a_published_manifest_gives_back_what_the_identity_side_wrote():
    without_key = edited(published(), lambda d: d.pop("sealing_key"))

    assert MANIFEST.unpublished() == Manifest.model_validate(without_key)


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda d: d["strata"][0].update(key=to_text(bytes(256))), "key"),
        (lambda d: d["strata"][0].update(key=to_text(MODULUS[:-1])), "key"),
        (lambda d: d["strata"][0].update(key=to_text(MODULUS) + "="), "key"),
        (lambda d: d.update(sealing_key=to_text(b"\4" + bytes(64))), "sealing_key"),
        (lambda d: d.update(issuer="javascript:alert(1)"), "issuer"),
        (lambda d: d.update(issuer="//elsewhere/issue?"), "issuer"),
        (lambda d: d.update(format="survey-manifest/2"), "format"),
    ],
    ids=["even", "short", "padded", "off the curve", "script", "query", "format"],
)
def test_a_manifest_with_an_impossible_key_or_address_is_refused(edit, place):
    with pytest.raises(ValidationError, match=place):
        PublishedManifest.model_validate(edited(published(), edit))
