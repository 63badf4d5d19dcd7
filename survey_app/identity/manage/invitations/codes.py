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
from survey_app.documents.manifest import KeyedStratum, PublishedManifest
from survey_app.documents.shown_counts import show
from survey_app.errors import N_, ChangedError, SurveyError
from survey_app.identity.manage.campaigns.service import check_step
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import UNCLAIMED, Audit, Invitation, Letter, Person, Step
from survey_app.identity.store.queries import Claims, count_claims, count_codes, lock_campaign
from survey_app.storage.database import for_each

_IN_SAMPLE = ("drawn", "invited", "mailed")


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


@dataclass(frozen=True)
class CodeRecord:
    """A new code as the store will have it, and for a person, whom it is for."""

    stratum: str
    code: bytes
    person: bytes = b""
    previous: bytes | None = None
    """The code that the person held before, encrypted."""
    holds: bytes = b""


NewCode = tuple[PlainCode, CodeRecord]


@dataclass(frozen=True)
class Recipients:
    """Who needs codes: persons drawn, and a number of cards in strata without persons."""

    persons: Sequence[Row[Any]]
    cards: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.persons) + sum(self.cards.values())


def recipients(
    session: Session, manifest: PublishedManifest, strata: Collection[str] = ()
) -> Recipients:
    """Find who needs codes in some strata (none named: in all).

    A stratum without persons gets as many cards as its sample has unclaimed places. Claimed ones
    are counted in tens, because the number of cards would reveal them one by one.
    """
    _check_no_letters(session, manifest.campaign)
    claims = count_claims(session, manifest.campaign)
    with_persons = persons.named_strata(session, manifest.campaign)
    selection = _select(manifest, strata)
    sample = persons_at(
        session, manifest.campaign, {s.id for s in selection} & with_persons, _IN_SAMPLE
    )
    cards = {
        stratum.id: stratum.sample - _closed_places(claims.get(stratum.id))
        for stratum in selection
        if stratum.id not in with_persons
    }
    return Recipients(sample, cards)


def generate(keys: Keys, campaign: str, to: Recipients) -> Iterator[NewCode]:
    """Generate a code for every recipient, by stratum and person; nothing is stored."""
    by_stratum = sorted(to.persons, key=attrgetter("stratum"))
    for stratum, group in groupby(by_stratum, key=attrgetter("stratum")):
        rows = [(persons.fields(keys.roster, person), person) for person in group]
        for fields, person in sorted(rows, key=lambda row: row[0]["person"]):
            code, digest = _new(keys, campaign)
            holds = persons.encrypt_code(keys.roster, person, digest)
            record = CodeRecord(stratum, digest, person.person, person.holds, holds)
            yield PlainCode(stratum, code, fields), record
    for stratum, number in to.cards.items():
        for _ in range(number):
            code, digest = _new(keys, campaign)
            yield PlainCode(stratum, code, {}), CodeRecord(stratum, digest)


def check_without_codes(
    session: Session, manifest: PublishedManifest, strata: Collection[str]
) -> None:
    """Refuse to replace codes without permission.

    Raises
    ------
    SurveyError
        Some of the strata have codes.
    """
    existing = count_codes(session, manifest.campaign)
    if existing.keys() & {stratum.id for stratum in _select(manifest, strata)}:
        raise SurveyError(N_("These strata have codes. Allow unused ones to be replaced."))


def activate(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    strata: Collection[str],
    records: Sequence[CodeRecord],
) -> None:
    """Activate the new codes and revoke the unclaimed earlier ones.

    A person who has claimed a code keeps it; the new one never works, and the list does not reveal
    that.

    Raises
    ------
    SurveyError
        E-mails with codes wait to be sent, or a stratum has codes that the roster's persons do
        not hold.
    ChangedError
        A person was given a code since these were generated.
    StateError
        The campaign is not published, or has closed.
    """
    campaign = manifest.campaign
    lock_campaign(session, campaign)
    check_step(session, campaign, Step.PUBLISHED)
    selection = [stratum.id for stratum in _select(manifest, strata)]
    _check_no_letters(session, campaign)
    _check_unchanged(session, campaign, selection, records)
    revoked = _revoke_unclaimed(session, campaign, selection)
    usable = [record for record in records if _is_unclaimed(keys, campaign, record, revoked)]
    orphans = set(revoked.values()) & {record.stratum for record in records if record.person}
    if orphans:
        raise SurveyError(
            N_("The stratum “%(stratum)s” has its codes already."), stratum=min(orphans)
        )
    _store(session, campaign, [(record.code, record.stratum) for record in usable])
    holders = [(record.person, record.holds) for record in usable if record.person]
    _store_holders(session, holders, "invited")
    detail = ", ".join(selection) if strata else ""
    audit.record(session, Audit, "invite", campaign, f"{len(records)} {detail}".strip())


def hand_out(
    session: Session, keys: Keys, manifest: PublishedManifest, strata: Collection[str] = ()
) -> list[PlainCode]:
    """Generate the codes of some strata (none named: of all) and activate them at once.

    Respondents who claim a code wait meanwhile: long lists are made by `code_lists` instead.
    """
    to = recipients(session, manifest, strata)
    new = list(generate(keys, manifest.campaign, to))
    activate(session, keys, manifest, strata, [record for _, record in new])
    return [plain for plain, _ in new]


def add_cards(
    session: Session, keys: Keys, manifest: PublishedManifest, stratum: str, number: int
) -> list[PlainCode]:
    """Add anonymous cards to a stratum without persons, never more than its sample in all.

    Raises
    ------
    SurveyError
        The whole sample of the stratum is invited, or the roster names its persons.
    """
    campaign = manifest.campaign
    lock_campaign(session, campaign)
    check_step(session, campaign, Step.PUBLISHED)
    [planned_stratum] = _select(manifest, [stratum])
    free = planned_stratum.sample - count_codes(session, campaign).get(stratum, 0)
    if free < 1 or stratum in persons.named_strata(session, campaign):
        raise SurveyError(N_("The whole sample has been invited already."))
    new = list(generate(keys, campaign, Recipients((), {stratum: min(number, free)})))
    _store(session, campaign, [(record.code, stratum) for _, record in new])
    audit.record(session, Audit, "invite", campaign, f"{len(new)} {stratum}")
    return [plain for plain, _ in new]


def first_codes(
    session: Session, keys: Keys, campaign: str, addressees: Sequence[Row[Any]]
) -> list[str]:
    """Give a code to each person, none of whom has one; they count as mailed."""
    new = [(person, *_new(keys, campaign)) for person in addressees]
    _store(session, campaign, [(digest, person.stratum) for person, _, digest in new])
    holders = (
        (person.person, persons.encrypt_code(keys.roster, person, digest))
        for person, _, digest in new
    )
    _store_holders(session, holders, "mailed")
    return [code for _, code, _ in new]


def persons_at(
    session: Session, campaign: str, strata: Collection[str], steps: Collection[str]
) -> Sequence[Any]:
    """List the persons of strata who are at one of these steps.

    Read at once: on SQLite a long reading transaction blocks every writer.
    """
    columns = (Person.person, Person.campaign, Person.stratum, Person.fields, Person.holds)
    query = select(*columns).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(steps)
    )
    return session.execute(query).all()


def _store(session: Session, campaign: str, codes: Sequence[tuple[bytes, str]]) -> None:
    """Store new codes' HMACs, sorted: their order must reveal nothing."""
    rows = (
        {"code": code, "campaign": campaign, "stratum": stratum, "claimed_for": UNCLAIMED}
        for code, stratum in sorted(codes)
    )
    for_each(session, insert(Invitation), rows)


def _store_holders(session: Session, holders: Iterable[tuple[bytes, bytes]], step: str) -> None:
    """Store which codes persons hold now, encrypted."""
    table = Person.__table__
    assert isinstance(table, Table)  # noqa: S101 - the mapper's type is wider
    of_person = update(table).where(table.c.person == bindparam("holder"))
    statement = of_person.values(holds=bindparam("code"), step=step)
    for_each(session, statement, ({"holder": person, "code": code} for person, code in holders))


def _new(keys: Keys, campaign: str) -> tuple[str, bytes]:
    code = new_code()
    return code, code_hash(keys.codes, campaign, normalize_code(code))


def _closed_places(claims: Claims | None) -> int:
    return show(claims.claims if claims else 0, is_closed=False).count


def _check_unchanged(
    session: Session, campaign: str, strata: Collection[str], records: Sequence[CodeRecord]
) -> None:
    query = select(Person.person, Person.holds).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(_IN_SAMPLE)
    )
    now = {row.person: row.holds for row in session.execute(query)}
    if now != {record.person: record.previous for record in records if record.person}:
        raise ChangedError


def _is_unclaimed(keys: Keys, campaign: str, record: CodeRecord, revoked: dict[bytes, str]) -> bool:
    """Whether the previous code is unclaimed; takes that one off the revoked."""
    if record.previous is None:
        return True
    previous = persons.decrypt_code(keys.roster, campaign, record.person, record.previous)
    return revoked.pop(previous, None) is not None


def _select(manifest: PublishedManifest, strata: Collection[str]) -> list[KeyedStratum]:
    unknown = set(strata) - {stratum.id for stratum in manifest.strata}
    if unknown:
        raise SurveyError(N_("There is no stratum “%(stratum)s”."), stratum=min(unknown)[:60])
    return [stratum for stratum in manifest.strata if not strata or stratum.id in strata]


def _check_no_letters(session: Session, campaign: str) -> None:
    letters = select(func.count()).where(Letter.campaign == campaign, Letter.state == "waiting")
    if session.scalar(letters):
        raise SurveyError(
            N_("Letters of this campaign wait to be sent; their codes must not be replaced now.")
        )


def _revoke_unclaimed(session: Session, campaign: str, strata: Collection[str]) -> dict[bytes, str]:
    """Delete the unclaimed codes of strata; returns each one's stratum."""
    revoked = session.execute(
        delete(Invitation)
        .where(
            Invitation.campaign == campaign,
            Invitation.stratum.in_(strata),
            Invitation.claimed_for == UNCLAIMED,
        )
        .returning(Invitation.code, Invitation.stratum)
        .execution_options(synchronize_session=False)
    )
    return {row.code: row.stratum for row in revoked}
