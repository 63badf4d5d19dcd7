"""The end of a box's keys: after the opening they open nothing but old copies of the store."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.accounts.actor import acting
from survey_app.answers.store.models import Audit, Box, Campaign, KeyDestruction, KeyName
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.crypto.private_file import destroy_file
from survey_app.errors import N_, OpeningError, StateError

_NEEDED_UNTIL = {
    KeyName.KEEPER: (Box.STRIPPED, Box.OPENED),
    KeyName.OPENING: (Box.OPENED,),
}
"""The states of a box in which a key is of no more use to the survey."""


def destructions(session: Session, campaign: str) -> Sequence[KeyDestruction]:
    """List which keys are destroyed, who said so, and when."""
    query = select(KeyDestruction).where(KeyDestruction.campaign == campaign)
    return session.scalars(query.order_by(KeyDestruction.key)).all()


def useless_keys(session: Session, campaign: str) -> list[KeyName]:
    """List the keys that nothing needs any more, and that are not said to be destroyed."""
    destroyed = {row.key for row in destructions(session, campaign)}
    row = find_campaign(session, campaign)
    return [key for key in _keys_of(row) if row.box in _NEEDED_UNTIL[key] and key not in destroyed]


def _keys_of(row: Campaign) -> list[KeyName]:
    has_keeper = manifest_of(row.published).keeper_key is not None
    return [key for key in KeyName if has_keeper or key != KeyName.KEEPER]


def check_destroyable(session: Session, campaign: str, key: KeyName) -> None:
    """Refuse to destroy what is still needed, or is destroyed.

    Raises
    ------
    StateError
        The key is still needed, or its destruction was said before.
    OpeningError
        There is no seal keeper.
    """
    row = find_campaign(session, campaign)
    if key not in _keys_of(row):
        raise OpeningError(N_("“%(campaign)s” has no seal keeper."), campaign=campaign)
    if row.box not in _NEEDED_UNTIL[key]:
        raise StateError(
            N_("The box of “%(campaign)s” is not opened yet: its keys are still needed."),
            campaign=campaign,
        )
    if session.get(KeyDestruction, (campaign, key)) is not None:
        raise StateError(
            N_("That this key of “%(campaign)s” is destroyed was said already."), campaign=campaign
        )


def destroy_key(
    session: Session, campaign: str, key: KeyName, today: date, file: Path | None
) -> None:
    """Destroy this server's copy of a key, if it may have one, and keep who said that none is left.

    Raises
    ------
    StateError
        The key is still needed, or its destruction was said before.
    OpeningError
        There is no seal keeper.
    """
    check_destroyable(session, campaign, key)
    if file is not None and file.exists():
        destroy_file(file)
    account = acting().name
    session.add(KeyDestruction(campaign=campaign, key=key, account=account, day=today.isoformat()))
    audit.record(session, Audit, "destroy key", campaign, detail=key)
