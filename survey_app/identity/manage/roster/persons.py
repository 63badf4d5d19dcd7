"""The persons of a roster in the store: encrypted, drawn from once, and erased for good."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.documents.manifest import Stratum
from survey_app.errors import N_, RosterError, StateError, SurveyError
from survey_app.identity.manage.campaigns.draft import Draft
from survey_app.identity.manage.roster import rows as rosters
from survey_app.identity.manage.roster.rows import Checked, Columns
from survey_app.identity.manage.roster.rows import Row as Fields
from survey_app.identity.manage.roster.spreadsheet import Table
from survey_app.identity.manage.roster.spreadsheet import read as read_table
from survey_app.identity.store.models import Audit, CodeList, Job, Letter, Person, Roster, Step
from survey_app.identity.store.queries import count_codes, find_campaign
from survey_app.storage.database import Database, for_each

_BLOCK = 5000
_GUESSES = {
    "stratum": ("stratum", "层", "抽样层", "层编号"),
    "person": ("person", "工号", "编号", "姓名", "id", "name"),
    "address": ("address", "email", "e-mail", "mail", "邮箱", "电子邮箱", "电子邮件"),
}
OnProgress = Callable[[int, int], None]
Stored = Row[Any]
"""A person's columns, as a query gives them."""


@dataclass(frozen=True)
class Kept:
    """A roster as the store has it."""

    file: str
    header: tuple[str, ...]
    columns: Columns
    seed: str
    erased_on: str
    drawn: dict[str, tuple[int, int]]
    """Of each stratum, how many are listed and how many of them were drawn."""


def keep_file(session: Session, key: bytes, campaign: str, content: bytes, name: str) -> None:
    """Take a roster file in, to be read once its columns are known.

    Raises
    ------
    RosterError
        It is no table.
    SurveyError
        There are persons already, or the campaign has closed.
    """
    _check_free(session, campaign)
    header = read_table(content, name[:100]).header
    columns = {"file": name[:100], "header": header, **asdict(_guess(header))}
    session.merge(
        Roster(
            campaign=campaign,
            file=encrypt(key, content, _place(campaign)),
            columns=encrypt(key, json.dumps(columns).encode(), _place(campaign)),
            seed="",
            erased_on="",
        )
    )
    audit.record(session, Audit, "roster", campaign)


def choose_columns(session: Session, key: bytes, campaign: str, columns: Columns) -> Checked:
    """Read the file on trial under these columns; nothing is stored but the choice."""
    _check_free(session, campaign)
    found = _found(session, campaign)
    checked = rosters.check(_table(key, found), columns, _strata(session, campaign))
    said = _said(key, found) | asdict(columns)
    found.columns = encrypt(key, json.dumps(said).encode(), _place(campaign))
    return checked


def check_ready(session: Session, campaign: str) -> None:
    """Refuse to read a roster for a campaign that is not planned, or without its file."""
    _check_free(session, campaign)
    _strata(session, campaign)
    if _found(session, campaign).file is None:
        raise SurveyError(N_("Upload the roster first."))


def take_in(
    database: Database,
    key: bytes,
    campaign: str,
    seed: str,
    on_progress: OnProgress,
    finish: Callable[[Session], None] = lambda _: None,
) -> None:
    """Read the file for good, draw the sample, and store everybody: all of it or nothing.

    ``finish`` takes part in the transaction that ends it.

    Raises
    ------
    RosterError
        A row has a fault.
    """
    with database.read() as session:
        found, strata = _found(session, campaign), _strata(session, campaign)
        said = _said(key, found)
    checked = _checked(key, found, said, strata)
    for fault in checked.faults:
        raise RosterError(file=said["file"], line=fault.line, reason=fault.reason)
    drawn = rosters.draw(checked.roster, {s.id: s.sample for s in strata}, seed)
    persons = sorted(_encrypted(key, campaign, checked.roster, drawn, on_progress))
    del checked  # a long roster need not stand in memory twice
    with database.begin() as session:
        _check_free(session, campaign)
        stored = _found(session, campaign)
        _insert(session, campaign, persons)
        stored.file, stored.seed = None, seed
        audit.record(session, Audit, "draw", campaign, f"{len(drawn)}, {seed}")
        finish(session)
    database.scrub(Roster)


def take_in_sample(
    session: Session, key: bytes, campaign: str, file: str, sample: rosters.Roster
) -> None:
    """Store persons who were drawn elsewhere, in place of a roster that was only uploaded.

    Raises
    ------
    SurveyError
        There are persons already, the campaign has closed, or a stratum has its codes.
    """
    _check_free(session, campaign)
    for stratum in sorted(sample.by_stratum.keys() & count_codes(session, campaign).keys()):
        raise SurveyError(N_("The stratum “%(stratum)s” has its codes already."), stratum=stratum)
    address = "address" if "address" in sample.columns else ""
    columns = {"file": file[:100], "header": sample.columns, **asdict(Columns(address=address))}
    session.merge(
        Roster(
            campaign=campaign,
            file=None,
            columns=encrypt(key, json.dumps(columns).encode(), _place(campaign)),
            seed="",
            erased_on="",
        )
    )
    drawn = {row["person"] for row in sample.rows}
    _insert(session, campaign, sorted(_encrypted(key, campaign, sample, drawn, lambda *_: None)))
    audit.record(session, Audit, "draw", campaign, f"{len(drawn)}")


def kept(session: Session, key: bytes, campaign: str) -> Kept | None:
    """Say what the store has of a campaign's roster, by counts only."""
    found = session.get(Roster, campaign)
    if found is None:
        return None
    said = _said(key, found)
    columns = Columns(said["stratum"], said["person"], said["address"])
    drawn = _counted(session, campaign)
    return Kept(said["file"], tuple(said["header"]), columns, found.seed, found.erased_on, drawn)


def named_strata(session: Session, campaign: str) -> set[str]:
    """Name the strata that the roster has persons of."""
    query = select(Person.stratum).where(Person.campaign == campaign).distinct()
    return set(session.scalars(query))


def fields(key: bytes, person: Person | Stored) -> Fields:
    """Read a person's row of the roster."""
    row: Fields = json.loads(decrypt(key, person.fields, _person(person.campaign, person.person)))
    return row


def decrypt_code(key: bytes, campaign: str, person: bytes, holds: bytes) -> bytes:
    """Decrypt the HMAC of the code that a person holds."""
    return decrypt(key, holds, _person(campaign, person))


def encrypt_code(key: bytes, person: Person | Stored, code: bytes) -> bytes:
    """Encrypt the HMAC of the code that a person holds."""
    return encrypt(key, code, _person(person.campaign, person.person))


def erase_on(session: Session, campaign: str, day: date, today: date) -> None:
    """Name the day on which the persons are erased, whatever happens until then."""
    if day <= today:
        raise SurveyError(N_("Name a day after today, or erase the persons now."))
    _found(session, campaign).erased_on = day.isoformat()
    audit.record(session, Audit, "erase on", campaign, day.isoformat())


def erase(session: Session, campaign: str) -> None:
    """Delete everything that names a person; the caller has the store written anew afterwards."""
    _found(session, campaign)
    for table in (CodeList, Letter, Person, Roster):
        session.execute(delete(table).where(table.campaign == campaign))
    session.execute(delete(Job).where(Job.campaign == campaign, Job.kind != "fix"))
    audit.record(session, Audit, "erase", campaign)


def due(session: Session, today: date) -> list[str]:
    """List the campaigns whose persons are to be erased by now."""
    query = select(Roster.campaign).where(
        Roster.erased_on != "", Roster.erased_on <= today.isoformat()
    )
    return list(session.scalars(query))


def new_seed() -> str:
    """Draw a seed for the sample."""
    return secrets.token_hex(16)


def _checked(key: bytes, found: Roster, said: dict[str, Any], strata: Sequence[Stratum]) -> Checked:
    columns = Columns(said["stratum"], said["person"], said["address"])
    return rosters.check(_table(key, found), columns, strata)


def _encrypted(
    key: bytes, campaign: str, roster: rosters.Roster, drawn: set[str], on_progress: OnProgress
) -> Iterator[tuple[bytes, str, str, bytes]]:
    """Give each person a name without meaning, stratum and step, and the row encrypted."""
    for number, row in enumerate(roster.rows):
        person = os.urandom(16)
        content = json.dumps(row, ensure_ascii=False).encode()
        step = "drawn" if row["person"] in drawn else "listed"
        yield person, row["stratum"], step, encrypt(key, content, _person(campaign, person))
        if number % _BLOCK == 0:
            on_progress(number, len(roster.rows))


def _insert(
    session: Session, campaign: str, persons: Sequence[tuple[bytes, str, str, bytes]]
) -> None:
    names = ("person", "stratum", "step", "fields")
    rows = (dict(zip(names, row, strict=True), campaign=campaign) for row in persons)
    for_each(session, insert(Person), rows)


def _check_free(session: Session, campaign: str) -> None:
    found = find_campaign(session, campaign)
    if found.step == Step.CLOSED:
        raise StateError(campaign=campaign, state=found.step, needed=Step.PUBLISHED)
    query = select(Person.person).where(Person.campaign == campaign).limit(1)
    if session.scalar(query) is not None:
        raise SurveyError(
            N_("The sample is drawn already: erase the roster before you load another.")
        )


def _found(session: Session, campaign: str) -> Roster:
    find_campaign(session, campaign)
    found = session.get(Roster, campaign)
    if found is None:
        raise SurveyError(N_("Upload the roster first."))
    return found


def _strata(session: Session, campaign: str) -> tuple[Stratum, ...]:
    return Draft.model_validate_json(find_campaign(session, campaign).design).design().strata


def _table(key: bytes, found: Roster) -> Table:
    if found.file is None:
        raise SurveyError(N_("Upload the roster first."))
    content = decrypt(key, found.file, _place(found.campaign))
    return read_table(content, _said(key, found)["file"])


def _said(key: bytes, found: Roster) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(decrypt(key, found.columns, _place(found.campaign)))
    return said


def _counted(session: Session, campaign: str) -> dict[str, tuple[int, int]]:
    query = (
        select(Person.stratum, Person.step, func.count())
        .where(Person.campaign == campaign)
        .group_by(Person.stratum, Person.step)
    )
    counts: dict[str, tuple[int, int]] = {}
    for stratum, step, number in session.execute(query):
        listed, drawn = counts.get(stratum, (0, 0))
        counts[stratum] = (listed + number, drawn + (0 if step == "listed" else number))
    return dict(sorted(counts.items()))


def _guess(header: tuple[str, ...]) -> Columns:
    lower = {name.casefold(): name for name in header}
    guessed = {
        what: next((lower[name] for name in names if name in lower), "")
        for what, names in _GUESSES.items()
    }
    return Columns(**guessed)


def _place(campaign: str) -> str:
    return f"roster/{campaign}"


def _person(campaign: str, person: bytes) -> str:
    return f"person/{campaign}/{person.hex()}"
