"""What lies in a box and what comes out of it: sealed ballots, stripped ones, sheets.

Each step destroys what it was made of in the transaction that keeps its outcome.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.answers.analyse.box.grouping import OpeningGroups
from survey_app.answers.analyse.box.service import check_open, check_strip
from survey_app.answers.analyse.box.unsealing import OpenedPart, SealedBallot
from survey_app.answers.store.models import (
    Audit,
    Ballot,
    Box,
    Campaign,
    Opening,
    Sheets,
    Stripped,
)
from survey_app.answers.store.queries import find_campaign, lock_campaign, manifest_of
from survey_app.crypto import sealing

SHEET_KEPT, SEALED = "kept", "sealed"

Counts = Mapping[tuple[str, str], int]
"""Ballots by group and outcome."""


def sealed_ballots(
    session: Session, campaign: str, groups: OpeningGroups
) -> dict[str, list[SealedBallot]]:
    """Take the ballots of the strata that are opened out of the box, by stratum."""
    query = select(Ballot.stratum, Ballot.spent, Ballot.sealed).where(
        Ballot.campaign == campaign, Ballot.stratum.in_(groups.group_of)
    )
    box: dict[str, list[SealedBallot]] = {stratum: [] for stratum in groups.group_of}
    for stratum, spent_hash, sealed in session.execute(query):
        box[stratum].append((spent_hash, sealed or b""))
    return box


def stripped_ballots(session: Session, campaign: str) -> dict[str, list[SealedBallot]]:
    """Take the ballots that the keeper's seals came off, by the group they are opened in."""
    manifest = manifest_of(find_campaign(session, campaign).published)
    lengths = {
        stratum.id: sealing.sealed_length(len(manifest.questions(stratum).codes))
        for stratum in manifest.strata
    }
    box: dict[str, list[SealedBallot]] = {}
    for row in session.scalars(select(Stripped).where(Stripped.campaign == campaign)):
        length = lengths[row.stratum.partition("+")[0]]
        starts = range(0, len(row.sealed), length)
        box[row.stratum] = [(b"", row.sealed[at : at + length]) for at in starts]
    return box


def store_stripped(
    session: Session, campaign: str, groups: OpeningGroups, parts: Iterable[OpenedPart]
) -> Counter[str]:
    """Keep what the keeper's seals held, sorted, and destroy the sealed ballots; counts outcomes.

    From here on no receipt leads to a ballot, not even with both keys.

    Raises
    ------
    StateError
        They came off meanwhile.
    """
    lock_campaign(session, campaign)
    check_strip(session, campaign)
    ballots, refusals = _by_group(groups, parts)
    session.add_all(
        Stripped(campaign=campaign, stratum=group, sealed=b"".join(sorted(inner)))
        for group, inner in ballots.items()
    )
    _count(session, campaign, {**refusals, **_left_sealed(groups)})
    _destroy_sealed(session, campaign)
    _set_state(session, campaign, Box.STRIPPED, "strip")
    return _outcomes(session, campaign)


def store_sheets(
    session: Session, campaign: str, groups: OpeningGroups, parts: Iterable[OpenedPart]
) -> Counter[str]:
    """Keep the sheets sorted, and empty the box; gives the ballots by outcome.

    From here on no receipt leads to a sheet, not even with the opening key.

    Raises
    ------
    StateError
        The box was opened meanwhile.
    """
    lock_campaign(session, campaign)
    check_open(session, campaign)
    sheets, refusals = _by_group(groups, parts)
    session.add_all(
        Sheets(campaign=campaign, stratum=group, answers=b"".join(sorted(answers)))
        for group, answers in sheets.items()
    )
    sheet_counts = {(group, SHEET_KEPT): len(answers) for group, answers in sheets.items()}
    _count(session, campaign, {**sheet_counts, **refusals, **_left_sealed(groups)})
    _destroy_sealed(session, campaign)
    session.execute(delete(Stripped).where(Stripped.campaign == campaign))
    _set_state(session, campaign, Box.OPENED, "open")
    return _outcomes(session, campaign)


def _by_group(
    groups: OpeningGroups, parts: Iterable[OpenedPart]
) -> tuple[dict[str, list[bytes]], Counts]:
    """Sort what came out of the parts: contents by group, and the number of each refusal."""
    contents: dict[str, list[bytes]] = {group: [] for group in groups.group_of.values()}
    refusals: Counter[tuple[str, str]] = Counter()
    for part in parts:
        group = groups.group_of[part.stratum]
        contents[group] += [outcome for outcome in part.outcomes if isinstance(outcome, bytes)]
        refusals.update((group, reason) for reason in part.outcomes if isinstance(reason, str))
    return contents, refusals


def _left_sealed(groups: OpeningGroups) -> Counts:
    return {(stratum, SEALED): number for stratum, number in groups.sealed.items()}


def _count(session: Session, campaign: str, counts: Counts) -> None:
    session.add_all(
        Opening(campaign=campaign, stratum=stratum, outcome=outcome, sheets=number)
        for (stratum, outcome), number in counts.items()
    )


def _destroy_sealed(session: Session, campaign: str) -> None:
    session.execute(update(Ballot).where(Ballot.campaign == campaign).values(sealed=None))


def _set_state(session: Session, campaign: str, state: Box, action: str) -> None:
    session.execute(update(Campaign).where(Campaign.campaign == campaign).values(box=state))
    audit.record(session, Audit, action, campaign)


def _outcomes(session: Session, campaign: str) -> Counter[str]:
    session.flush()
    query = select(Opening.outcome, func.sum(Opening.sheets)).where(Opening.campaign == campaign)
    rows = session.execute(query.group_by(Opening.outcome))
    return Counter({row.outcome: int(row[1]) for row in rows})
