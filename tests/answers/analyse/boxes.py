"""Opened boxes made of answers, without a store."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

import numpy as np

from questionnaires import encode
from survey_app.answers.analyse.estimates.counts import OpenedBox, Pile, Sealed
from survey_app.crypto import sealing
from survey_app.documents.manifest import Design, Period, PublishedManifest, Stratum
from tests.sites import design

Answers = Mapping[str, int | None]
MODULUS = b"\xff" + bytes(254) + b"\x01"
POINT = sealing.public_bytes(sealing.generate_opening_key())


def published(plan: Design[Stratum]) -> PublishedManifest:
    """A design as a published manifest, whose keys nobody has."""
    strata = [stratum.model_dump() | {"key": MODULUS} for stratum in plan.strata]
    fields = plan.model_dump() | {"strata": strata, "issuer": "/issue", "sealing_key": POINT}
    return PublishedManifest.model_validate(fields)


def box(
    sheets: Mapping[str, Sequence[Answers]],
    plan: Design[Stratum] | None = None,
    sealed: Mapping[str, int] | None = None,
) -> OpenedBox:
    """A box in which the strata named have these sheets."""
    manifest = published(plan or design())
    piles = []
    for name, answers in sheets.items():
        strata = tuple(s for s in manifest.strata if s.id in name.split("+"))
        asked = manifest.questions(strata[0])
        rows = sorted(encode(asked, one) for one in answers)
        table = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, len(asked.codes))
        piles.append(Pile(name, strata, len(rows), {}, table))
    left = [Sealed(s, sealed[s.id]) for s in manifest.strata if sealed and s.id in sealed]
    content = sha256(manifest.canonical() + b"".join(p.sheets.tobytes() + b"|" for p in piles))
    return OpenedBox(content.digest(), manifest, bytes(32), tuple(piles), tuple(left))


def filled(plan: Design[Stratum], stratum: str, **answers: int | None) -> dict[str, int | None]:
    """A sheet that says yes to the screening item, no to all else but what is given."""
    found = plan.stratum(stratum)
    assert found
    asked = plan.questions(found)
    return {**dict.fromkeys(asked.codes, 0), asked.screening.code: 1, **answers}


def year(number: int) -> Period:
    """A calendar year as a reference period."""
    return Period(start=date(number, 1, 1), end=date(number, 12, 31))
