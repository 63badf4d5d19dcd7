"""Opened boxes made of answers, without a store."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

import numpy as np
from sqlalchemy.orm import Session

from questionnaires import encode
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile, SealedStratum
from survey_app.answers.store.models import Box as BoxState
from survey_app.answers.store.models import Campaign, Opening, Sheets
from survey_app.crypto import sealing
from survey_app.documents.design import CampaignDesign, Period, Stratum
from survey_app.documents.manifest import PublishedManifest
from tests.sites import design

Answers = Mapping[str, int | None]
MODULUS = b"\xff" + bytes(254) + b"\x01"
POINT = sealing.public_bytes(sealing.generate_opening_key())


def published(plan: CampaignDesign[Stratum], point: bytes = POINT) -> PublishedManifest:
    """A design as a published manifest, whose private keys do not exist."""
    strata = [stratum.model_dump() | {"key": MODULUS} for stratum in plan.strata]
    fields = plan.model_dump() | {"strata": strata, "issuer": "/issue", "sealing_key": point}
    return PublishedManifest.model_validate(fields)


def box(
    sheets: Mapping[str, Sequence[Answers]],
    plan: CampaignDesign[Stratum] | None = None,
    sealed: Mapping[str, int] | None = None,
) -> OpenedBox:
    """A box in which the strata named have these sheets."""
    manifest = published(plan or design())
    piles = []
    for name, answers in sheets.items():
        strata = tuple(s for s in manifest.strata if s.id in name.split("+"))
        questionnaire = manifest.questions(strata[0])
        rows = sorted(encode(questionnaire, sheet) for sheet in answers)
        table = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, len(questionnaire.codes))
        piles.append(Pile(name, strata, len(rows), {}, table))
    sealed_strata = [
        SealedStratum(s, sealed[s.id]) for s in manifest.strata if sealed and s.id in sealed
    ]
    content = sha256(manifest.canonical() + b"".join(p.sheets.tobytes() + b"|" for p in piles))
    return OpenedBox(content.digest(), manifest, bytes(32), tuple(piles), tuple(sealed_strata))


def store(session: Session, content: OpenedBox) -> None:
    """Put an opened box into a store, as an opening leaves it."""
    campaign = content.manifest.campaign
    session.add(
        Campaign(
            campaign=campaign,
            box=BoxState.OPENED,
            published=content.manifest.canonical(),
            merkle_root=content.merkle_root,
        )
    )
    session.flush()
    outcomes = [(pile.name, "kept", len(pile.sheets)) for pile in content.piles]
    outcomes += [(sealed.stratum.id, "sealed", sealed.ballots) for sealed in content.sealed]
    for pile in content.piles:
        session.add(Sheets(campaign=campaign, stratum=pile.name, answers=pile.sheets.tobytes()))
    for stratum, outcome, number in outcomes:
        session.add(Opening(campaign=campaign, stratum=stratum, outcome=outcome, sheets=number))


def filled_sheet(
    plan: CampaignDesign[Stratum], stratum: str, **answers: int | None
) -> dict[str, int | None]:
    """A sheet that says yes to the screening item, no to all else but these answers."""
    designed = plan.stratum(stratum)
    assert designed
    questionnaire = plan.questions(designed)
    return {**dict.fromkeys(questionnaire.codes, 0), questionnaire.screening.code: 1, **answers}


def year(number: int) -> Period:
    """A calendar year as a reference period."""
    return Period(start=date(number, 1, 1), end=date(number, 12, 31))
