"""Invitations: lists of links, cards to print, letters by e-mail, and reminders."""

from functools import partial

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.accounts import open_to
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity import queries
from survey_app.identity.models import Staff, Step
from survey_app.manage import exporting, invitations, jobs, mailing, people, service
from survey_app.manage.service import Invited
from survey_app.manage.views.office import Office, download, said, see

_PER_PAGE = (4, 6, 8, 10)
_MOST_CARDS = 5000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_routes(site: Blueprint, office: Office) -> None:
    """Add these pages."""
    database, settings = office.database, office.settings

    @site.get("/campaigns/<campaign>/invitations")
    @open_to(*Staff.ROLES)
    def invite(campaign: str) -> ResponseReturnValue:
        """Offer what can be done with the sample."""
        with database.read() as session:
            found = see(session, campaign)
            named = people.named_strata(session, campaign)
            counts = queries.codes(session, campaign)
            working = [job for job in jobs.of_campaign(session, campaign) if job.kind == jobs.MAIL]
        return render_template(
            "manage/invitations.html",
            found=found,
            named=named,
            has_codes=set(counts),
            working=working,
            per_page=_PER_PAGE,
            mail_from=settings.mail_from if settings.smtp_url else "",
            fieldwork=found.step == Step.PUBLISHED,
            said=said,
        )

    @site.post("/campaigns/<campaign>/codes")
    @open_to("manager")
    def codes(campaign: str) -> ResponseReturnValue:
        """Make codes and show them, this once, in the form asked for."""
        form, per_page = request.form.get("form", ""), request.form.get("per_page", "8")
        if form not in {"csv", "xlsx", "cards"} or per_page not in map(str, _PER_PAGE):
            raise InputError
        wanted = _chosen()
        with database.begin() as session:
            handed = invitations.hand_out(session, office.keys, campaign, wanted)
            manifest = service.published_manifest(session, campaign)
            if handed.replaces and "replace" not in request.form:
                raise SurveyError(
                    N_("These strata have codes. Say that unused ones may be replaced.")
                )
            if form == "cards" and len(handed.invited) > _MOST_CARDS:
                raise SurveyError(N_("Print at most 5000 cards at once: choose fewer strata."))
            link = partial(settings.link, campaign, digest=manifest.digest)
            if form == "cards":
                cards = [_card(one, link(one.code)) for one in handed.invited]
                return render_template(
                    "manage/cards.html", manifest=manifest, cards=cards, per_page=int(per_page)
                )
            made = exporting.as_csv if form == "csv" else exporting.as_xlsx
            content = made(handed.invited, link)
        kind = "text/csv; charset=utf-8" if form == "csv" else _XLSX
        return download(content, f"{campaign}.codes.{form}", kind)

    @site.post("/campaigns/<campaign>/mail")
    @open_to("manager")
    def mail(campaign: str) -> ResponseReturnValue:
        """Queue letters, and begin to send them."""
        wording = mailing.Wording(request.form.get("subject", ""), request.form.get("body", ""))
        reminds = request.form.get("what") == "reminder"
        jobs.mail_server(settings)
        mailing.check_wording(wording, invites=not reminds)
        wanted, name, keys = _chosen(), jobs.new_name(), office.keys
        with database.begin() as session:
            manifest = service.published_manifest(session, campaign)
            if reminds:
                number = mailing.queue_reminders(session, keys, campaign, name, wanted)
            else:
                link = partial(settings.link, campaign, digest=manifest.digest)
                number = mailing.queue_invitations(session, keys, campaign, name, wanted, link)
            task = {"subject": wording.subject, "body": wording.body}
            jobs.add(session, keys.roster, campaign, jobs.MAIL, task, total=number, name=name)
        office.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=name))


def _chosen() -> list[str]:
    chosen = request.form.getlist("stratum")
    if not chosen:
        raise InputError(N_("Choose at least one stratum."))
    return chosen


def _card(one: Invited, link: str) -> dict[str, object]:
    """Compose one card; the QR is a picture in the page, which the policy allows."""
    code = segno.make(link, error="m", micro=False)
    return {
        "code": one.code,
        "person": one.person.get("person", ""),
        "qr": code.svg_data_uri(border=2, scale=3),
    }
