"""Lists of fresh codes: made in the background, kept encrypted, fetched once, then gone."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
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
from survey_app.identity.manage.campaigns.service import published_manifest
from survey_app.identity.manage.invitations import (
    codes,
    list_files,
    lost_codes,
    named_lists,
)
from survey_app.identity.manage.invitations.codes import CodeRecord, Keys, PlainCode
from survey_app.identity.manage.invitations.list_requests import ListForm, ListRequest
from survey_app.identity.manage.roster.persons import OnProgress
from survey_app.identity.store.models import Audit, CodeList
from survey_app.identity.store.queries import count_codes
from survey_app.storage.database import Database

MOST_CARDS = 5000
PER_PAGE = (4, 6, 8, 10, 12)
_DAYS_KEPT = 1
_REPORTED_EVERY = 200


@dataclass(frozen=True)
class WaitingList:
    """A list that waits to be fetched, until the end of a day."""

    job: str
    form: ListForm
    last_day: date


@dataclass(frozen=True)
class FetchedList:
    """A list, the only time that it is shown."""

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
        Another waits to be fetched, codes would be replaced without permission, or there are too
        many cards.
    """
    manifest = published_manifest(session, campaign)
    _check_free(session, manifest, request)
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
    records: list[CodeRecord] = []

    def plain_codes() -> Iterator[PlainCode]:
        for plain, record in codes.generate(keys, manifest, to):
            if len(records) % _REPORTED_EVERY == 0:
                on_progress(len(records), len(to))
            records.append(record)
            yield plain

    link = partial(manifest.link, settings.respond_url)
    content = _content(request, plain_codes(), link)
    last_day = settings.today() + timedelta(_DAYS_KEPT)
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
                last_day=last_day.isoformat(),
                content=encrypt(keys.roster, content, _context(job)),
            )
        )
        finish(session)


def check_none_waits(session: Session, campaign: str) -> None:
    """Refuse to make a list while another waits.

    Raises
    ------
    SurveyError
        One waits to be fetched.
    """
    unfetched = select(CodeList.job).where(CodeList.campaign == campaign).limit(1)
    if session.scalar(unfetched) is not None:
        raise SurveyError(N_("A list of codes waits to be fetched: fetch it first."))


def waiting(session: Session, campaign: str) -> list[WaitingList]:
    """List a campaign's lists that wait to be fetched."""
    columns = (CodeList.job, CodeList.form, CodeList.last_day)
    rows = session.execute(select(*columns).where(CodeList.campaign == campaign))
    return [WaitingList(job, ListForm(form), date.fromisoformat(day)) for job, form, day in rows]


def fetch(session: Session, key: bytes, campaign: str, job: str) -> FetchedList:
    """Take a list out, this once.

    Raises
    ------
    NotFoundError
        It was fetched before, or it has expired.
    """
    row = session.scalar(
        select(CodeList).where(CodeList.job == job[:32], CodeList.campaign == campaign)
    )
    if row is None:
        raise NotFoundError(N_("This list was fetched already, or has expired. Make a new one."))
    session.delete(row)
    number = named_lists.number_of(session, job)
    detail = f"no. {number} {row.form}" if number else row.form
    audit.record(session, Audit, "fetch", campaign, detail)
    return FetchedList(ListForm(row.form), decrypt(key, row.content, _context(row.job)))


def cards(content: bytes) -> tuple[list[dict[str, str]], int]:
    """Read the cards of a list, and how many of them fill a page."""
    document = json.loads(content)
    return document["cards"], document["per_page"]


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
) -> codes.Recipients:
    if request.is_single:
        return lost_codes.recipients(session, manifest.campaign, request)
    to = codes.recipients(session, manifest, request.strata)
    if request.form == ListForm.CARDS and len(to) > MOST_CARDS:
        raise SurveyError(N_("Print at most 5000 cards at once: choose fewer strata."))
    return to


def _content(
    request: ListRequest, plain_codes: Iterable[PlainCode], link: list_files.Link
) -> bytes:
    if request.form == ListForm.CSV:
        return list_files.as_csv(plain_codes, link)
    if request.form == ListForm.XLSX:
        return list_files.as_xlsx(plain_codes, link)
    printed = [list_files.card(plain, link(plain.code, plain.stratum)) for plain in plain_codes]
    return json.dumps({"per_page": request.per_page, "cards": printed}).encode()


def _context(job: str) -> str:
    return f"codes/{job}"
