"""Lists with persons beside codes: numbered, asked for by one manager, confirmed by another.

Their holder can spend a person's code to learn whether it was spent before, and with all codes of a
stratum but one read the last person's answers off the results.
"""

import json
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts import acting, audit
from survey_app.accounts.two_persons import check_two
from survey_app.documents.shown_counts import show
from survey_app.errors import N_, NotFoundError, SurveyError
from survey_app.identity.manage.invitations.list_requests import ListRequest
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Audit, NamedList, Staff
from survey_app.identity.store.queries import lock_campaign


@dataclass(frozen=True)
class WaitingRequest:
    """A list that one manager asked for and no other has confirmed yet; its codes in tens."""

    number: int
    account: str
    codes: int
    request: ListRequest


def has_names(session: Session, campaign: str, request: ListRequest) -> bool:
    """Tell whether a list would have persons beside codes."""
    return not persons.named_strata(session, campaign).isdisjoint(request.strata)


def ask(session: Session, campaign: str, request: ListRequest, codes: int) -> ListRequest:
    """Ask for a list with names; returns the request with its number.

    Raises
    ------
    SurveyError
        Another waits to be confirmed.
    """
    lock_campaign(session, campaign)
    if waiting(session, campaign):
        raise SurveyError(N_("A list with names waits to be confirmed: confirm or drop it first."))
    last = session.scalar(select(func.max(NamedList.number)).where(NamedList.campaign == campaign))
    request = replace(request, number=(last or 0) + 1)
    row = NamedList(
        campaign=campaign,
        number=request.number,
        state="asked",
        account=acting().name,
        codes=show(codes, is_closed=False).count,
        task=_task(request),
        job="",
    )
    session.add(row)
    _record(session, "ask list", row)
    return request


def waiting(session: Session, campaign: str) -> list[WaitingRequest]:
    """List what waits to be confirmed."""
    query = select(NamedList).where(NamedList.campaign == campaign, NamedList.state == "asked")
    return [
        WaitingRequest(row.number, row.account, row.codes, _request_of(row))
        for row in session.scalars(query)
    ]


def confirm(session: Session, campaign: str, number: int) -> ListRequest:
    """Confirm a list as the account that acts, which is not the one that asked for it.

    Raises
    ------
    SurveyError
        The same account asked for it, or one that is in the same hand.
    NotFoundError
        It does not wait to be confirmed.
    """
    row = _asked(session, campaign, number)
    if row.account == acting().name:
        raise SurveyError(N_("Another survey manager has to confirm this list."))
    check_two(session, Staff, row.account, acting().name)
    row.state = "confirmed"
    _record(session, "confirm list", row)
    return _request_of(row)


def drop(session: Session, campaign: str, number: int) -> None:
    """Drop a list that waits to be confirmed.

    Raises
    ------
    NotFoundError
        It does not wait to be confirmed.
    """
    row = _asked(session, campaign, number)
    row.state = "dropped"
    _record(session, "drop list", row)


def take(session: Session, campaign: str, job: str, request: ListRequest) -> None:
    """Use a confirmation up for the list that a job makes: it is good for one.

    Raises
    ------
    SurveyError
        No second manager has confirmed this list.
    """
    row = session.get(NamedList, (campaign, request.number), with_for_update=True)
    if row is None or row.state != "confirmed" or _request_of(row) != request:
        raise SurveyError(N_("Another survey manager has to confirm this list."))
    row.state, row.job = "made", job


def number_of(session: Session, job: str) -> int | None:
    """Give the number of the list with names that a job made; none if it made another."""
    return session.scalar(select(NamedList.number).where(NamedList.job == job))


def has_second_manager(session: Session) -> bool:
    """Tell whether there are two accounts of survey managers."""
    managers = select(func.count()).where(Staff.role == "manager", Staff.active)
    return (session.scalar(managers) or 0) > 1


def _asked(session: Session, campaign: str, number: int) -> NamedList:
    lock_campaign(session, campaign)
    row = session.get(NamedList, (campaign, number))
    if row is None or row.state != "asked":
        raise NotFoundError(N_("There is no such list to confirm."))
    return row


def _request_of(row: NamedList) -> ListRequest:
    return ListRequest.of(json.loads(row.task))


def _task(request: ListRequest) -> bytes:
    return json.dumps(request.task()).encode()


def _record(session: Session, action: str, row: NamedList) -> None:
    codes = f"≥{row.codes}" if row.codes else "<10"
    form = _request_of(row).form
    audit.record(session, Audit, action, row.campaign, f"no. {row.number} {form} {codes}")
