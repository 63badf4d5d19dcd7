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
from survey_app.documents.design import Stratum
from survey_app.errors import N_, RosterError, StateError, SurveyError
from survey_app.identity.manage.campaigns.draft import Draft
from survey_app.identity.manage.roster import rows, spreadsheet
from survey_app.identity.manage.roster.rows import Columns, RosterRow, RosterRows, Trial
from survey_app.identity.manage.roster.spreadsheet import UploadedTable
from survey_app.identity.store.models import Audit, CodeList, Job, Letter, Person, Roster, Step
from survey_app.identity.store.queries import check_no_codes, find_campaign, lock_campaign
from survey_app.storage.database import Database, for_each

_BLOCK = 5000
_GUESSES = {
    "stratum": ("stratum", "层", "抽样层", "层编号"),
    "person": ("person", "工号", "编号", "姓名", "id", "name"),
    "address": ("address", "email", "e-mail", "mail", "邮箱", "电子邮箱", "电子邮件"),
}
OnProgress = Callable[[int, int], None]
PersonRow = Row[Any]
"""A person's columns, as a query gives them."""


@dataclass(frozen=True)
class RosterSummary:
    """A roster as the store has it, in counts only."""

    file: str
    header: tuple[str, ...]
    columns: Columns
    seed: str
    erased_on: str
    sizes: dict[str, tuple[int, int]]
    """For each stratum, how many are listed and how many of them were drawn."""


def upload(session: Session, key: bytes, campaign: str, content: bytes, name: str) -> None:
    """Store a roster file, to be read once its columns are known.

    Raises
    ------
    RosterError
        It is not a table.
    SurveyError
        There are persons already, or the campaign has codes, or has closed.
    """
    _check_free(session, campaign)
    header = spreadsheet.read(content, name[:100]).header
    columns = {"file": name[:100], "header": header, **asdict(_guess(header))}
    session.merge(
        Roster(
            campaign=campaign,
            file=encrypt(key, content, _roster_context(campaign)),
            columns=encrypt(key, json.dumps(columns).encode(), _roster_context(campaign)),
            seed="",
            erased_on="",
        )
    )
    audit.record(session, Audit, "roster", campaign)


def choose_columns(session: Session, key: bytes, campaign: str, columns: Columns) -> Trial:
    """Try to read the file under these columns; nothing is stored but the choice."""
    _check_free(session, campaign)
    row = _roster_row(session, campaign)
    trial = rows.check(_table(key, row), columns, _strata(session, campaign))
    layout = _layout(key, row) | asdict(columns)
    row.columns = encrypt(key, json.dumps(layout).encode(), _roster_context(campaign))
    return trial


def check_ready(session: Session, campaign: str) -> None:
    """Refuse to read a roster if the campaign is not planned, or no file was uploaded."""
    _check_free(session, campaign)
    _strata(session, campaign)
    if _roster_row(session, campaign).file is None:
        raise SurveyError(N_("Upload the roster first."))


def import_roster(
    database: Database,
    key: bytes,
    campaign: str,
    seed: str,
    on_progress: OnProgress,
    finish: Callable[[Session], None] = lambda _: None,
) -> None:
    """Read the file for good, draw the sample, and store all persons, or nothing.

    ``finish`` takes part in the transaction that ends it.

    Raises
    ------
    RosterError
        A row has a fault.
    """
    with database.read() as session:
        row, strata = _roster_row(session, campaign), _strata(session, campaign)
        layout = _layout(key, row)
    trial = rows.check(_table(key, row), _columns(layout), strata)
    for fault in trial.faults:
        raise RosterError(file=layout["file"], line=fault.line, reason=fault.reason)
    sample = rows.draw(trial.roster, {s.id: s.sample for s in strata}, seed)
    persons = sorted(_encrypted(key, campaign, trial.roster, sample, on_progress))
    del trial  # a long roster need not be in memory twice
    with database.begin() as session:
        lock_campaign(session, campaign)
        _check_free(session, campaign)
        row = _roster_row(session, campaign)
        _insert(session, campaign, persons)
        row.file, row.seed = None, seed
        audit.record(session, Audit, "draw", campaign, f"{len(sample)}, {seed}")
        finish(session)
    database.scrub(Roster)


def import_sample(
    session: Session, key: bytes, campaign: str, file: str, sample: RosterRows
) -> None:
    """Store persons who were drawn elsewhere, replacing a roster that was only uploaded.

    Raises
    ------
    SurveyError
        There are persons already, the campaign has closed, or has codes.
    """
    lock_campaign(session, campaign)
    _check_free(session, campaign)
    address = "address" if "address" in sample.columns else ""
    columns = {"file": file[:100], "header": sample.columns, **asdict(Columns(address=address))}
    session.merge(
        Roster(
            campaign=campaign,
            file=None,
            columns=encrypt(key, json.dumps(columns).encode(), _roster_context(campaign)),
            seed="",
            erased_on="",
        )
    )
    names = {row["person"] for row in sample.rows}
    _insert(session, campaign, sorted(_encrypted(key, campaign, sample, names, lambda *_: None)))
    audit.record(session, Audit, "draw", campaign, f"{len(names)}")


def summary(session: Session, key: bytes, campaign: str) -> RosterSummary | None:
    """Summarise what the store has of a campaign's roster."""
    row = session.get(Roster, campaign)
    if row is None:
        return None
    layout = _layout(key, row)
    counts = _sample_counts(session, campaign)
    header = tuple(layout["header"])
    return RosterSummary(layout["file"], header, _columns(layout), row.seed, row.erased_on, counts)


def own_headings(session: Session, key: bytes, campaign: str) -> dict[str, str]:
    """Give the names of columns in the office's own file, by those that rows are stored under."""
    row = session.get(Roster, campaign)
    if row is None:
        return {}
    layout = _layout(key, row)
    ours = {name: layout[name] for name in ("stratum", "person", "address") if layout.get(name)}
    of_marked = {f"{name} *": name for name in layout["header"]}
    return of_marked | ours


def named_strata(session: Session, campaign: str) -> set[str]:
    """List the strata that the roster has persons of."""
    query = select(Person.stratum).where(Person.campaign == campaign).distinct()
    return set(session.scalars(query))


def fields(key: bytes, person: Person | PersonRow) -> RosterRow:
    """Decrypt a person's row of the roster."""
    row: RosterRow = json.loads(
        decrypt(key, person.fields, _person_context(person.campaign, person.person))
    )
    return row


def decrypt_code(key: bytes, campaign: str, person: bytes, holds: bytes) -> bytes:
    """Decrypt the HMAC of the code that a person holds."""
    return decrypt(key, holds, _person_context(campaign, person))


def encrypt_code(key: bytes, person: Person | PersonRow, code: bytes) -> bytes:
    """Encrypt the HMAC of the code that a person holds."""
    return encrypt(key, code, _person_context(person.campaign, person.person))


def erase_on(session: Session, campaign: str, day: date, today: date) -> None:
    """Set the day on which the persons are erased, whatever happens until then."""
    if day <= today:
        raise SurveyError(N_("Choose a day after today, or erase the persons now."))
    _roster_row(session, campaign).erased_on = day.isoformat()
    audit.record(session, Audit, "erase on", campaign, day.isoformat())


def erase(session: Session, campaign: str) -> None:
    """Delete everything that names a person; the caller vacuums the store afterwards."""
    _roster_row(session, campaign)
    for table in (CodeList, Letter, Person, Roster):
        session.execute(delete(table).where(table.campaign == campaign))
    session.execute(delete(Job).where(Job.campaign == campaign, Job.kind != "fix"))
    audit.record(session, Audit, "erase", campaign)


def due(session: Session, today: date) -> list[str]:
    """List the campaigns whose day of erasing has come."""
    query = select(Roster.campaign).where(
        Roster.erased_on != "", Roster.erased_on <= today.isoformat()
    )
    return list(session.scalars(query))


def new_seed() -> str:
    """Generate a seed for the sample."""
    return secrets.token_hex(16)


def _columns(layout: dict[str, Any]) -> Columns:
    return Columns(layout["stratum"], layout["person"], layout["address"])


def _encrypted(
    key: bytes, campaign: str, roster: RosterRows, sample: set[str], on_progress: OnProgress
) -> Iterator[tuple[bytes, str, str, bytes]]:
    """Yield each person's random identifier, stratum, step, and encrypted row."""
    for number, row in enumerate(roster.rows):
        person = os.urandom(16)
        content = json.dumps(row, ensure_ascii=False).encode()
        step = "drawn" if row["person"] in sample else "listed"
        yield person, row["stratum"], step, encrypt(key, content, _person_context(campaign, person))
        if number % _BLOCK == 0:
            on_progress(number, len(roster.rows))


def _insert(
    session: Session, campaign: str, persons: Sequence[tuple[bytes, str, str, bytes]]
) -> None:
    names = ("person", "stratum", "step", "fields")
    values = (dict(zip(names, row, strict=True), campaign=campaign) for row in persons)
    for_each(session, insert(Person), values)


def _check_free(session: Session, campaign: str) -> None:
    campaign_row = find_campaign(session, campaign)
    if campaign_row.step == Step.CLOSED:
        raise StateError(campaign=campaign, state=campaign_row.step, needed=Step.PUBLISHED)
    check_no_codes(session, campaign)
    query = select(Person.person).where(Person.campaign == campaign).limit(1)
    if session.scalar(query) is not None:
        raise SurveyError(
            N_("The sample is drawn already: erase the roster before you load another.")
        )


def _roster_row(session: Session, campaign: str) -> Roster:
    find_campaign(session, campaign)
    row = session.get(Roster, campaign)
    if row is None:
        raise SurveyError(N_("Upload the roster first."))
    return row


def _strata(session: Session, campaign: str) -> tuple[Stratum, ...]:
    return Draft.model_validate_json(find_campaign(session, campaign).design).planned_strata()


def _table(key: bytes, row: Roster) -> UploadedTable:
    if row.file is None:
        raise SurveyError(N_("Upload the roster first."))
    content = decrypt(key, row.file, _roster_context(row.campaign))
    return spreadsheet.read(content, _layout(key, row)["file"])


def _layout(key: bytes, row: Roster) -> dict[str, Any]:
    """Decrypt the file's name, its header, and which column is which."""
    layout: dict[str, Any] = json.loads(decrypt(key, row.columns, _roster_context(row.campaign)))
    return layout


def _sample_counts(session: Session, campaign: str) -> dict[str, tuple[int, int]]:
    query = (
        select(Person.stratum, Person.step, func.count())
        .where(Person.campaign == campaign)
        .group_by(Person.stratum, Person.step)
    )
    counts: dict[str, tuple[int, int]] = {}
    for stratum, step, number in session.execute(query):
        persons, sample = counts.get(stratum, (0, 0))
        counts[stratum] = (persons + number, sample + (0 if step == "listed" else number))
    return dict(sorted(counts.items()))


def _guess(header: tuple[str, ...]) -> Columns:
    lower = {name.casefold(): name for name in header}
    guessed = {
        column: next((lower[name] for name in names if name in lower), "")
        for column, names in _GUESSES.items()
    }
    return Columns(**guessed)


def _roster_context(campaign: str) -> str:
    return f"roster/{campaign}"


def _person_context(campaign: str, person: bytes) -> str:
    return f"person/{campaign}/{person.hex()}"
