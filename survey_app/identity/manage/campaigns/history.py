"""Who did what to a campaign, and when: what its page shows of the log."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.identity.store.models import Audit

_STEPS = (
    *("create", "confirm", "fix", "publish", "pause", "resume", "propose", "drop"),
    *("extend", "close", "root", "erase on", "erase", "archive", "unarchive"),
)


def steps_taken(session: Session, campaign: str) -> Sequence[Audit]:
    """List the entries of the log on a campaign's steps, the latest first.

    A draft that was deleted may have had the same name: what came before is not of this one.
    """
    query = select(Audit).where(Audit.campaign == campaign).order_by(Audit.entry.desc())
    entries = []
    for entry in session.scalars(query.where(Audit.action.in_(_STEPS))):
        entries.append(entry)
        if entry.action == "create":
            break
    return entries
