"""The steps of a campaign: its design confirmed and fixed, then published, then extended."""

from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from survey_app.accounts.guard import open_to
from survey_app.errors import StateError
from survey_app.identity.manage.campaigns import extension, schedule, service
from survey_app.identity.manage.campaigns import hand_over as hand_over_files
from survey_app.identity.manage.campaigns.proposals import Action
from survey_app.identity.manage.campaigns.schedule import Schedule
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.views.asking import AskingPage, agreed, ask, to_campaign
from survey_app.identity.manage.views.shared import (
    SiteContext,
    required_day,
    uploaded,
)
from survey_app.identity.store.models import Staff, Step
from survey_app.identity.store.queries import find_campaign
from survey_app.storage import doctor
from survey_app.web.files import CSV, attachment
from survey_app.web.forms import beside, refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these actions."""
    database = context.database
    _add_extend(site, context)
    _add_closing_statement(site, context)

    @site.post("/campaigns/<campaign>/confirm")
    @open_to("manager")
    @refused_on("manage.campaign")
    def confirm(campaign: str) -> ResponseReturnValue:
        """Confirm the current design."""
        with database.begin() as session:
            service.design_of(session, campaign)
            service.confirm(session, campaign)
        flash(
            gettext(
                "You have confirmed the design as it stands now. Another manager can fix it; after "
                "any change it has to be confirmed again."
            )
        )
        return _to_campaign(campaign)

    @site.post("/campaigns/<campaign>/fix")
    @open_to("manager")
    @refused_on("manage.campaign")
    def fix(campaign: str) -> ResponseReturnValue:
        """Fix the design and make the keys, in the background."""
        doctor.check(context.settings, ())
        with database.begin() as session:
            service.check_step(session, campaign, Step.DRAFT)
            design = service.design_of(session, campaign)
            schedule.check_ahead(Schedule.of(design), context.settings.today())
            if context.settings.two_managers:
                service.check_confirmed(session, campaign)
            total = len(design.strata)
            job = queue.add(session, context.keys.roster, campaign, queue.FIX, total=total)
        context.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))

    @site.get("/campaigns/<campaign>/manifest.json")
    @open_to(*Staff.ROLES)
    @refused_on("manage.campaign")
    def manifest(campaign: str) -> ResponseReturnValue:
        """Download the manifest for the statisticians."""
        with database.read() as session:
            row = find_campaign(session, campaign)
            if row.manifest is None:
                raise StateError(campaign=campaign, state=row.step, needed=Step.FIXED)
            document = row.manifest
        return attachment(document, "application/json", f"{campaign}.manifest.json")

    @site.post("/campaigns/<campaign>/publish")
    @open_to("manager")
    @refused_on("manage.campaign")
    def publish(campaign: str) -> ResponseReturnValue:
        """Store the published manifest."""
        with beside("file"), database.begin() as session:
            _, document = uploaded()
            service.publish(session, campaign, document)
        flash(gettext("Published: codes can be made, and used from the first day on."))
        return _to_campaign(campaign)


def _add_extend(site: Blueprint, context: SiteContext) -> None:
    database, settings = context.database, context.settings

    @site.get("/campaigns/<campaign>/extend")
    @open_to("manager")
    @refused_on("manage.campaign")
    def ask_extension(campaign: str) -> ResponseReturnValue:
        """Ask whether the last day is to become the one that was chosen."""
        with beside("day"), database.read() as session:
            day = required_day("day")
            last = extension.check(session, campaign, day, settings.today())
            proposal = (Action.EXTEND, day.isoformat())
            return ask(session, context, campaign, _extension(campaign, day, last), proposal)

    @site.post("/campaigns/<campaign>/extend")
    @open_to("manager")
    @refused_on("manage.campaign")
    def extend(campaign: str) -> ResponseReturnValue:
        """Let codes be good until a later day, which is signed."""
        key = service.closing_key(settings, campaign)
        with beside("day"), database.begin() as session:
            day, today = required_day("day"), settings.today()
            extension.check(session, campaign, day, today)
            if agreed(session, context, campaign, Action.EXTEND, day.isoformat()):
                extension.extend(session, campaign, day, today, key)
                flash(
                    gettext(
                        "The last day is later now. Give the signed extension to the statisticians."
                    )
                )
        return _to_campaign(campaign)

    @site.get("/campaigns/<campaign>/extension.json")
    @open_to(*Staff.ROLES)
    @refused_on("manage.campaign")
    def extension_statement(campaign: str) -> ResponseReturnValue:
        """Download the latest signed extension for the statisticians."""
        with database.read() as session:
            document = extension.statement(session, campaign)
        return attachment(document, "application/json", f"{campaign}.extension.json")


def _extension(campaign: str, day: date, last: extension.LastDay) -> AskingPage:
    return AskingPage(
        title=gettext("Extend the last day to %(day)s?", day=format_date(day)),
        consequences=(
            gettext(
                "Codes are then good until the end of this day. It cannot be taken back: the last "
                "day can only become later still."
            ),
            gettext(
                "You get a signed extension, to be given to the statisticians. Respondents' pages "
                "show the later day once they have taken it in. Cards and letters that are out "
                "keep the earlier one."
            ),
        ),
        button=gettext("Extend the last day"),
        action=url_for("manage.extend", campaign=campaign),
        back=to_campaign(campaign),
        facts=(
            (gettext("Last day now"), format_date(last.current)),
            (gettext("New last day"), format_date(day)),
            (gettext("Latest last day"), format_date(last.latest)),
        ),
        fields={"day": day},
        is_final=False,
    )


def _add_closing_statement(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.get("/campaigns/<campaign>/closing.json")
    @open_to(*Staff.ROLES)
    @refused_on("manage.campaign")
    def closing_statement(campaign: str) -> ResponseReturnValue:
        """Download the signed closing statement for the statisticians."""
        with database.read() as session:
            row = find_campaign(session, campaign)
            if row.closing is None:
                raise StateError(campaign=campaign, state=row.step, needed=Step.CLOSED)
            document = row.closing
        return attachment(document, "application/json", f"{campaign}.closing.json")

    @site.get("/campaigns/<campaign>/counts.csv")
    @open_to(*Staff.ROLES)
    @refused_on("manage.campaign")
    def counts_table(campaign: str) -> ResponseReturnValue:
        """Download the counts of the close."""
        with database.read() as session:
            content = hand_over_files.counts_table(session, campaign)
        return attachment(content, CSV, f"{campaign}.counts.csv")

    @site.get("/campaigns/<campaign>/closing.zip")
    @open_to(*Staff.ROLES)
    @refused_on("manage.campaign")
    def hand_over(campaign: str) -> ResponseReturnValue:
        """Download all that the statisticians need after the close."""
        with database.read() as session:
            content = hand_over_files.archive(session, campaign)
        return attachment(content, "application/zip", f"{campaign}.closing.zip")

    @site.post("/campaigns/<campaign>/root")
    @open_to("manager")
    @refused_on("manage.campaign")
    def root(campaign: str) -> ResponseReturnValue:
        """Record the root over the receipts that the statisticians have published."""
        with beside("root"), database.begin() as session:
            receipts_root = service.read_root(request.form.get("root", ""))
            service.record_root(session, campaign, receipts_root)
        flash(gettext("Recorded: both sides publish this root."))
        return _to_campaign(campaign)


def _to_campaign(campaign: str) -> ResponseReturnValue:
    return redirect(to_campaign(campaign))
