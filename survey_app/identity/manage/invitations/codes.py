"""Codes for a sample: each shown once, and replaced where it was lost and not yet claimed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.config import SiteSettings
from survey_app.crypto.credentials import code_hash, new_code, normalize_code
from survey_app.documents.manifest import IssuedStratum
from survey_app.errors import N_, ChangedError, SurveyError
from survey_app.identity.manage.campaigns.overview import SMALLEST_SHOWN
from survey_app.identity.manage.campaigns.service import published_manifest
from survey_app.identity.manage.roster import persons as people
from survey_app.identity.store.models import UNCLAIMED, Audit, Invitation, Letter, Person
from survey_app.identity.store.queries import Claims, claims, codes, lock_campaign
from survey_app.storage.database import for_each

_DRAWN = ("drawn", "invited", "mailed")


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
class Invited:
    """A fresh invitation: the only place where its code ever stands."""

    stratum: str
    code: str
    person: dict[str, str]


@dataclass(frozen=True)
class Fresh:
    """A new code as the store will have it, and for a person, whom it is for."""

    stratum: str
    code: bytes
    person: bytes = b""
    held: bytes | None = None
    """What the person held before, encrypted."""
    holds: bytes = b""


@dataclass(frozen=True)
class Places:
    """For whom codes are wanted: persons drawn, and how many cards in strata without persons."""

    persons: Sequence[Row[Any]]
    cards: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.persons) + sum(self.cards.values())


def places(session: Session, campaign: str, wanted: Collection[str] = ()) -> Places:
    """Find for whom a list of some strata (none named: of all) needs codes.

    A stratum without persons gets as many cards as its sample has places that nobody claimed.
    Fewer than ten claimed places are given again, because the number of cards would tell them.
    """
    strata = _strata(session, campaign, wanted)
    _check_no_letters(session, campaign)
    counts = claims(session, campaign)
    named = people.named_strata(session, campaign)
    found = persons(session, campaign, [s.id for s in strata if s.id in named], _DRAWN)
    cards = {
        stratum.id: stratum.sample - _not_given_again(counts.get(stratum.id))
        for stratum in strata
        if stratum.id not in named
    }
    return Places(found, cards)


def make(keys: Keys, campaign: str, wanted: Places) -> Iterator[tuple[Invited, Fresh]]:
    """Make a code for every place, by stratum and person; nothing is stored."""
    by_stratum = sorted(wanted.persons, key=attrgetter("stratum"))
    for stratum, group in groupby(by_stratum, key=attrgetter("stratum")):
        pairs = [(people.fields(keys.roster, person), person) for person in group]
        for fields, person in sorted(pairs, key=lambda pair: pair[0]["person"]):
            code, hashed = _new(keys, campaign)
            holds = people.holding(keys.roster, person, hashed)
            fresh = Fresh(stratum, hashed, person.person, person.holds, holds)
            yield Invited(stratum, code, fields), fresh
    for stratum, number in wanted.cards.items():
        for _ in range(number):
            code, hashed = _new(keys, campaign)
            yield Invited(stratum, code, {}), Fresh(stratum, hashed)


def check_replacing(session: Session, campaign: str, wanted: Collection[str]) -> None:
    """Refuse to replace codes, if nobody said that they may be.

    Raises
    ------
    SurveyError
        Some of the strata have codes.
    """
    had = codes(session, campaign)
    if had.keys() & {stratum.id for stratum in _strata(session, campaign, wanted)}:
        raise SurveyError(N_("These strata have codes. Say that unused ones may be replaced."))


def give(
    session: Session, keys: Keys, campaign: str, wanted: Collection[str], fresh: Sequence[Fresh]
) -> None:
    """Let new codes hold, and those handed out before and not claimed yet no more.

    Whoever has claimed one keeps it; the new one never works, and the list does not tell it.

    Raises
    ------
    SurveyError
        E-mails with codes wait to be sent, or a stratum has codes that the roster's persons do
        not hold.
    ChangedError
        Somebody was given a code since these were made.
    """
    lock_campaign(session, campaign)
    strata = [stratum.id for stratum in _strata(session, campaign, wanted)]
    _check_no_letters(session, campaign)
    _check_unchanged(session, campaign, strata, fresh)
    voided = _void(session, campaign, strata)
    good = [one for one in fresh if _is_free(keys, campaign, one, voided)]
    orphans = set(voided.values()) & {one.stratum for one in fresh if one.person}
    if orphans:
        raise SurveyError(
            N_("The stratum “%(stratum)s” has its codes already."), stratum=min(orphans)
        )
    store_codes(session, [(one.code, one.stratum) for one in good], campaign)
    _write_down(session, [(one.person, one.holds) for one in good if one.person], "invited")
    detail = ", ".join(strata) if wanted else ""
    audit.record(session, Audit, "invite", campaign, f"{len(fresh)} {detail}".strip())


def hand_out(
    session: Session, keys: Keys, campaign: str, strata: Collection[str] = ()
) -> list[Invited]:
    """Make the codes of some strata (none named: of all) and activate them at once.

    Whoever claims one waits meanwhile: long lists are made by `code_lists` in place of this.
    """
    made = list(make(keys, campaign, places(session, campaign, strata)))
    give(session, keys, campaign, strata, [fresh for _, fresh in made])
    return [invited for invited, _ in made]


def more_cards(
    session: Session, keys: Keys, campaign: str, stratum: str, number: int
) -> list[Invited]:
    """Add anonymous cards to a stratum without persons, never more than its sample in all.

    Raises
    ------
    SurveyError
        The sample of the stratum is invited, or the roster names its persons.
    """
    lock_campaign(session, campaign)
    [planned] = _strata(session, campaign, [stratum])
    free = planned.sample - codes(session, campaign).get(stratum, 0)
    if free < 1 or stratum in people.named_strata(session, campaign):
        raise SurveyError(N_("Everybody in the sample has been invited already."))
    made = list(make(keys, campaign, Places((), {stratum: min(number, free)})))
    store_codes(session, [(fresh.code, stratum) for _, fresh in made], campaign)
    audit.record(session, Audit, "invite", campaign, f"{len(made)} {stratum}")
    return [invited for invited, _ in made]


def store_codes(session: Session, rows: Sequence[tuple[bytes, str]], campaign: str) -> None:
    """Store new codes' HMACs in an order that tells nothing."""
    made = (
        {"code": code, "campaign": campaign, "stratum": stratum, "claimed_for": UNCLAIMED}
        for code, stratum in sorted(rows)
    )
    for_each(session, insert(Invitation), made)


def persons(
    session: Session, campaign: str, strata: Collection[str], steps: Collection[str]
) -> Sequence[Any]:
    """List the persons of strata who stand at one of these steps.

    Read at once: on SQLite, who reads for long lets nobody write.
    """
    columns = (Person.person, Person.campaign, Person.stratum, Person.fields, Person.holds)
    query = select(*columns).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(steps)
    )
    return session.execute(query).all()


def _write_down(session: Session, given: Iterable[tuple[bytes, bytes]], step: str) -> None:
    """Write down which codes persons hold now."""
    table = Person.__table__
    assert isinstance(table, Table)  # noqa: S101 - the mapper's type is wider
    found = update(table).where(table.c.person == bindparam("who"))
    written = found.values(holds=bindparam("holds"), step=step)
    for_each(session, written, ({"who": who, "holds": holds} for who, holds in given))


def _new(keys: Keys, campaign: str) -> tuple[str, bytes]:
    code = new_code()
    return code, code_hash(keys.codes, campaign, normalize_code(code))


def _not_given_again(counted: Claims | None) -> int:
    claimed = counted.claimed if counted else 0
    return claimed if claimed >= SMALLEST_SHOWN else 0


def _check_unchanged(
    session: Session, campaign: str, strata: Collection[str], fresh: Sequence[Fresh]
) -> None:
    query = select(Person.person, Person.holds).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(_DRAWN)
    )
    now = {row.person: row.holds for row in session.execute(query)}
    if now != {one.person: one.held for one in fresh if one.person}:
        raise ChangedError


def _is_free(keys: Keys, campaign: str, one: Fresh, voided: dict[bytes, str]) -> bool:
    """Whether nobody has claimed the code before; takes that one off the voided."""
    if one.held is None:
        return True
    old = people.opened(keys.roster, campaign, one.person, one.held)
    return voided.pop(old, None) is not None


def _strata(session: Session, campaign: str, wanted: Collection[str]) -> list[IssuedStratum]:
    manifest = published_manifest(session, campaign)
    unknown = set(wanted) - {stratum.id for stratum in manifest.strata}
    if unknown:
        raise SurveyError(N_("There is no stratum “%(stratum)s”."), stratum=min(unknown)[:60])
    return [stratum for stratum in manifest.strata if not wanted or stratum.id in wanted]


def _check_no_letters(session: Session, campaign: str) -> None:
    waiting = select(func.count()).where(Letter.campaign == campaign, Letter.state == "waiting")
    if session.scalar(waiting):
        raise SurveyError(
            N_("E-mails of this campaign wait to be sent; their codes must not be replaced now.")
        )


def _void(session: Session, campaign: str, strata: Collection[str]) -> dict[bytes, str]:
    """Delete the unclaimed codes of strata, and say which were whose."""
    gone = session.execute(
        delete(Invitation)
        .where(
            Invitation.campaign == campaign,
            Invitation.stratum.in_(strata),
            Invitation.claimed_for == UNCLAIMED,
        )
        .returning(Invitation.code, Invitation.stratum)
        .execution_options(synchronize_session=False)
    )
    return {row.code: row.stratum for row in gone}


def first_codes(
    session: Session, keys: Keys, campaign: str, found: Sequence[Row[Any]]
) -> list[str]:
    """Give each person, none of whom has one, a code; they count as mailed."""
    made = [(person, *_new(keys, campaign)) for person in found]
    store_codes(session, [(hashed, person.stratum) for person, _, hashed in made], campaign)
    holdings = (
        (person.person, people.holding(keys.roster, person, hashed)) for person, _, hashed in made
    )
    _write_down(session, holdings, "mailed")
    return [code for _, code, _ in made]
