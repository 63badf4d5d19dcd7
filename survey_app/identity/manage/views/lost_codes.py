"""One lost code: a page that replaces it, for one person or one card."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from survey_app.accounts.guard import open_to
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import (
    code_lists,
    lost_codes,
    mailing,
    named_lists,
    sending,
)
from survey_app.identity.manage.invitations.list_requests import ListLanguage, ListRequest
from survey_app.identity.manage.invitations.wording import Wording, check_body, check_subject
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.views.shared import SiteContext, page_of
from survey_app.identity.store import queries
from survey_app.identity.store.models import Step
from survey_app.language import CHINESE
from survey_app.web.forms import beside, refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add this page."""
    database, settings = context.database, context.settings

    @site.get("/campaigns/<campaign>/lost-code")
    @open_to("manager")
    def lost_code(campaign: str) -> ResponseReturnValue:
        """Offer to replace one code."""
        with database.read() as session:
            page = page_of(session, campaign)
            service.check_step(session, campaign, Step.PUBLISHED)
            named_strata = persons.named_strata(session, campaign)
            counts = queries.count_codes(session, campaign)
            second_manager = named_lists.has_second_manager(session)
        return render_template(
            "manage/lost_code.html",
            page=page,
            strata=[stratum for stratum in page.draft.strata if stratum.id in counts],
            named_strata=named_strata,
            second_manager=second_manager,
            mails=bool(settings.smtp_url and settings.mail_from),
        )

    @site.post("/campaigns/<campaign>/lost-code")
    @open_to("manager")
    @refused_on(lost_code)
    def replace_code(campaign: str) -> ResponseReturnValue:
        """Replace one code: no one is shown whether the one before was used."""
        stratum, holder = request.form.get("stratum", ""), request.form.get("holder", "")
        with database.begin() as session:
            manifest = service.published_manifest(session, campaign)
            with beside("holder"):
                list_request = lost_codes.request_for(
                    session, context.keys.roster, manifest, stratum, holder
                )
            list_request = replace(list_request, language=_language())
            if list_request.persons and request.form.get("way") == "letter":
                job = _queue_letter(session, context, manifest, list_request)
            else:
                job = _queue_card(session, context, campaign, list_request)
        if not job:
            flash(gettext("The list is asked for. Another survey manager has to confirm it."))
            return redirect(url_for("manage.invite", campaign=campaign))
        context.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))


def _language() -> ListLanguage:
    return ListLanguage.CHINESE if str(get_locale()) == CHINESE else ListLanguage.ENGLISH


def _queue_letter(
    session: Session, context: SiteContext, manifest: PublishedManifest, list_request: ListRequest
) -> str:
    wording = Wording.typed(request.form.get("subject", ""), request.form.get("body", ""))
    sending.server_url(context.settings)
    with beside("subject"):
        check_subject(wording.subject)
    with beside("body"):
        check_body(wording.body, invites=True)
    to = lost_codes.recipients(session, manifest.campaign, list_request)
    link, name = partial(manifest.link, context.settings.respond_url), queue.new_name()
    number = mailing.queue_new_links(session, context.keys, manifest, name, to.persons, link)
    key, task = context.keys.roster, asdict(wording)
    return queue.add(session, key, manifest.campaign, queue.MAIL, task, total=number, name=name)


def _queue_card(
    session: Session, context: SiteContext, campaign: str, list_request: ListRequest
) -> str:
    """Queue one card, or ask for it if a person stands beside its code; then there is no job."""
    total = code_lists.check(session, campaign, list_request)
    if named_lists.has_names(session, campaign, list_request):
        named_lists.ask(session, campaign, list_request, total)
        return ""
    task = list_request.task()
    return queue.add(session, context.keys.roster, campaign, queue.CODES, task, total=total)
