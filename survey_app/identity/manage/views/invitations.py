"""Invitations: lists of links, cards to print, letters by e-mail, and reminders."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from survey_app.accounts.guard import open_to
from survey_app.errors import N_, InputError
from survey_app.identity.manage.invitations import code_lists, named_lists
from survey_app.identity.manage.invitations.list_requests import (
    ListForm,
    ListLanguage,
    ListRequest,
    NamePlace,
)
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.views.shared import SiteContext, page_of
from survey_app.identity.store import queries
from survey_app.identity.store.models import CodeList, Staff, Step
from survey_app.language import CHINESE
from survey_app.papers.cards import PER_PAGE
from survey_app.web.files import CSV, EXCEL, PDF, attachment
from survey_app.web.forms import FieldError, refused_on

_FILES = {
    ListForm.CSV: (CSV, "csv"),
    ListForm.XLSX: (EXCEL, "xlsx"),
    ListForm.CARDS: (PDF, "pdf"),
}


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    _add_lists_with_names(site, context)

    @site.get("/campaigns/<campaign>/invitations")
    @open_to(*Staff.ROLES)
    def invite(campaign: str, **_job: str) -> ResponseReturnValue:
        """Offer what can be done with the sample."""
        with database.read() as session:
            page = page_of(session, campaign)
            named_strata = persons.named_strata(session, campaign)
            counts = queries.count_codes(session, campaign)
            jobs = [job for job in queue.of_campaign(session, campaign) if job.kind == queue.CODES]
            lists = code_lists.waiting(session, campaign)
            requests = named_lists.waiting(session, campaign)
            second_manager = named_lists.has_second_manager(session)
        return render_template(
            "manage/invitations.html",
            page=page,
            named_strata=named_strata,
            has_codes=set(counts),
            jobs=jobs,
            lists=lists,
            requests=requests,
            second_manager=second_manager,
            per_page=list(PER_PAGE),
            locale="zh" if str(get_locale()) == CHINESE else "en",
            fieldwork=page.step == Step.PUBLISHED,
        )

    @site.post("/campaigns/<campaign>/codes")
    @open_to("manager")
    @refused_on(invite)
    def codes(campaign: str) -> ResponseReturnValue:
        """Make codes in the form requested, in the background; names wait for a second manager."""
        list_request = _list_request()
        with database.begin() as session:
            total = code_lists.check(session, campaign, list_request)
            if named_lists.has_names(session, campaign, list_request):
                named_lists.ask(session, campaign, list_request, total)
                return redirect(url_for("manage.invite", campaign=campaign))
            job = _queue_list(session, context, campaign, list_request, total)
        return _to_work(context, campaign, job)

    @site.post("/campaigns/<campaign>/codes/<job>")
    @open_to("manager")
    def fetch_codes(campaign: str, job: str) -> ResponseReturnValue:
        """Give a list as a file; it stays until it is confirmed."""
        with database.begin() as session:
            fetched = code_lists.fetch(session, context.keys.roster, campaign, job)
        kind, suffix = _FILES[fetched.form]
        return attachment(fetched.content, kind, f"{campaign}.codes.{suffix}")

    @site.post("/campaigns/<campaign>/codes/<job>/destroy")
    @open_to("manager")
    @refused_on(invite)
    def destroy_codes(campaign: str, job: str) -> ResponseReturnValue:
        """Destroy a list that is printed or saved."""
        if "kept" not in request.form:
            error = InputError(N_("Tick first that the list is printed or saved."))
            raise FieldError("kept", error)
        with database.begin() as session:
            code_lists.destroy(session, campaign, job)
        database.scrub(CodeList)
        flash(gettext("The list is destroyed here."))
        return redirect(url_for("manage.invite", campaign=campaign))


def _add_lists_with_names(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.post("/campaigns/<campaign>/lists/<int:number>/confirm")
    @open_to("manager")
    @refused_on("manage.invite")
    def confirm_list(campaign: str, number: int) -> ResponseReturnValue:
        """Confirm a list with names that another manager asked for, and make it."""
        with database.begin() as session:
            list_request = named_lists.confirm(session, campaign, number)
            total = code_lists.check(session, campaign, list_request)
            job = _queue_list(session, context, campaign, list_request, total)
        return _to_work(context, campaign, job)

    @site.post("/campaigns/<campaign>/lists/<int:number>/drop")
    @open_to("manager")
    @refused_on("manage.invite")
    def drop_list(campaign: str, number: int) -> ResponseReturnValue:
        """Drop a list with names that waits to be confirmed."""
        with database.begin() as session:
            named_lists.drop(session, campaign, number)
        return redirect(url_for("manage.invite", campaign=campaign))


def _queue_list(
    session: Session, context: SiteContext, campaign: str, list_request: ListRequest, total: int
) -> str:
    key, task = context.keys.roster, list_request.task()
    return queue.add(session, key, campaign, queue.CODES, task, total=total)


def _to_work(context: SiteContext, campaign: str, job: str) -> ResponseReturnValue:
    context.worker.nudge()
    return redirect(url_for("manage.work", campaign=campaign, job=job))


def _strata() -> list[str]:
    strata = request.form.getlist("stratum")
    if not strata:
        raise InputError(N_("Choose at least one stratum."))
    return strata


def _list_request() -> ListRequest:
    """Read which list the form asks for."""
    form, per_page = request.form.get("form", ""), request.form.get("per_page", "8")
    language, names = request.form.get("language", "en"), request.form.get("names", "list")
    if (
        form not in set(ListForm)
        or per_page not in map(str, PER_PAGE)
        or language not in set(ListLanguage)
        or names not in set(NamePlace)
    ):
        raise InputError
    return ListRequest(
        tuple(_strata()),
        ListForm(form),
        replace="replace" in request.form,
        per_page=int(per_page),
        language=ListLanguage(language),
        names=NamePlace(names),
        units="units" in request.form,
    )
