"""Lists of fresh codes: made in the background, kept encrypted until they are printed or saved."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.config import SiteSettings
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, NotFoundError, SurveyError
from survey_app.identity.manage.campaigns.service import last_day, published_manifest
from survey_app.identity.manage.invitations import (
    codes,
    list_files,
    lost_codes,
    named_lists,
    new_codes,
)
from survey_app.identity.manage.invitations.list_requests import ListForm, ListLanguage, ListRequest
from survey_app.identity.manage.invitations.new_codes import CodeRecord, Keys, PlainCode
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.roster.persons import OnProgress
from survey_app.identity.store.models import Audit, CodeList
from survey_app.identity.store.queries import count_codes
from survey_app.language import CHINESE, ENGLISH
from survey_app.papers import fonts
from survey_app.storage.database import Database

MOST_CARDS = 5000
_DAYS_KEPT = 3
"""The day on which a list is made is the first."""
_REPORTED_EVERY = 200

Report = Callable[[int], None]
"""Take how many codes are written."""


@dataclass(frozen=True)
class WaitingList:
    """A list that waits until someone confirms that it is printed or saved, or a day has ended."""

    job: str
    form: ListForm
    last_day: date
    fetches: int


@dataclass(frozen=True)
class FetchedList:
    """A list as a file."""

    form: ListForm
    content: bytes


def request_for_all(session: Session, manifest: PublishedManifest, *, replace: bool) -> ListRequest:
    """Compose the request for all strata, or if codes may not be replaced, those without any.

    Raises
    ------
    SurveyError
        Every stratum has its codes.
    """
    counts = {} if replace else count_codes(session, manifest.campaign)
    strata = tuple(stratum.id for stratum in manifest.strata if stratum.id not in counts)
    if not strata:
        raise SurveyError(N_("The whole sample has been invited already."))
    return ListRequest(strata, ListForm.CSV, replace)


def check(session: Session, campaign: str, request: ListRequest) -> int:
    """Refuse a list that cannot be made; returns how many codes it will have.

    Raises
    ------
    SurveyError
        Another is kept still, codes would be replaced without permission, or there are too
        many cards, or no font to print them with.
    """
    manifest = published_manifest(session, campaign)
    _check_free(session, manifest, request)
    if request.form == ListForm.CARDS:
        fonts.faces()
    return len(_recipients(session, manifest, request))


def make(
    database: Database,
    settings: SiteSettings,
    campaign: str,
    job: str,
    request: ListRequest,
    on_progress: OnProgress,
    finish: Callable[[Session], None],
) -> None:
    """Generate a list's codes and activate them once the list is stored: all of it or nothing.

    ``finish`` takes part in the transaction that ends it.
    """
    keys = Keys.of(settings)
    with database.read() as session:
        manifest = published_manifest(session, campaign)
        to = _recipients(session, manifest, request)
        print_list = _printer(session, settings, manifest, request)
    records: list[CodeRecord] = []

    def plain_codes() -> Iterator[PlainCode]:
        for plain, record in new_codes.generate(keys, manifest, to):
            records.append(record)
            yield plain

    content = print_list(plain_codes(), lambda codes_made: on_progress(codes_made, len(to)))
    kept_until = settings.today() + timedelta(_DAYS_KEPT - 1)
    with database.begin() as session:
        _check_free(session, manifest, request)
        if to.persons:
            named_lists.take(session, campaign, job, request)
        if request.is_single:
            codes.replace_lost(session, keys, manifest, records)
        else:
            codes.activate(session, keys, manifest, request.strata, records)
        session.add(
            CodeList(
                job=job,
                campaign=campaign,
                form=request.form,
                last_day=kept_until.isoformat(),
                fetches=0,
                content=encrypt(keys.roster, content, _context(job)),
            )
        )
        finish(session)


def check_none_waits(session: Session, campaign: str) -> None:
    """Refuse to make a list while another waits.

    Raises
    ------
    SurveyError
        One waits to be confirmed as printed or saved.
    """
    kept_lists = select(CodeList.job).where(CodeList.campaign == campaign).limit(1)
    if session.scalar(kept_lists) is not None:
        raise SurveyError(
            N_("A list of codes is still kept here. Confirm first that it is printed or saved.")
        )


def waiting(session: Session, campaign: str) -> list[WaitingList]:
    """List a campaign's lists that are kept."""
    columns = (CodeList.job, CodeList.form, CodeList.last_day, CodeList.fetches)
    rows = session.execute(select(*columns).where(CodeList.campaign == campaign))
    return [
        WaitingList(job, ListForm(form), date.fromisoformat(day), fetches)
        for job, form, day, fetches in rows
    ]


def fetch(session: Session, key: bytes, campaign: str, job: str) -> FetchedList:
    """Give a list, again and again until it is destroyed; the log has each time.

    Raises
    ------
    NotFoundError
        It is destroyed.
    """
    row = _find_list(session, campaign, job)
    row.fetches += 1
    _record(session, "fetch", row)
    return FetchedList(ListForm(row.form), decrypt(key, row.content, _context(row.job)))


def destroy(session: Session, campaign: str, job: str) -> None:
    """Destroy a list that someone confirms as printed or saved; the caller scrubs the table.

    Raises
    ------
    SurveyError
        No one has fetched it: its codes would be lost.
    NotFoundError
        It is destroyed already.
    """
    row = _find_list(session, campaign, job)
    if row.fetches == 0:
        raise SurveyError(N_("No one has downloaded this list yet: its codes would be lost."))
    session.delete(row)
    _record(session, "destroy list", row)


def expired(session: Session, today: date) -> Collection[str]:
    """List the lists that have expired, by their jobs."""
    query = select(CodeList.job).where(CodeList.last_day < today.isoformat())
    return session.scalars(query).all()


def delete_lists(session: Session, jobs: Collection[str]) -> None:
    """Delete lists without fetching them."""
    session.execute(delete(CodeList).where(CodeList.job.in_(jobs)))


def _check_free(session: Session, manifest: PublishedManifest, request: ListRequest) -> None:
    check_none_waits(session, manifest.campaign)
    if not request.replace:
        codes.check_without_codes(session, manifest, request.strata)


def _recipients(
    session: Session, manifest: PublishedManifest, request: ListRequest
) -> new_codes.Recipients:
    if request.is_single:
        return lost_codes.recipients(session, manifest.campaign, request)
    to = new_codes.recipients(session, manifest, request.strata)
    if request.form == ListForm.CARDS and len(to) > MOST_CARDS:
        raise SurveyError(N_("Print at most 5000 cards at once: choose fewer strata."))
    return to


def _printer(
    session: Session, settings: SiteSettings, manifest: PublishedManifest, request: ListRequest
) -> Callable[[Iterator[PlainCode], Report], bytes]:
    """Give what writes a list, with all that it needs from the store."""
    headings = persons.own_headings(session, settings.secret("roster"), manifest.campaign)
    link = partial(manifest.link, settings.respond_url)
    if request.form == ListForm.CARDS:
        # Printing takes long to load, and no other command needs it.
        from survey_app.identity.manage.invitations import card_parts  # noqa: PLC0415
        from survey_app.papers import cards  # noqa: PLC0415

        day, url = last_day(session, manifest), settings.respond_url
        parts = card_parts.CardParts(manifest, day, url, request, headings)
        return lambda plain, report: cards.print_parts(parts.parts(list(plain), link), report)
    locale = CHINESE if request.language == ListLanguage.CHINESE else ENGLISH
    write = list_files.as_csv if request.form == ListForm.CSV else list_files.as_xlsx
    return lambda plain, report: write(_reported(plain, report), link, headings, locale)


def _reported(plain_codes: Iterator[PlainCode], report: Report) -> Iterator[PlainCode]:
    """Report now and then how many codes were taken."""
    for number, plain in enumerate(plain_codes):
        if number % _REPORTED_EVERY == 0:
            report(number)
        yield plain


def _find_list(session: Session, campaign: str, job: str) -> CodeList:
    of_job = select(CodeList).where(CodeList.job == job[:32], CodeList.campaign == campaign)
    row = session.scalar(of_job.with_for_update())
    if row is None:
        raise NotFoundError(N_("This list is destroyed. Make a new one."))
    return row


def _record(session: Session, action: str, row: CodeList) -> None:
    number = named_lists.number_of(session, row.job)
    detail = f"no. {number} {row.form}" if number else row.form
    audit.record(session, Audit, action, row.campaign, detail)


def _context(job: str) -> str:
    return f"codes/{job}"
