"""Steps that take two managers where that is switched on: one asks, and another agrees."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import acting, audit
from survey_app.accounts.two_persons import check_two
from survey_app.errors import N_, SurveyError
from survey_app.identity.store.models import Audit, Proposal, Staff
from survey_app.identity.store.queries import find_campaign, lock_campaign


class Action(StrEnum):
    """What cannot be taken back once it was done."""

    EXTEND = "extend"
    CLOSE = "close"
    ERASE = "erase"
    ERASE_ON = "erase on"


WORDS = {
    Action.EXTEND: N_("extend the last day"),
    Action.CLOSE: N_("close the campaign"),
    Action.ERASE: N_("erase the persons"),
    Action.ERASE_ON: N_("set the day on which the persons are erased"),
}


def agreed(
    session: Session, campaign: str, action: Action, detail: str = "", *, two_managers: bool
) -> bool:
    """Tell whether a step may be done now; if another manager has yet to agree, note who asks.

    Who asks again, or for another day, replaces what was asked for before.

    Raises
    ------
    SurveyError
        The other account is in the same hand.
    """
    if not two_managers:
        return True
    lock_campaign(session, campaign)
    find_campaign(session, campaign)
    proposal = session.get(Proposal, (campaign, action))
    if proposal is not None and proposal.detail == detail and proposal.account != acting().name:
        check_two(session, Staff, proposal.account, acting().name)
        session.delete(proposal)
        return True
    session.merge(Proposal(campaign=campaign, action=action, detail=detail, account=acting().name))
    audit.record(session, Audit, "propose", campaign, f"{action} {detail}".strip())
    return False


def waiting(session: Session, campaign: str) -> Sequence[Proposal]:
    """List what waits for another manager."""
    query = select(Proposal).where(Proposal.campaign == campaign).order_by(Proposal.action)
    return session.scalars(query).all()


def drop(session: Session, campaign: str, action: str) -> None:
    """Drop what waits for another manager.

    Raises
    ------
    SurveyError
        It does not wait any longer.
    """
    lock_campaign(session, campaign)
    proposal = session.get(Proposal, (campaign, action))
    if proposal is None:
        raise SurveyError(N_("This is not asked for any longer."))
    session.delete(proposal)
    audit.record(session, Audit, "drop", campaign, f"{action} {proposal.detail}".strip())
