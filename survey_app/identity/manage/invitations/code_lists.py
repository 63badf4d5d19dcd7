"""Lists of fresh codes: made in the background, kept encrypted, fetched once, then gone."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.config import SiteSettings
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.errors import N_, NotFoundError, SurveyError
from survey_app.identity.manage.campaigns.service import published_manifest
from survey_app.identity.manage.invitations import codes as invitations
from survey_app.identity.manage.invitations import list_files
from survey_app.identity.manage.invitations.codes import Fresh, Invited, Keys
from survey_app.identity.manage.roster.persons import Progress
from survey_app.identity.store import queries
from survey_app.identity.store.models import Audit, CodeList
from survey_app.storage.database import Database

MOST_CARDS = 5000
PER_PAGE = (4, 6, 8, 10, 12)
_DAYS_KEPT = 1
_TOLD_EVERY = 200


class Form(StrEnum):
    """How a list is written."""

    CSV = "csv"
    XLSX = "xlsx"
    CARDS = "cards"


@dataclass(frozen=True)
class Wanted:
    """What is asked for: strata, a form, and whether codes that nobody used may be replaced."""

    strata: tuple[str, ...]
    form: Form
    replace: bool
    per_page: int = 8

    def task(self) -> dict[str, Any]:
        """Write it down for later."""
        return asdict(self)

    @classmethod
    def of(cls, task: dict[str, Any]) -> "Wanted":
        """Read what was written down."""
        return cls(tuple(task["strata"]), Form(task["form"]), task["replace"], task["per_page"])


@dataclass(frozen=True)
class Waiting:
    """A list that waits to be fetched, until the end of a day."""

    job: str
    form: Form
    last_day: date


@dataclass(frozen=True)
class Fetched:
    """A list, the only time that it is shown."""

    form: Form
    content: bytes


def of_all_strata(session: Session, campaign: str, *, replace: bool) -> Wanted:
    """Ask for a list of every stratum, or if codes may not be replaced, of those without any.

    Raises
    ------
    SurveyError
        Every stratum has its codes.
    """
    manifest = published_manifest(session, campaign)
    existing = {} if replace else queries.codes(session, campaign)
    strata = tuple(stratum.id for stratum in manifest.strata if stratum.id not in existing)
    if not strata:
        raise SurveyError(N_("Everybody in the sample has been invited already."))
    return Wanted(strata, Form.CSV, replace)


def check(session: Session, campaign: str, wanted: Wanted) -> int:
    """Refuse a list that cannot be made; say how many codes it will have.

    Raises
    ------
    SurveyError
        Another waits to be fetched, codes would be replaced unasked, or there are too many cards.
    """
    _check_free(session, campaign, wanted)
    return len(_places(session, campaign, wanted))


def make(
    database: Database,
    settings: SiteSettings,
    campaign: str,
    job: str,
    wanted: Wanted,
    told: Progress,
    done: Callable[[Session], None],
) -> None:
    """Make a list's codes, and let them hold once the list is kept: all of it or nothing.

    ``done`` takes part in the transaction that ends it.
    """
    keys = Keys.of(settings)
    with database.read() as session:
        digest = published_manifest(session, campaign).digest
        places = _places(session, campaign, wanted)
    fresh: list[Fresh] = []

    def shown() -> Iterator[Invited]:
        for invited, one in invitations.make(keys, campaign, places):
            if len(fresh) % _TOLD_EVERY == 0:
                told(len(fresh), len(places))
            fresh.append(one)
            yield invited

    content = _written(wanted, shown(), partial(settings.link, campaign, digest=digest))
    last_day = settings.today() + timedelta(_DAYS_KEPT)
    with database.begin() as session:
        _check_free(session, campaign, wanted)
        invitations.give(session, keys, campaign, wanted.strata, fresh)
        session.add(
            CodeList(
                job=job,
                campaign=campaign,
                form=wanted.form,
                last_day=last_day.isoformat(),
                content=encrypt(keys.roster, content, _place(job)),
            )
        )
        done(session)


def waiting(session: Session, campaign: str) -> list[Waiting]:
    """List a campaign's lists that wait to be fetched."""
    columns = (CodeList.job, CodeList.form, CodeList.last_day)
    found = session.execute(select(*columns).where(CodeList.campaign == campaign))
    return [Waiting(job, Form(form), date.fromisoformat(day)) for job, form, day in found]


def fetch(session: Session, key: bytes, campaign: str, job: str) -> Fetched:
    """Take a list out, this once.

    Raises
    ------
    NotFoundError
        It was fetched before, or its days are over.
    """
    found = session.scalar(
        select(CodeList).where(CodeList.job == job[:32], CodeList.campaign == campaign)
    )
    if found is None:
        raise NotFoundError(
            N_("This list was fetched already, or deleted when its time was over. Make a new one.")
        )
    session.delete(found)
    audit.record(session, Audit, "fetch", campaign, found.form)
    return Fetched(Form(found.form), decrypt(key, found.content, _place(found.job)))


def cards(content: bytes) -> tuple[list[dict[str, str]], int]:
    """Read the cards of a list, and how many of them go on a page."""
    read = json.loads(content)
    return read["cards"], read["per_page"]


def due(session: Session, today: date) -> Collection[str]:
    """Name the lists whose days are over."""
    query = select(CodeList.job).where(CodeList.last_day < today.isoformat())
    return session.scalars(query).all()


def forget(session: Session, jobs: Collection[str]) -> None:
    """Delete lists that nobody fetched."""
    session.execute(delete(CodeList).where(CodeList.job.in_(jobs)))


def _check_free(session: Session, campaign: str, wanted: Wanted) -> None:
    waiting = select(CodeList.job).where(CodeList.campaign == campaign).limit(1)
    if session.scalar(waiting) is not None:
        raise SurveyError(N_("A list of codes waits to be fetched: fetch it first."))
    if not wanted.replace:
        invitations.check_replacing(session, campaign, wanted.strata)


def _places(session: Session, campaign: str, wanted: Wanted) -> invitations.Places:
    places = invitations.places(session, campaign, wanted.strata)
    if wanted.form == Form.CARDS and len(places) > MOST_CARDS:
        raise SurveyError(N_("Print at most 5000 cards at once: choose fewer strata."))
    return places


def _written(wanted: Wanted, codes: Iterable[Invited], link: list_files.Link) -> bytes:
    if wanted.form == Form.CSV:
        return list_files.as_csv(codes, link)
    if wanted.form == Form.XLSX:
        return list_files.as_xlsx(codes, link)
    made = [list_files.card(one, link(one.code)) for one in codes]
    return json.dumps({"per_page": wanted.per_page, "cards": made}).encode()


def _place(job: str) -> str:
    return f"codes/{job}"
