"""Opened boxes made of answers, without a store."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from questionnaires import encode
from survey_app.answers.analyse.estimates.compute import results
from survey_app.answers.analyse.estimates.counts import count
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile, SealedStratum
from survey_app.answers.store.models import Box as BoxState
from survey_app.answers.store.models import Campaign, Opening, Sheets
from survey_app.crypto import sealing
from survey_app.documents.design import CampaignDesign, Kind, Names, Period, Stratum
from survey_app.documents.manifest import FIRST, PublishedManifest
from survey_app.documents.results import Options, Results
from tests.manifests import ABOUT, OF_IDENTITY, of_answers
from tests.sites import design

Answers = Mapping[str, int | None]
MODULUS = b"\xff" + bytes(254) + b"\x01"
POINT = sealing.public_bytes(sealing.generate_opening_key())


def published(plan: CampaignDesign[Stratum], point: bytes = POINT) -> PublishedManifest:
    """A design as a published manifest, whose private keys do not exist."""
    strata = [stratum.model_dump() | {"key": MODULUS} for stratum in plan.strata]
    fields = plan.model_dump() | {"strata": strata} | OF_IDENTITY | of_answers(point)
    return PublishedManifest.model_validate(fields)


def published_in_the_first_edition(
    plan: CampaignDesign[Stratum], point: bytes
) -> PublishedManifest:
    """A design as release 0.1.0 published it."""
    strata = [stratum.model_dump() | {"key": MODULUS} for stratum in plan.strata]
    keys = {"issuer": "/issue", "sealing_key": point, "format": FIRST}
    fields = plan.model_dump(exclude=set(ABOUT)) | {"strata": strata}
    return PublishedManifest.model_validate(fields | keys)


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
        asked = manifest.questions(strata[0])
        rows = sorted(encode(asked, sheet_answers) for sheet_answers in answers)
        table = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, len(asked.codes))
        piles.append(Pile(name, strata, len(rows), {}, table))
    sealed_strata = [
        SealedStratum(s, sealed[s.id]) for s in manifest.strata if sealed and s.id in sealed
    ]
    content = sha256(manifest.canonical() + b"".join(p.sheets.tobytes() + b"|" for p in piles))
    return OpenedBox(content.digest(), manifest, bytes(32), tuple(piles), tuple(sealed_strata))


def store(session: Session, ballot_box: OpenedBox) -> None:
    """Put an opened box into a store, as an opening leaves it."""
    campaign = ballot_box.manifest.campaign
    session.add(
        Campaign(
            campaign=campaign,
            box=BoxState.OPENED,
            published=ballot_box.manifest.canonical(),
            merkle_root=ballot_box.merkle_root,
        )
    )
    session.flush()
    outcomes = [(pile.name, "kept", len(pile.sheets)) for pile in ballot_box.piles]
    outcomes += [(sealed.stratum.id, "sealed", sealed.ballots) for sealed in ballot_box.sealed]
    for pile in ballot_box.piles:
        session.add(Sheets(campaign=campaign, stratum=pile.name, answers=pile.sheets.tobytes()))
    for stratum, outcome, number in outcomes:
        session.add(Opening(campaign=campaign, stratum=stratum, outcome=outcome, sheets=number))


def filled_sheet(
    plan: CampaignDesign[Stratum], stratum: str, /, **answers: int | None
) -> dict[str, int | None]:
    """An attentive sheet: yes to the screening item, no to all else but these answers."""
    designed = plan.stratum(stratum)
    assert designed
    questionnaire = plan.questions(designed)
    sheet_answers: dict[str, int | None] = dict.fromkeys(questionnaire.codes, 0)
    sheet_answers[questionnaire.screening.code] = 1
    if questionnaire.attention:
        sheet_answers[questionnaire.attention.code] = questionnaire.attention.expect
    return sheet_answers | answers


PLAN = design()
CATEGORY = "post_category/business/Inspection 类"


def sheet(stratum: str = "north", /, **answers: int | None) -> dict[str, int | None]:
    """A sheet of the usual design: dealings, and no to all but these answers."""
    return filled_sheet(PLAN, stratum, **answers)


def three(
    north: Sequence[Answers],
    south: Sequence[Answers] | None = None,
    office: Sequence[Answers] | None = None,
) -> OpenedBox:
    """A box of the usual design; the strata left out have 12 and 10 sheets of no."""
    return box(
        {
            "north": north,
            "south": [sheet("south")] * 12 if south is None else south,
            "office": [sheet("office")] * 10 if office is None else office,
        }
    )


def estimate(ballot_box: OpenedBox, **options: Any) -> Results:
    """Results of a box under these options."""
    validated = Options.model_validate(options)
    return results(count(ballot_box, validated.validity), validated)


# Unit and category, population, issued, valid sheets and those with a contact of each stratum of
# r_estimates.R.
TWO_BY_TWO = {
    "ac": ("A", "C", 120, 40, 24, 6),
    "ad": ("A", "D", 200, 50, 30, 3),
    "bc": ("B", "C", 80, 30, 16, 5),
    "bd": ("B", "D", 300, 60, 36, 4),
}


def two_by_two() -> OpenedBox:
    """A box of two units by two post categories, whose numbers R gives."""
    strata = [
        Stratum(
            id=name,
            unit=Names(zh=unit, en=unit),
            post_category=Names(zh=category, en=category),
            kind=Kind.BUSINESS,
            population=population,
            sample=issued,
        )
        for name, (unit, category, population, issued, _, _) in TWO_BY_TWO.items()
    ]
    plan = design(strata=strata)
    return box(
        {
            name: [filled_sheet(plan, name, red_envelope=1)] * yes
            + [filled_sheet(plan, name)] * (valid - yes)
            for name, (_, _, _, _, valid, yes) in TWO_BY_TWO.items()
        },
        plan,
    )


def year(number: int) -> Period:
    """A calendar year as a reference period."""
    return Period(start=date(number, 1, 1), end=date(number, 12, 31))
