"""Codes for a sample: each shown once, and replaced where it was lost and not yet claimed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.crypto.credentials import code_hash, new_code, normalize_code
from survey_app.errors import N_, SurveyError
from survey_app.identity.models import UNCLAIMED, Audit, Invitation, Letter, Person
from survey_app.identity.queries import Claims, claims
from survey_app.manage import people
from survey_app.manage.service import SMALLEST_SHOWN, Invited, published_manifest
from survey_app.manifest import IssuedStratum


@dataclass(frozen=True)
class Keys:
    """The identity side's secrets that invitations need."""

    codes: bytes
    roster: bytes


@dataclass(frozen=True)
class Handed:
    """Codes to be shown now and never again, and whether there were others before.

    How many of those are void is not said: it would tell how many were claimed.
    """

    invited: Sequence[Invited]
    replaces: bool


def hand_out(session: Session, keys: Keys, campaign: str, wanted: Collection[str] = ()) -> Handed:
    """Make a code for everybody in the sample of some strata (none named: of all).

    Codes that were handed out before and are not claimed yet stop working. Whoever has claimed one
    gets a code that never works: the list must not tell who has answered.

    Raises
    ------
    SurveyError
        E-mails with codes wait to be sent, or a stratum has codes that the roster's persons do
        not hold.
    """
    strata = _strata(session, campaign, wanted)
    _check_no_letters(session, campaign)
    before = claims(session, campaign)
    voided = _void(session, campaign, [stratum.id for stratum in strata])
    named = people.named_strata(session, campaign)
    invited = _for_persons(session, keys, campaign, [s for s in strata if s.id in named], voided)
    cards = [s for s in strata if s.id not in named]
    invited += _for_cards(session, keys, campaign, cards, before, voided)
    detail = ", ".join(stratum.id for stratum in strata) if wanted else ""
    audit.record(session, Audit, "invite", campaign, f"{len(invited)} {detail}".strip())
    invited.sort(key=lambda one: (one.stratum, one.person.get("person", "")))
    return Handed(invited, any(stratum.id in before for stratum in strata))


def store_codes(session: Session, rows: Sequence[tuple[bytes, str]], campaign: str) -> None:
    """Store new codes' HMACs in an order that tells nothing."""
    if rows:
        session.execute(
            insert(Invitation),
            [
                {"code": code, "campaign": campaign, "stratum": stratum, "claimed_for": UNCLAIMED}
                for code, stratum in sorted(rows)
            ],
        )


def persons(
    session: Session, campaign: str, strata: Collection[str], steps: Collection[str]
) -> Iterable[Any]:
    """Go through the persons of strata who stand at one of these steps."""
    columns = (Person.person, Person.campaign, Person.stratum, Person.fields, Person.holds)
    query = select(*columns).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(steps)
    )
    return session.execute(query).yield_per(1000)


def _give(session: Session, given: list[dict[str, object]]) -> None:
    table = Person.__table__
    assert isinstance(table, Table)  # noqa: S101 - the mapper's type is wider
    found = update(table).where(table.c.person == bindparam("who"))
    session.execute(found.values(holds=bindparam("holds"), step=bindparam("step")), given)


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


def _void(session: Session, campaign: str, strata: Collection[str]) -> dict[str, set[bytes]]:
    """Delete the unclaimed codes of strata, and say which they were."""
    gone = session.execute(
        delete(Invitation)
        .where(
            Invitation.campaign == campaign,
            Invitation.stratum.in_(strata),
            Invitation.claimed_for == UNCLAIMED,
        )
        .returning(Invitation.stratum, Invitation.code)
        .execution_options(synchronize_session=False)
    )
    voided: dict[str, set[bytes]] = {}
    for stratum, code in gone:
        voided.setdefault(stratum, set()).add(code)
    return voided


def _for_persons(
    session: Session,
    keys: Keys,
    campaign: str,
    strata: Sequence[IssuedStratum],
    voided: dict[str, set[bytes]],
) -> list[Invited]:
    found = persons(session, campaign, [s.id for s in strata], ("drawn", "invited", "mailed"))
    orphans = {stratum.id: set(voided.get(stratum.id, ())) for stratum in strata}
    invited, codes, changed = [], [], []
    for person in found:
        code, old = new_code(), people.held(keys.roster, person)
        invited.append(Invited(person.stratum, code, people.fields(keys.roster, person)))
        claimed = old is not None and old not in voided.get(person.stratum, ())
        orphans[person.stratum].discard(old or b"")
        if not claimed:
            new = code_hash(keys.codes, campaign, normalize_code(code))
            codes.append((new, person.stratum))
            changed.append(_given(keys, person, new, "invited"))
    for stratum, unheld in orphans.items():
        if unheld:
            raise SurveyError(
                N_("The stratum “%(stratum)s” has its codes already."), stratum=stratum
            )
    store_codes(session, codes, campaign)
    if changed:
        _give(session, changed)
    return invited


def _given(keys: Keys, person: Row[Any], code: bytes, step: str) -> dict[str, object]:
    holds = people.holding(keys.roster, person, code)
    return {"who": person.person, "holds": holds, "step": step}


def _for_cards(
    session: Session,
    keys: Keys,
    campaign: str,
    strata: Sequence[IssuedStratum],
    before: dict[str, Claims],
    voided: dict[str, set[bytes]],
) -> list[Invited]:
    """Give each stratum as many anonymous codes as its sample has places that nobody claimed.

    Fewer than ten claimed places are given again, because the number of cards would tell them.
    """
    invited = []
    for stratum in strata:
        had = before.get(stratum.id, Claims(0, 0)).invited - len(voided.get(stratum.id, ()))
        places = range(max(0, stratum.sample - (had if had >= SMALLEST_SHOWN else 0)))
        invited += [Invited(stratum.id, new_code(), {}) for _ in places]
    rows = [
        (code_hash(keys.codes, campaign, normalize_code(one.code)), one.stratum) for one in invited
    ]
    store_codes(session, rows, campaign)
    return invited


def first_codes(
    session: Session, keys: Keys, campaign: str, found: Sequence[Row[Any]]
) -> list[str]:
    """Give each person, none of whom has one, a code; they count as mailed."""
    codes = [new_code() for _ in found]
    hashes = [code_hash(keys.codes, campaign, normalize_code(code)) for code in codes]
    pairs = list(zip(found, hashes, strict=True))
    store_codes(session, [(code, person.stratum) for person, code in pairs], campaign)
    _give(session, [_given(keys, person, code, "mailed") for person, code in pairs])
    return codes
