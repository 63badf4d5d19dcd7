"""Read an opened box from the answers store."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.answers.analyse.box.service import KEPT, SEALED
from survey_app.answers.analyse.estimates.counts import OpenedBox, Pile, Sealed
from survey_app.answers.store.models import Box, Campaign, Opening, Sheets
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import StateError

_remembered: dict[tuple[bytes, bytes | None], OpenedBox] = {}
_MOST_REMEMBERED = 8


def opened_box(session: Session, campaign: str) -> OpenedBox:
    """Read a box that was opened; once for a process, for what was opened never changes.

    Raises
    ------
    NotFoundError, StateError
        There is no such campaign, or its box was not opened yet.
    """
    found = find_campaign(session, campaign)
    if found.box != Box.OPENED:
        raise StateError(campaign=campaign, state=found.box, needed=Box.OPENED)
    key = (found.published, found.merkle_root)
    if key not in _remembered:
        box = _read(session, found)
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.pop(next(iter(_remembered)))
        _remembered[key] = box
    return _remembered[key]


def _read(session: Session, found: Campaign) -> OpenedBox:
    manifest = manifest_of(found.published)
    outcomes: dict[str, dict[str, int]] = {}
    query = select(Opening.stratum, Opening.outcome, Opening.sheets)
    for name, outcome, number in session.execute(query.where(Opening.campaign == found.campaign)):
        outcomes.setdefault(name, {})[outcome] = number
    opened = select(Sheets.stratum, Sheets.answers).where(Sheets.campaign == found.campaign)
    answers = {row.stratum: row.answers for row in session.execute(opened)}
    piles = [
        _pile(manifest, name, counted, answers.get(name, b""))
        for name, counted in outcomes.items()
        if SEALED not in counted
    ]
    sealed = [
        Sealed(stratum, outcomes[stratum.id][SEALED])
        for stratum in manifest.strata
        if SEALED in outcomes.get(stratum.id, {})
    ]
    order = {stratum.id: at for at, stratum in enumerate(manifest.strata)}
    piles.sort(key=lambda pile: order[pile.strata[0].id])
    root = found.merkle_root or b""
    return OpenedBox(
        _digest(found.published + root, piles), manifest, root, tuple(piles), tuple(sealed)
    )


def _pile(
    manifest: PublishedManifest, name: str, outcomes: Mapping[str, int], answers: bytes
) -> Pile:
    members = name.split("+")
    strata = tuple(stratum for stratum in manifest.strata if stratum.id in members)
    width = len(manifest.questions(strata[0]).codes)
    refused = {reason: number for reason, number in sorted(outcomes.items()) if reason != KEPT}
    sheets = np.frombuffer(answers, np.uint8).reshape(-1, width)
    return Pile(name, strata, sum(outcomes.values()), refused, sheets)


def _digest(start: bytes, piles: Sequence[Pile]) -> bytes:
    """Hash all that the box holds; sorted sheets have one order only."""
    content = hashlib.sha256(start)
    for pile in piles:
        content.update(f"{pile.name} {len(pile.sheets)} {pile.refused}".encode())
        content.update(pile.sheets.tobytes())
    return content.digest()
