"""Letters: invitations and reminders by e-mail, who did not get one, and texts for groups."""

from dataclasses import asdict, dataclass
from datetime import date
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.guard import open_to
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.campaigns.draft import DraftStratum
from survey_app.identity.manage.invitations import (
    code_lists,
    group_texts,
    mailing,
    named_lists,
    sending,
)
from survey_app.identity.manage.invitations.list_requests import (
    ListForm,
    ListLanguage,
    ListRequest,
)
from survey_app.identity.manage.invitations.mailing import Addressees
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.identity.manage.invitations.wording import (
    OF_SURVEY,
    Sender,
    Wording,
    as_test,
    check_body,
    check_subject,
    filled,
    reminder,
    sample_link,
    text_of,
)
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.views.shared import SiteContext, page_of
from survey_app.identity.store.models import Staff, Step
from survey_app.web.forms import beside, refused_on
from survey_app.web.languages import named

INVITATION, REMINDER = "invitation", "reminder"
_MOST_COUNTED = 5000
"""Of so many persons addresses are counted while a page is made; of more, before letters go."""


@dataclass(frozen=True)
class LetterPreview:
    """A letter as the first of its addressees will read it, and how many there are."""

    sender: Sender
    subject: str
    text: str
    addressees: Addressees


@dataclass(frozen=True)
class LetterFrame:
    """What a letter is filled with."""

    manifest: PublishedManifest
    last_day: date


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    page = partial(letters_page, context)
    _add_letters(site, context)
    _add_failed(site, context)

    @site.get("/campaigns/<campaign>/letters")
    @open_to(*Staff.ROLES)
    def letters(campaign: str) -> ResponseReturnValue:
        """Offer letters, and list those that did not arrive."""
        return page(campaign)

    @site.get("/campaigns/<campaign>/texts")
    @open_to(*Staff.ROLES)
    def texts(campaign: str) -> ResponseReturnValue:
        """Show texts for groups and notice boards, ready to be copied."""
        with context.database.read() as session:
            head = page_of(session, campaign)
            survey = _survey(session, campaign)
        notice = partial(Notice.of, survey.manifest, survey.last_day, context.settings.respond_url)
        return render_template(
            "manage/group_texts.html", page=head, texts=group_texts.texts_of(notice)
        )


def letters_page(context: SiteContext, campaign: str, preview: LetterPreview | None = None) -> str:
    """Render the page of letters, with one as it will be read if it is asked for."""
    settings, keys = context.settings, context.keys
    with context.database.read() as session:
        page = page_of(session, campaign)
        jobs = [job for job in queue.of_campaign(session, campaign) if job.kind == queue.MAIL]
        failures = mailing.failed_letters(session, keys.roster, campaign)
        number_failed = mailing.number_failed(session, campaign)
        strata = [stratum.id for stratum in page.draft.strata]
        few_drawn = mailing.number_drawn(session, campaign) <= _MOST_COUNTED
        addressees = mailing.addressees(session, keys, campaign, strata) if few_drawn else None
    return render_template(
        "manage/letters.html",
        page=page,
        jobs=jobs,
        what=_what(),
        failed=failures,
        number_failed=number_failed,
        addressees=addressees,
        places=OF_SURVEY,
        has_server=bool(settings.smtp_url and settings.mail_from),
        fieldwork=page.step == Step.PUBLISHED,
        preview=preview,
        form=request.form,
        strata=request.form.getlist("stratum") or strata,
        units={stratum.id: _place_name(stratum) for stratum in page.draft.strata},
    )


def _add_letters(site: Blueprint, context: SiteContext) -> None:
    database, settings = context.database, context.settings
    page = partial(letters_page, context)

    @site.post("/campaigns/<campaign>/letters/preview")
    @open_to("manager")
    @refused_on("manage.letters")
    def preview_letters(campaign: str) -> ResponseReturnValue:
        """Show a letter as it will be read, and count who gets it."""
        wording, strata = _wording(), _strata()
        with database.read() as session:
            survey = _survey(session, campaign)
            if _what() == REMINDER:
                addressees = mailing.reminded(session, context.keys, campaign, strata)
            else:
                addressees = mailing.addressees(session, context.keys, campaign, strata)
        letter, sender, link = _sample(context, survey, wording, strata[0])
        return page(
            campaign, LetterPreview(sender, letter.subject, text_of(letter, link), addressees)
        )

    @site.post("/campaigns/<campaign>/letters/test")
    @open_to("manager")
    @refused_on("manage.letters")
    def send_test(campaign: str) -> ResponseReturnValue:
        """Send a letter that says of itself that its link does not work."""
        url, wording, strata = sending.server_url(settings), _wording(), _strata()
        with database.read() as session:
            survey = _survey(session, campaign)
        letter, sender, link = _sample(context, survey, wording, strata[0])
        with beside("to"):
            sending.send_test(
                url, sender, as_test(letter), request.form.get("to", "").strip(), link
            )
        flash(gettext("The mail server has taken the test letter."))
        return page(campaign)

    @site.post("/campaigns/<campaign>/mail")
    @open_to("manager")
    @refused_on("manage.letters")
    def mail(campaign: str) -> ResponseReturnValue:
        """Queue letters, and start to send them."""
        sending.server_url(settings)
        wording, strata, name, keys = _wording(), _strata(), queue.new_name(), context.keys
        with database.begin() as session:
            manifest = service.published_manifest(session, campaign)
            if _what() == REMINDER:
                number = mailing.queue_reminders(session, keys, campaign, name, strata)
            else:
                link = partial(manifest.link, settings.respond_url)
                number = mailing.queue_invitations(session, keys, manifest, name, strata, link)
            _queue(session, context, campaign, name, asdict(wording), number)
        context.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=name))


def _add_failed(site: Blueprint, context: SiteContext) -> None:
    database, settings = context.database, context.settings

    @site.post("/campaigns/<campaign>/letters/again")
    @open_to("manager")
    @refused_on("manage.letters")
    def write_again(campaign: str) -> ResponseReturnValue:
        """Give persons whose letters failed new codes, in letters like those."""
        sending.server_url(settings)
        keys, total = context.keys, 0
        with database.begin() as session:
            manifest = service.published_manifest(session, campaign)
            link = partial(manifest.link, settings.respond_url)
            for earlier, letters in mailing.by_job(session, campaign, _letters()).items():
                task, name = queue.task_of(session, keys.roster, earlier), queue.new_name()
                number = mailing.write_again(session, keys, manifest, name, letters, link)
                _queue(session, context, campaign, name, task, number)
                total += number
        context.worker.nudge()
        flash(gettext("Persons who get a new code in a new letter: %(number)s.", number=total))
        return redirect(url_for("manage.letters", campaign=campaign))

    @site.post("/campaigns/<campaign>/letters/cards")
    @open_to("manager")
    @refused_on("manage.letters")
    def cards_for_letters(campaign: str) -> ResponseReturnValue:
        """Ask for cards with new codes for persons whose letters failed, or who have no address."""
        with database.begin() as session:
            sample = mailing.persons_of(session, campaign, _letters())
            cards = ListRequest(
                tuple(sorted({person.stratum for person in sample})),
                ListForm.CARDS,
                replace=True,
                language=ListLanguage.BOTH,
                persons=tuple(sorted(person.person.hex() for person in sample)),
            )
            named_lists.ask(session, campaign, cards, code_lists.check(session, campaign, cards))
        flash(gettext("The list is asked for. Another survey manager has to confirm it."))
        return redirect(url_for("manage.invite", campaign=campaign))

    @site.post("/campaigns/<campaign>/letters/dismiss")
    @open_to("manager")
    @refused_on("manage.letters")
    def dismiss_letters(campaign: str) -> ResponseReturnValue:
        """Take persons off the list of failed letters."""
        with database.begin() as session:
            mailing.dismiss(session, campaign, _letters())
        flash(gettext("They are off the list. Their codes stay as they are."))
        return redirect(url_for("manage.letters", campaign=campaign))


def _place_name(stratum: DraftStratum) -> str:
    return f"{named(stratum.unit)} · {named(stratum.post_category)}"


def _survey(session: Session, campaign: str) -> LetterFrame:
    manifest = service.published_manifest(session, campaign)
    return LetterFrame(manifest, service.last_day(session, manifest))


def _sample(
    context: SiteContext, survey: LetterFrame, wording: Wording, stratum: str
) -> tuple[Wording, Sender, str]:
    """Write the letter of some person in a stratum, whose code was never made."""
    settings = context.settings
    notice = partial(Notice.of, survey.manifest, survey.last_day, settings.respond_url)
    letter = filled(wording, partial(notice, stratum=stratum))
    link = sample_link(survey.manifest, settings.respond_url, stratum)
    return letter, Sender.of(settings, survey.manifest, wording), link


def _queue(
    session: Session,
    context: SiteContext,
    campaign: str,
    name: str,
    task: dict[str, str],
    number: int,
) -> None:
    key = context.keys.roster
    queue.add(session, key, campaign, queue.MAIL, task, total=number, name=name)


def _what() -> str:
    return REMINDER if request.values.get("what") == REMINDER else INVITATION


def _wording() -> Wording:
    """Read the letter that the form holds."""
    wording = Wording.typed(request.form.get("subject", ""), request.form.get("body", ""))
    reminds = _what() == REMINDER
    with beside("subject"):
        check_subject(wording.subject)
    with beside("body"):
        check_body(wording.body, invites=not reminds)
    return reminder(wording) if reminds else wording


def _strata() -> list[str]:
    strata = request.form.getlist("stratum")
    if not strata:
        with beside("stratum"):
            raise InputError(N_("Choose at least one stratum."))
    return strata


def _letters() -> list[str]:
    letters = request.form.getlist("letter")
    if not letters:
        raise SurveyError(N_("Choose at least one person of the list."))
    return letters
