"""The steps of a campaign: its design confirmed and fixed, then published, then closed."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey_app.accounts.guard import open_to
from survey_app.errors import N_, InputError, StateError
from survey_app.identity.manage.campaigns import extension, schedule, service
from survey_app.identity.manage.campaigns.schedule import Schedule
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.views.campaigns import campaign_page
from survey_app.identity.manage.views.shared import (
    SiteContext,
    page_of,
    required_day,
    uploaded,
)
from survey_app.identity.store.models import Staff, Step
from survey_app.identity.store.queries import find_campaign
from survey_app.storage import doctor
from survey_app.web.files import attachment
from survey_app.web.forms import beside, refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these actions."""
    database = context.database
    _add_extend(site, context)
    _add_close(site, context)

    @site.post("/campaigns/<campaign>/confirm")
    @open_to("manager")
    def confirm(campaign: str) -> ResponseReturnValue:
        """Confirm the current design."""
        with database.begin() as session:
            service.design_of(session, campaign)
            service.confirm(session, campaign)
        return _to_campaign(campaign)

    @site.post("/campaigns/<campaign>/fix")
    @open_to("manager")
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
    def publish(campaign: str) -> ResponseReturnValue:
        """Store the published manifest."""
        _, document = uploaded()
        with database.begin() as session:
            service.publish(session, campaign, document)
        return _to_campaign(campaign)


def _add_extend(site: Blueprint, context: SiteContext) -> None:
    database, settings = context.database, context.settings

    page = partial(campaign_page, context)

    @site.get("/campaigns/<campaign>/extend")
    @open_to("manager")
    @refused_on(page)
    def ask_extension(campaign: str) -> ResponseReturnValue:
        """Ask whether the last day is to become the one that was chosen."""
        with beside("day"), database.read() as session:
            day = required_day("day")
            last = extension.check(session, campaign, day, settings.today())
            head = page_of(session, campaign)
        return render_template("manage/extend.html", page=head, last=last, day=day)

    @site.post("/campaigns/<campaign>/extend")
    @open_to("manager")
    @refused_on(page)
    def extend(campaign: str) -> ResponseReturnValue:
        """Let codes be good until a later day, which is signed."""
        key = service.closing_key(settings, campaign)
        with beside("day"), database.begin() as session:
            day = required_day("day")
            extension.extend(session, campaign, day, settings.today(), key)
        flash(gettext("The last day is later now. Give the signed extension to the statisticians."))
        return _to_campaign(campaign)

    @site.get("/campaigns/<campaign>/extension.json")
    @open_to(*Staff.ROLES)
    def extension_statement(campaign: str) -> ResponseReturnValue:
        """Download the latest signed extension for the statisticians."""
        with database.read() as session:
            document = extension.statement(session, campaign)
        return attachment(document, "application/json", f"{campaign}.extension.json")


def _add_close(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.post("/campaigns/<campaign>/close")
    @open_to("manager")
    def close(campaign: str) -> ResponseReturnValue:
        """Destroy the signing keys, if the name was typed in as asked."""
        if request.form.get("typed", "").strip() != campaign:
            raise InputError(N_("Type the campaign's identifier to close it."))
        with database.begin() as session:
            service.close(session, campaign, service.closing_key(context.settings, campaign))
        database.vacuum()
        return _to_campaign(campaign)

    @site.get("/campaigns/<campaign>/closing.json")
    @open_to(*Staff.ROLES)
    def closing_statement(campaign: str) -> ResponseReturnValue:
        """Download the signed closing statement for the statisticians."""
        with database.read() as session:
            row = find_campaign(session, campaign)
            if row.closing is None:
                raise StateError(campaign=campaign, state=row.step, needed=Step.CLOSED)
            document = row.closing
        return attachment(document, "application/json", f"{campaign}.closing.json")

    @site.post("/campaigns/<campaign>/root")
    @open_to("manager")
    def root(campaign: str) -> ResponseReturnValue:
        """Record the root over the receipts that the statisticians have published."""
        receipts_root = service.read_root(request.form.get("root", ""))
        with database.begin() as session:
            service.record_root(session, campaign, receipts_root)
        return _to_campaign(campaign)


def _to_campaign(campaign: str) -> ResponseReturnValue:
    return redirect(url_for("manage.campaign", campaign=campaign))
