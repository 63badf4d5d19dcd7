"""The manifest: read from its one spelling only, and with no impossible key in it."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from questionnaires import Questionnaire
from survey_app.crypto.encoding import to_text
from survey_app.crypto.merkle import root_by
from survey_app.documents.manifest import (
    KeyedStratum,
    Manifest,
    PublishedManifest,
    parse,
    root_over,
)
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
    of_answers = ("sealing_key", "receipts_key", "scripts")
    without_keys = edited(published(), lambda d: [d.pop(name) for name in of_answers])

    assert MANIFEST.unpublished() == Manifest.model_validate(without_keys)


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda d: d["strata"][0].update(key=to_text(bytes(256))), "key"),
        (lambda d: d["strata"][0].update(key=to_text(MODULUS[:-1])), "key"),
        (lambda d: d["strata"][0].update(key=to_text(MODULUS) + "="), "key"),
        (lambda d: d.update(sealing_key=to_text(b"\4" + bytes(64))), "sealing_key"),
        (lambda d: d.update(issuer="javascript:alert(1)"), "issuer"),
        (lambda d: d.update(issuer="//elsewhere/issue?"), "issuer"),
        (lambda d: d.update(format="survey-manifest/3"), "format"),
        (lambda d: d.update(format="survey-manifest/1"), "has no field"),
        (lambda d: d.pop("receipts_key"), "receipts_key"),
        (lambda d: d.pop("closing_key"), "closing_key"),
        (lambda d: d.update(keeper_key=to_text(bytes(65))), "keeper_key"),
    ],
    ids=[
        "even",
        "short",
        "padded",
        "off the curve",
        "script",
        "query",
        "format",
        "mixed",
        "unsigned receipts",
        "unsigned close",
        "keeper",
    ],
)
def test_a_manifest_with_an_impossible_key_or_address_is_refused(edit, place):
    with pytest.raises(ValidationError, match=place):
        PublishedManifest.model_validate(edited(published(), edit))


def test_the_root_is_over_the_header_and_the_tree_of_strata():
    assert MANIFEST.root == root_over(MANIFEST.header(), MANIFEST.tree_root, 2)
    assert b"strata" not in MANIFEST.header()
    assert b"dealings" not in MANIFEST.header()


def test_each_stratum_is_proven_by_its_leaf_and_path():
    for stratum in MANIFEST.strata:
        proof = MANIFEST.proofs[stratum.id]
        leaf = proof.stratum.encode()

        assert KeyedStratum.model_validate_json(leaf) == stratum
        questionnaire = Questionnaire.model_validate(proof.questionnaire)
        assert questionnaire == MANIFEST.questions(stratum)
        assert questionnaire.digest.encode() in MANIFEST.header()
        assert root_by(leaf, proof.index, proof.size, proof.path) == MANIFEST.tree_root


def test_a_manifest_of_the_first_edition_has_no_new_field_and_keeps_its_digest():
    first = edited(
        published(), lambda d: [d.pop(n) for n in PublishedManifest.SECOND_ONLY if n in d]
    )
    first["format"] = "survey-manifest/1"
    manifest = PublishedManifest.model_validate(first)

    document = manifest.canonical()
    assert parse(PublishedManifest, document).canonical() == document
    assert json.loads(document).keys() == first.keys() | {"risk"}
    assert manifest.root == hashlib.sha256(document).digest()
    assert manifest.edition == 1
