"""What cannot be taken back asks first, on a page that names the consequence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import flash, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns import proposals
from survey_app.identity.manage.campaigns.proposals import Action
from survey_app.identity.manage.views.shared import SiteContext, page_of
from survey_app.identity.store.models import Proposal
from survey_app.web.forms import FieldError


@dataclass(frozen=True)
class AskingPage:
    """A page that asks before something is done.

    Attributes
    ----------
    title, consequences, facts, button
        The question, what follows in sentences, what it is about, and the word for doing it.
    action, back, tab
        Where the form is sent, where who would rather not goes back to, and the tab of both.
    fields
        What the form sends besides.
    types_name
        Whether the campaign's identifier is to be typed.
    is_final
        Whether it cannot be taken back.
    two_managers, asked_by
        Whether it takes two managers, and who has asked for it already.
    """

    title: str
    consequences: Sequence[str]
    button: str
    action: str
    back: str
    tab: str = "campaign"
    facts: Sequence[tuple[str, object]] = ()
    fields: Mapping[str, object] = field(default_factory=dict)
    types_name: bool = False
    is_final: bool = True
    two_managers: bool = False
    asked_by: str = ""


def ask(
    session: Session,
    context: SiteContext,
    campaign: str,
    question: AskingPage,
    step: tuple[Action, str] | None = None,
) -> str:
    """Render a question; a step is the action and day that another manager may have asked for."""
    if step and context.settings.two_managers:
        proposal = session.get(Proposal, (campaign, step[0]))
        is_same = proposal is not None and proposal.detail == step[1]
        asked_by = proposal.account if proposal and is_same else ""
        question = replace(question, two_managers=True, asked_by=asked_by)
    return render_template("manage/ask.html", page=page_of(session, campaign), question=question)


def check_name_typed(campaign: str) -> None:
    """Refuse a step unless the campaign's identifier was typed, as the page asks.

    Raises
    ------
    FieldError
        Something else was.
    """
    if request.form.get("typed", "").strip() != campaign:
        error = InputError(N_("Type the campaign's identifier: “%(campaign)s”."), campaign=campaign)
        raise FieldError("typed", error)


def agreed(
    session: Session, context: SiteContext, campaign: str, action: Action, detail: str = ""
) -> bool:
    """Tell whether a step may be done now; if another manager has yet to agree, say so."""
    two_managers = context.settings.two_managers
    may_be_done = proposals.agreed(session, campaign, action, detail, two_managers=two_managers)
    if not may_be_done:
        flash(
            gettext("You have asked for it. Nothing happens until another survey manager agrees.")
        )
    return may_be_done


def to_campaign(campaign: str) -> str:
    """Give the address of a campaign's page."""
    return url_for("manage.campaign", campaign=campaign)
