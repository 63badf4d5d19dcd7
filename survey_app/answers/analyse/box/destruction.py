"""The end of a box's keys: after the opening they open nothing but old copies of the store."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.accounts.actor import acting
from survey_app.answers.store.models import Audit, Box, KeyDestruction, KeyName
from survey_app.answers.store.queries import find_campaign
from survey_app.crypto.private_file import destroy_file
from survey_app.errors import N_, StateError

_KEYS = (KeyName.OPENING,)


def destructions(session: Session, campaign: str) -> Sequence[KeyDestruction]:
    """List which keys are destroyed, who said so, and when."""
    query = select(KeyDestruction).where(KeyDestruction.campaign == campaign)
    return session.scalars(query.order_by(KeyDestruction.key)).all()


def has_keys(session: Session, campaign: str) -> bool:
    """Tell whether a box is opened of which a key is not said to be destroyed."""
    destroyed = {row.key for row in destructions(session, campaign)}
    return find_campaign(session, campaign).box == Box.OPENED and not destroyed.issuperset(_KEYS)


def check_destroyable(session: Session, campaign: str, key: KeyName) -> None:
    """Refuse to destroy what is still needed, or is destroyed.

    Raises
    ------
    StateError
        The box is not opened, or the key's destruction was said before.
    """
    if find_campaign(session, campaign).box != Box.OPENED:
        raise StateError(
            N_("The box of “%(campaign)s” is not opened yet: its keys are still needed."),
            campaign=campaign,
        )
    if session.get(KeyDestruction, (campaign, key)) is not None:
        raise StateError(
            N_("That this key of “%(campaign)s” is destroyed was said already."), campaign=campaign
        )


def destroy_key(session: Session, campaign: str, key: KeyName, today: date, file: Path) -> None:
    """Destroy this server's copy of a key, and keep who said that no other is left.

    Raises
    ------
    StateError
        The box is not opened, or the key's destruction was said before.
    """
    check_destroyable(session, campaign, key)
    if file.exists():
        destroy_file(file)
    account = acting().name
    session.add(KeyDestruction(campaign=campaign, key=key, account=account, day=today.isoformat()))
    audit.record(session, Audit, "destroy key", campaign, detail=key)
