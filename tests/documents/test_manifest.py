"""The manifest: one spelling, one digest, and no impossible design in it."""

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from questionnaires import load
from survey_app.crypto import sealing
from survey_app.crypto.encoding import to_text
from survey_app.documents.design import CampaignDesign, Questions, Stratum
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.errors import ClosedError, ManifestError, NotYetOpenError

MODULUS = b"\xc1" + bytes(254) + b"\x01"
POINT = sealing.public_bytes(sealing.generate_opening_key())

Edit = Callable[[dict[str, Any]], Any]


def stratum(name: str, kind: str = "business", **fields: Any) -> dict[str, Any]:
    names = {"unit": "某大队", "post_category": {"zh": kind, "en": kind}}
    return {"id": name, **names, "kind": kind, "population": 100, "sample": 20, **fields}


def design() -> dict[str, Any]:
    return {
        "campaign": "autumn",
        "title": {"zh": "秋季 <调查>", "en": "Autumn"},
        "reference_period": {"start": "2025-09-01", "end": "2026-08-31"},
        "window": {"start": "2026-09-01", "end": "2026-09-30"},
        "questionnaires": {
            kind: Questions.of(load(name)).model_dump(mode="json")
            for kind, name in (("business", "external"), ("non-business", "internal"))
        },
        "strata": [stratum("north"), stratum("staff", "non-business")],
    }


def published() -> dict[str, Any]:
    strata = [{**stratum, "key": to_text(MODULUS)} for stratum in design()["strata"]]
    keys = {"issuer": "/issue", "sealing_key": to_text(POINT)}
    return {**design(), "format": "survey-manifest/1", "strata": strata, **keys}


def edited(content: dict[str, Any], edit: Edit) -> dict[str, Any]:
    document = copy.deepcopy(content)
    edit(document)
    return document


MANIFEST = PublishedManifest.model_validate(published())
CANONICAL = MANIFEST.canonical()

IMPOSSIBLE: dict[str, tuple[Edit, str]] = {
    "sample above population": (
        lambda d: d["strata"][0].update(sample=101),
        "the sample 101 is larger than the population 100",
    ),
    "population below 20": (
        lambda d: d["strata"][0].update(population=19, sample=10),
        "the population 19 is below 20",
    ),
    "no one sampled": (lambda d: d["strata"][0].update(sample=0), "greater than or equal to 1"),
    "a population that is no number": (
        lambda d: d["strata"][0].update(population="100"),
        "valid integer",
    ),
    "unknown kind": (lambda d: d["strata"][0].update(kind="other"), "'business' or 'non-business'"),
    "id used twice": (lambda d: d["strata"].append(stratum("north")), "'north' is used twice"),
    "id with capitals": (lambda d: d["strata"][0].update(id="North"), "pattern"),
    "no strata": (lambda d: d.update(strata=[]), "at least 1 item"),
    "no questionnaire": (
        lambda d: d["questionnaires"].pop("non-business"),
        "no questionnaire is named for non-business",
    ),
    "category of two kinds": (
        lambda d: d["strata"].append(stratum("more", "non-business", post_category="business")),
        "both business and non-business",
    ),
    "window backwards": (
        lambda d: d.update(window={"start": "2026-09-30", "end": "2026-09-01"}),
        "it ends on 2026-09-01, before it starts on 2026-09-30",
    ),
    "unknown field": (lambda d: d.update(colour="red"), "Extra inputs"),
    "questionnaire altered": (
        lambda d: d["questionnaires"]["business"]["text"]["title"].update(en="Another"),
        "digest does not fit",
    ),
}


def test_a_possible_design_is_accepted():
    assert CampaignDesign[Stratum].model_validate(design()).stratum("north") is not None


@pytest.mark.parametrize(("edit", "reason"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_design_is_refused_with_its_reason(edit, reason):
    with pytest.raises(ValidationError, match=reason):
        CampaignDesign[Stratum].model_validate(edited(design(), edit))


def test_a_census_of_the_smallest_stratum_is_possible():
    census = edited(design(), lambda d: d["strata"][0].update(population=20, sample=20))

    assert CampaignDesign[Stratum].model_validate(census).strata[0].sample == 20


def test_a_manifest_in_canonical_form_is_read():
    assert parse(PublishedManifest, CANONICAL) == MANIFEST


def test_the_canonical_form_has_sorted_keys_no_spaces_and_nothing_that_ends_a_script():
    text = CANONICAL.decode()
    spelled = json.dumps(
        json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )

    assert text == spelled.replace("<", "\\u003c")
    assert "秋季 \\u003c调查>" in text


def test_the_digest_is_the_hash_of_the_canonical_form():
    assert MANIFEST.digest == to_text(hashlib.sha256(CANONICAL).digest())
    assert len(MANIFEST.digest) == 43


@given(shuffle=st.randoms(use_true_random=False))
def test_the_canonical_form_does_not_depend_on_the_order_of_fields(shuffle):
    fields = list(published().items())
    shuffle.shuffle(fields)

    assert PublishedManifest.model_validate(dict(fields)).canonical() == CANONICAL


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


def test_the_window_includes_both_of_its_days():
    for day in (MANIFEST.window.start, MANIFEST.window.end):
        MANIFEST.check_window(day)


def test_before_and_after_the_window_nothing_is_taken():
    with pytest.raises(NotYetOpenError, match="2026-09-01"):
        MANIFEST.check_window(MANIFEST.window.start - timedelta(days=1))
    with pytest.raises(ClosedError):
        MANIFEST.check_window(date(2026, 10, 1))
