"""Designs and manifests as they are written by hand, and edited by tests."""

import copy
from collections.abc import Callable
from typing import Any

from questionnaires import load
from survey_app.crypto import sealing
from survey_app.crypto.encoding import to_text
from survey_app.documents.design import Questions
from tests.manifests import OF_IDENTITY, of_answers

MODULUS = b"\xc1" + bytes(254) + b"\x01"
POINT = sealing.public_bytes(sealing.generate_opening_key())

Edit = Callable[[dict[str, Any]], Any]


def stratum(name: str, kind: str = "business", **fields: Any) -> dict[str, Any]:
    """A stratum of 20 in 100."""
    names = {"unit": "某大队", "post_category": {"zh": kind, "en": kind}}
    return {"id": name, **names, "kind": kind, "population": 100, "sample": 20, **fields}


def design() -> dict[str, Any]:
    """A design of two strata of two kinds."""
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
    """The same as a published manifest."""
    strata = [{**row, "key": to_text(MODULUS)} for row in design()["strata"]]
    keys = OF_IDENTITY | of_answers(POINT)
    return {**design(), "format": "survey-manifest/2", "strata": strata, **keys}


def edited(content: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """A copy that was changed."""
    copied = copy.deepcopy(content)
    edit(copied)
    return copied
