"""Pausing and closing a campaign, erasing its persons, and putting it away; each asks first."""

from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from survey_app.accounts.guard import open_to
from survey_app.identity.manage.campaigns import proposals, putting_away, service
from survey_app.identity.manage.campaigns.proposals import Action
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.views.asking import (
    AskingPage,
    agreed,
    ask,
    check_name_typed,
    to_campaign,
)
from survey_app.identity.manage.views.shared import SiteContext, required_day
from survey_app.identity.store.models import Step
from survey_app.identity.store.queries import count_codes, find_campaign
from survey_app.web.forms import beside, refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages and actions."""
    _add_pause(site, context)
    _add_close(site, context)
    _add_erase(site, context)
    _add_erase_on(site, context)
    _add_delete(site, context)
    _add_archive(site, context)
    _add_drop(site, context)


def _add_pause(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.get("/campaigns/<campaign>/pause")
    @open_to("manager")
    def ask_pause(campaign: str) -> str:
        """Ask whether to pause."""
        question = AskingPage(
            title=gettext("Pause the campaign?"),
            consequences=(
                gettext("No code can be used until it is resumed. Codes stay good."),
                gettext(
                    "Who sends answers meanwhile reads that the survey is paused. The answers wait "
                    "on their phone, and go out by themselves if the page stays open, or once they "
                    "open their link again."
                ),
                gettext(
                    "Who has got a credential already can still send. The last day does not move."
                ),
            ),
            button=gettext("Pause the campaign"),
            action=url_for("manage.pause", campaign=campaign),
            back=to_campaign(campaign),
            is_final=False,
        )
        with database.read() as session:
            service.check_step(session, campaign, Step.PUBLISHED)
            return ask(session, context, campaign, question)

    @site.post("/campaigns/<campaign>/pause")
    @open_to("manager")
    @refused_on("manage.campaign")
    def pause(campaign: str) -> ResponseReturnValue:
        """Let no new credential be signed."""
        with database.begin() as session:
            putting_away.pause(session, campaign)
        flash(gettext("The campaign is paused: no code can be used until it is resumed."))
        return redirect(to_campaign(campaign))

    @site.post("/campaigns/<campaign>/resume")
    @open_to("manager")
    @refused_on("manage.campaign")
    def resume(campaign: str) -> ResponseReturnValue:
        """Let credentials be signed again."""
        with database.begin() as session:
            putting_away.resume(session, campaign)
        flash(gettext("The campaign goes on: codes can be used again."))
        return redirect(to_campaign(campaign))


def _add_close(site: Blueprint, context: SiteContext) -> None:
    database, settings = context.database, context.settings

    @site.get("/campaigns/<campaign>/close")
    @open_to("manager")
    def ask_close(campaign: str) -> str:
        """Ask whether to close, and say what is lost if it is before the last day."""
        with database.read() as session:
            question = AskingPage(
                title=gettext("Close the campaign?"),
                consequences=_lost_by_closing(session, campaign, settings.today()),
                button=gettext("Close the campaign"),
                action=url_for("manage.close", campaign=campaign),
                back=to_campaign(campaign),
                types_name=True,
            )
            return ask(session, context, campaign, question, (Action.CLOSE, ""))

    @site.post("/campaigns/<campaign>/close")
    @open_to("manager")
    @refused_on(ask_close)
    def close(campaign: str) -> ResponseReturnValue:
        """Destroy the signing keys, if the name was typed in as asked."""
        check_name_typed(campaign)
        with database.begin() as session:
            service.check_step(session, campaign, Step.PUBLISHED)
            is_agreed = agreed(session, context, campaign, Action.CLOSE)
            if is_agreed:
                service.close(session, campaign, service.closing_key(settings, campaign))
        if is_agreed:
            database.vacuum()
            flash(gettext("The campaign is closed. This page says what comes next."))
        return redirect(to_campaign(campaign))


def _lost_by_closing(session: Session, campaign: str, today: date) -> list[str]:
    """Say what a close means today."""
    manifest = service.published_manifest(session, campaign)
    days_left = (service.last_day(session, manifest) - today).days
    codes = sum(count_codes(session, campaign).values())
    early = (
        gettext(
            "This is early: the last day is %(day)s. Respondents were promised that they could "
            "answer until then. To stop for a while only, pause the campaign.",
            day=format_date(service.last_day(session, manifest)),
        ),
    )
    return [
        *(early if days_left >= 0 else ()),
        gettext(
            "The signing keys are destroyed for good: of the %(codes)s codes that are out, those "
            "not used yet cannot be used any longer.",
            codes=codes,
        ),
        gettext(
            "Codes can no longer be replaced or sent. Ballots that are on their way are taken "
            "until the statisticians close the box."
        ),
    ]


def _add_erase(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.get("/campaigns/<campaign>/roster/erase")
    @open_to("manager")
    def ask_erase(campaign: str) -> str:
        """Ask whether to erase the persons now."""
        with database.read() as session:
            question = AskingPage(
                title=gettext("Erase the persons now?"),
                consequences=_lost_by_erasing(session, campaign),
                button=gettext("Erase now"),
                action=url_for("manage.erase", campaign=campaign),
                back=url_for("manage.roster", campaign=campaign),
                tab="roster",
                types_name=_in_fieldwork(session, campaign),
            )
            proposal = (Action.ERASE, "") if _takes_two(session, context, campaign) else None
            return ask(session, context, campaign, question, proposal)

    @site.post("/campaigns/<campaign>/roster/erase")
    @open_to("manager")
    @refused_on(ask_erase)
    def erase(campaign: str) -> ResponseReturnValue:
        """Erase the persons now, down to the bytes on disk."""
        with database.begin() as session:
            if _in_fieldwork(session, campaign):
                check_name_typed(campaign)
            two = _takes_two(session, context, campaign)
            is_agreed = not two or agreed(session, context, campaign, Action.ERASE)
            if is_agreed:
                persons.erase(session, campaign)
        if is_agreed:
            database.vacuum()
            flash(gettext("The persons are erased: nothing in the store names one any longer."))
        return redirect(url_for("manage.roster", campaign=campaign))


def _add_erase_on(site: Blueprint, context: SiteContext) -> None:
    database, settings = context.database, context.settings

    @site.get("/campaigns/<campaign>/roster/erase-on")
    @open_to("manager")
    @refused_on("manage.roster")
    def ask_erase_on(campaign: str) -> str:
        """Ask whether the persons are to be erased on the day that was chosen."""
        day = required_day("day")
        with database.read() as session:
            question = AskingPage(
                title=gettext("Erase the persons on %(day)s?", day=format_date(day)),
                consequences=_lost_by_erasing(session, campaign),
                button=gettext("Set this day"),
                action=url_for("manage.erase_on", campaign=campaign),
                back=url_for("manage.roster", campaign=campaign),
                tab="roster",
                fields={"day": day},
                is_final=False,
            )
            proposal = (Action.ERASE_ON, day.isoformat())
            two = _takes_two(session, context, campaign)
            return ask(session, context, campaign, question, proposal if two else None)

    @site.post("/campaigns/<campaign>/roster/erase-on")
    @open_to("manager")
    @refused_on("manage.roster")
    def erase_on(campaign: str) -> ResponseReturnValue:
        """Set the day on which the persons are erased."""
        with beside("day"), database.begin() as session:
            day = required_day("day")
            two = _takes_two(session, context, campaign)
            is_agreed = not two or agreed(
                session, context, campaign, Action.ERASE_ON, day.isoformat()
            )
            if is_agreed:
                persons.erase_on(session, campaign, day, settings.today())
        if is_agreed:
            flash(
                gettext("The persons are erased on %(day)s, at the latest.", day=format_date(day))
            )
        return redirect(url_for("manage.roster", campaign=campaign))


def _takes_two(session: Session, context: SiteContext, campaign: str) -> bool:
    """Tell whether erasing takes two: in fieldwork it ends the replacing of codes for good."""
    return context.settings.two_managers and _in_fieldwork(session, campaign)


def _in_fieldwork(session: Session, campaign: str) -> bool:
    return find_campaign(session, campaign).step == Step.PUBLISHED


def _lost_by_erasing(session: Session, campaign: str) -> list[str]:
    """Say what erasing the persons means at this step."""
    in_any_case = gettext(
        "Everything that names a person is deleted, and the store is rewritten. It cannot be taken "
        "back."
    )
    match find_campaign(session, campaign).step:
        case Step.PUBLISHED:
            return [
                in_any_case,
                gettext(
                    "Codes that are out keep working. But a lost code can no longer be replaced, "
                    "and no letter or reminder can be sent."
                ),
            ]
        case Step.CLOSED:
            return [in_any_case, gettext("The counts and the closing statement stay.")]
    return [in_any_case, gettext("Another roster can be uploaded, and the sample drawn from it.")]


def _add_delete(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.get("/campaigns/<campaign>/delete")
    @open_to("manager")
    def ask_delete(campaign: str) -> str:
        """Ask whether to delete a draft."""
        question = AskingPage(
            title=gettext("Delete the draft?"),
            consequences=(
                gettext(
                    "Its texts, strata, questionnaires and roster are deleted. It cannot be taken "
                    "back. The log keeps that it was there."
                ),
                gettext("To have it out of sight only, archive it."),
            ),
            button=gettext("Delete the draft"),
            action=url_for("manage.delete", campaign=campaign),
            back=to_campaign(campaign),
            types_name=True,
        )
        with database.read() as session:
            service.check_step(session, campaign, Step.DRAFT)
            return ask(session, context, campaign, question)

    @site.post("/campaigns/<campaign>/delete")
    @open_to("manager")
    @refused_on(ask_delete)
    def delete(campaign: str) -> ResponseReturnValue:
        """Delete a draft, down to the bytes on disk."""
        check_name_typed(campaign)
        with database.begin() as session:
            putting_away.delete_draft(session, campaign)
        database.vacuum()
        flash(gettext("The draft “%(campaign)s” is deleted.", campaign=campaign))
        return redirect(url_for("manage.index"))


def _add_archive(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.post("/campaigns/<campaign>/archive")
    @open_to("manager")
    @refused_on("manage.campaign")
    def archive(campaign: str) -> ResponseReturnValue:
        """Leave a campaign out of the list."""
        with database.begin() as session:
            putting_away.archive(session, campaign)
        flash(gettext("“%(campaign)s” is in the archive, below the list.", campaign=campaign))
        return redirect(url_for("manage.index"))

    @site.post("/campaigns/<campaign>/unarchive")
    @open_to("manager")
    @refused_on("manage.campaign")
    def unarchive(campaign: str) -> ResponseReturnValue:
        """Take a campaign back into the list."""
        with database.begin() as session:
            putting_away.unarchive(session, campaign)
        flash(gettext("“%(campaign)s” is in the list again.", campaign=campaign))
        return redirect(to_campaign(campaign))


def _add_drop(site: Blueprint, context: SiteContext) -> None:
    @site.post("/campaigns/<campaign>/drop")
    @open_to("manager")
    @refused_on("manage.campaign")
    def drop_proposal(campaign: str) -> ResponseReturnValue:
        """Drop what waits for a second manager."""
        with context.database.begin() as session:
            proposals.drop(session, campaign, request.form.get("action", ""))
        flash(gettext("It is dropped: nothing was done."))
        return redirect(to_campaign(campaign))
