"""New codes, and who needs them: composed here, and stored by nothing but `codes`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session

from survey_app.config import SiteSettings
from survey_app.crypto.credentials import code_hash, new_code
from survey_app.documents.manifest import KeyedStratum, PublishedManifest
from survey_app.documents.shown_counts import show
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.invitations import card_numbers
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Letter, LetterState, Person
from survey_app.identity.store.queries import Claims, count_claims

_OF_PERSON = (Person.person, Person.campaign, Person.stratum, Person.fields, Person.holds)
IN_SAMPLE = ("drawn", "invited", "mailed")


@dataclass(frozen=True)
class Keys:
    """The identity side's secrets that invitations need."""

    codes: bytes
    roster: bytes

    @classmethod
    def of(cls, settings: SiteSettings) -> "Keys":
        """Read them from the side's folder."""
        return cls(settings.secret("codes"), settings.secret("roster"))


@dataclass(frozen=True)
class PlainCode:
    """A new code in plain text, for a list: its only appearance."""

    stratum: str
    code: str
    person: dict[str, str]
    number: int = 0
    """A card's number in its stratum; 0 if the code is for a person."""


@dataclass(frozen=True)
class CodeRecord:
    """A new code as the store will have it, and whom or which card it is for."""

    stratum: str
    code: bytes
    holds: bytes
    """The same, encrypted for its holder."""
    person: bytes = b""
    previous: bytes | None = None
    """The code that the person held before, encrypted."""
    number: int = 0


NewCode = tuple[PlainCode, CodeRecord]


@dataclass(frozen=True)
class Recipients:
    """Who needs codes: persons drawn, and cards by their numbers in strata without persons."""

    persons: Sequence[Row[Any]]
    cards: Mapping[str, Sequence[int]]

    def __len__(self) -> int:
        return len(self.persons) + sum(map(len, self.cards.values()))


def recipients(
    session: Session, manifest: PublishedManifest, strata: Collection[str] = ()
) -> Recipients:
    """Find who needs codes in some strata (none named: in all).

    A stratum without persons gets as many cards as its sample has unclaimed places. Claimed places
    are counted in tens, because the number of cards would reveal them; `activate` lets no more of
    them work than there are places.
    """
    selection = select_strata(manifest, strata)
    check_no_letters(session, manifest.campaign, [stratum.id for stratum in selection])
    claims = count_claims(session, manifest.campaign)
    with_persons = persons.named_strata(session, manifest.campaign)
    sample = persons_at(
        session, manifest.campaign, {s.id for s in selection} & with_persons, IN_SAMPLE
    )
    cards = {
        stratum.id: stratum.sample - _closed_places(claims.get(stratum.id))
        for stratum in selection
        if stratum.id not in with_persons
    }
    last = card_numbers.last_numbers(session, manifest.campaign)
    numbers = {
        stratum: card_numbers.numbers_after(last.get(stratum, 0), number)
        for stratum, number in cards.items()
    }
    return Recipients(sample, numbers)


def generate(keys: Keys, manifest: PublishedManifest, to: Recipients) -> Iterator[NewCode]:
    """Generate a code for every recipient, by stratum and person; nothing is stored."""
    campaign = manifest.campaign
    by_stratum = sorted(to.persons, key=attrgetter("stratum"))
    for stratum, group in groupby(by_stratum, key=attrgetter("stratum")):
        rows = [(persons.fields(keys.roster, person), person) for person in group]
        for fields, person in sorted(rows, key=lambda row: row[0]["person"]):
            code, digest = new_pair(keys, manifest)
            holds = persons.encrypt_code(keys.roster, campaign, person.person, digest)
            record = CodeRecord(stratum, digest, holds, person.person, person.holds)
            yield PlainCode(stratum, code, fields), record
    for stratum, numbers in to.cards.items():
        for number in numbers:
            code, digest = new_pair(keys, manifest)
            place = (campaign, stratum, number)
            holds = card_numbers.encrypt_code(keys.roster, place, digest)
            record = CodeRecord(stratum, digest, holds, number=number)
            yield PlainCode(stratum, code, {}, number), record


def persons_at(
    session: Session, campaign: str, strata: Collection[str], steps: Collection[str]
) -> Sequence[Any]:
    """List the persons of strata who are at one of these steps.

    Read at once: on SQLite a long reading transaction blocks every writer.
    """
    query = select(*_OF_PERSON).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(steps)
    )
    return session.execute(query).all()


def persons_named(session: Session, campaign: str, people: Collection[bytes]) -> Sequence[Any]:
    """List those of some persons, named by their rows' keys, who were drawn."""
    query = select(*_OF_PERSON).where(
        Person.campaign == campaign, Person.person.in_(people), Person.step.in_(IN_SAMPLE)
    )
    return session.execute(query).all()


def select_strata(manifest: PublishedManifest, strata: Collection[str]) -> list[KeyedStratum]:
    """Give the strata of these identifiers; all of them if none is named.

    Raises
    ------
    SurveyError
        There is no such stratum.
    """
    unknown = set(strata) - {stratum.id for stratum in manifest.strata}
    if unknown:
        raise SurveyError(N_("There is no stratum “%(stratum)s”."), stratum=min(unknown)[:60])
    return [stratum for stratum in manifest.strata if not strata or stratum.id in strata]


def check_no_letters(session: Session, campaign: str, strata: Collection[str]) -> None:
    """Refuse to replace codes that are on their way; letters of older releases name no stratum.

    Raises
    ------
    SurveyError
        Such letters wait to be sent.
    """
    with_codes = and_(Letter.stratum.in_(strata), Letter.person.is_not(None))
    waiting_letters = select(Letter.letter).where(
        Letter.campaign == campaign,
        Letter.state == LetterState.WAITING,
        or_(Letter.stratum == "", with_codes),
    )
    if session.scalar(waiting_letters.limit(1)) is not None:
        raise SurveyError(
            N_("Letters to these strata wait to be sent; their codes must not be replaced now.")
        )


def new_pair(keys: Keys, manifest: PublishedManifest) -> tuple[str, bytes]:
    """Draw a code: as it is printed, and as the store will have it."""
    code = new_code()
    return manifest.printed_code(code), code_hash(keys.codes, manifest.campaign, code)


def _closed_places(claims: Claims | None) -> int:
    return show(claims.claims if claims else 0, is_closed=False).count
