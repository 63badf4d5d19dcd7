"""Read an opened box from the answers store."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.answers.analyse.box.contents import SEALED, SHEET_KEPT
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile, SealedStratum
from survey_app.answers.store.models import Box, Campaign, Opening, Sheets
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.documents.design import Kind
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import StateError


def opened_box(session: Session, campaign: str) -> OpenedBox:
    """Read a box that was opened.

    Raises
    ------
    NotFoundError, StateError
        There is no such campaign, or its box was not opened yet.
    """
    row = find_campaign(session, campaign)
    if row.box != Box.OPENED:
        raise StateError(campaign=campaign, state=row.box, needed=Box.OPENED)
    manifest = manifest_of(row.published)
    outcomes: dict[str, dict[str, int]] = {}
    query = select(Opening.stratum, Opening.outcome, Opening.sheets)
    for name, outcome, number in session.execute(query.where(Opening.campaign == campaign)):
        outcomes.setdefault(name, {})[outcome] = number
    sheets_of_campaign = select(Sheets.stratum, Sheets.answers).where(Sheets.campaign == campaign)
    answers = {row.stratum: row.answers for row in session.execute(sheets_of_campaign)}
    piles = [
        _pile(manifest, name, number_by_outcome, answers.get(name, b""))
        for name, number_by_outcome in outcomes.items()
        if SEALED not in number_by_outcome
    ]
    sealed = [
        SealedStratum(stratum, outcomes[stratum.id][SEALED])
        for stratum in manifest.strata
        if SEALED in outcomes.get(stratum.id, {})
    ]
    order = {stratum.id: at for at, stratum in enumerate(manifest.strata)}
    piles.sort(key=lambda pile: order[pile.strata[0].id])
    root = row.merkle_root or b""
    content = _digest(row.published + root, piles)
    return OpenedBox(content, manifest, root, tuple(piles), tuple(sealed))


def campaign_before(session: Session, manifest: PublishedManifest) -> str | None:
    """Name the opened campaign that asked about some of the same posts last before this one."""
    documents = session.scalars(select(Campaign.published).where(Campaign.box == Box.OPENED))
    before = [
        earlier
        for earlier in map(manifest_of, documents)
        if earlier.reference_period.end < manifest.reference_period.end
        and earlier.reference_period.start < manifest.reference_period.start
        and earlier.rehearsal == manifest.rehearsal
        and _posts(earlier) & _posts(manifest)
    ]
    last = max(before, key=lambda m: (m.reference_period.end, m.campaign), default=None)
    return last.campaign if last else None


def _posts(manifest: PublishedManifest) -> set[tuple[Kind, str]]:
    return {(stratum.kind, stratum.post_category.zh) for stratum in manifest.strata}


def _pile(
    manifest: PublishedManifest, name: str, outcomes: Mapping[str, int], answers: bytes
) -> Pile:
    members = name.split("+")
    strata = tuple(stratum for stratum in manifest.strata if stratum.id in members)
    width = len(manifest.questions(strata[0]).codes)
    refusals = {
        reason: number for reason, number in sorted(outcomes.items()) if reason != SHEET_KEPT
    }
    sheets = np.frombuffer(answers, np.uint8).reshape(-1, width)
    return Pile(name, strata, sum(outcomes.values()), refusals, sheets)


def _digest(start: bytes, piles: Sequence[Pile]) -> bytes:
    """Hash all that the box holds; sorted sheets have one order only."""
    content = hashlib.sha256(start)
    for pile in piles:
        content.update(f"{pile.name} {len(pile.sheets)} {pile.refusals}".encode())
        content.update(pile.sheets.tobytes())
    return content.digest()
