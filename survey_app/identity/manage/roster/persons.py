"""The persons of a roster in the store: encrypted, drawn from once, and erased for good."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.documents.design import Stratum
from survey_app.errors import N_, RosterError, SurveyError
from survey_app.identity.manage.campaigns.draft import Draft
from survey_app.identity.manage.roster import rows
from survey_app.identity.manage.roster.columns import Columns
from survey_app.identity.manage.roster.rows import RosterRow, RosterRows
from survey_app.identity.manage.roster.uploads import (
    Layout,
    check_free,
    encrypted_layout,
    layout_of,
    row_of,
    shortfalls,
    table_of,
)
from survey_app.identity.store.models import Audit, CodeList, Job, Letter, Person, Roster
from survey_app.identity.store.queries import find_campaign, lock_campaign
from survey_app.storage.database import Database, for_each

_BLOCK = 5000
_DECIDE = N_(
    "The roster has fewer persons than some strata: say whether their populations are lowered, or "
    "the draw goes on all the same."
)
OnProgress = Callable[[int, int], None]
PersonRow = Row[Any]
"""A person's columns, as a query gives them."""


@dataclass(frozen=True)
class RosterSummary:
    """A roster as the store has it: how its file is read, and counts of its persons."""

    layout: Layout
    seed: str
    erased_on: str
    sizes: dict[str, tuple[int, int]]
    """For each stratum, how many are listed and how many of them were drawn."""


def check_ready(session: Session, campaign: str) -> None:
    """Refuse to read a roster if the campaign is not planned, or no file was uploaded."""
    check_free(session, campaign)
    _strata(session, campaign)
    if row_of(session, campaign).file is None:
        raise SurveyError(N_("Upload the roster first."))


def check_decided(session: Session, key: bytes, campaign: str, *, knowingly: bool) -> None:
    """Refuse to draw from a roster with only a part of a population, unless that is known.

    Raises
    ------
    SurveyError
        No one has decided what to do about it.
    """
    trial = layout_of(key, row_of(session, campaign)).trial
    if shortfalls(_strata(session, campaign), trial) and not knowingly:
        raise SurveyError(_DECIDE)


def import_roster(
    database: Database,
    key: bytes,
    campaign: str,
    seed: str,
    on_progress: OnProgress,
    finish: Callable[[Session], None] = lambda _: None,
    *,
    knowingly: bool = False,
) -> None:
    """Read the file for good, draw the sample, and store all persons, or nothing.

    ``finish`` takes part in the transaction that ends it. ``knowingly`` lets strata pass of whose
    population the roster has only a part.

    Raises
    ------
    RosterError
        A row has a fault.
    SurveyError
        The roster has only a part of a stratum's population.
    """
    with database.read() as session:
        row, strata = row_of(session, campaign), _strata(session, campaign)
    layout, table = layout_of(key, row), table_of(key, row)
    trial = rows.check(table, layout.columns, strata)
    del table
    layout = replace(layout, top=(), trial=None)
    for fault in trial.faults:
        raise RosterError(file=layout.file, line=fault.line, reason=fault.reason)
    smaller = _smaller(trial.roster, strata)
    if smaller and not knowingly:
        raise SurveyError(_DECIDE)
    sample = rows.draw(trial.roster, {s.id: s.sample for s in strata}, seed)
    persons = sorted(_encrypted(key, campaign, trial.roster, sample, on_progress))
    del trial  # a long roster need not be in memory twice
    with database.begin() as session:
        lock_campaign(session, campaign)
        check_free(session, campaign)
        row = row_of(session, campaign)
        _insert(session, campaign, persons)
        row.file, row.seed = None, seed
        row.columns = encrypted_layout(key, campaign, layout)
        if smaller:
            audit.record(session, Audit, "smaller roster", campaign, ", ".join(smaller))
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
    check_free(session, campaign)
    address = "address" if "address" in sample.columns else ""
    layout = Layout(file[:100], sample.columns, Columns(address=address))
    session.merge(
        Roster(
            campaign=campaign,
            file=None,
            columns=encrypted_layout(key, campaign, layout),
            seed="",
            erased_on="",
        )
    )
    names = {(row["stratum"], row["person"]) for row in sample.rows}
    _insert(session, campaign, sorted(_encrypted(key, campaign, sample, names, lambda *_: None)))
    audit.record(session, Audit, "draw", campaign, f"{len(sample.rows)}")


def summary(session: Session, key: bytes, campaign: str) -> RosterSummary | None:
    """Summarise what the store has of a campaign's roster."""
    row = session.get(Roster, campaign)
    if row is None:
        return None
    counts = _sample_counts(session, campaign)
    return RosterSummary(layout_of(key, row), row.seed, row.erased_on, counts)


def own_headings(session: Session, key: bytes, campaign: str) -> dict[str, str]:
    """Give the names of columns in the office's own file, by those that rows are stored under."""
    row = session.get(Roster, campaign)
    if row is None:
        return {}
    layout = layout_of(key, row)
    columns = layout.columns
    named = {"stratum": columns.stratum, "person": columns.person, "address": columns.address}
    of_marked = {f"{name} *": name for name in layout.header}
    return of_marked | {name: heading for name, heading in named.items() if heading}


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


def encrypt_code(key: bytes, campaign: str, person: bytes, code: bytes) -> bytes:
    """Encrypt the HMAC of the code that a person holds."""
    return encrypt(key, code, _person_context(campaign, person))


def erase_on(session: Session, campaign: str, day: date, today: date) -> None:
    """Set the day on which the persons are erased, whatever happens until then."""
    if day <= today:
        raise SurveyError(N_("Choose a day after today, or erase the persons now."))
    row_of(session, campaign).erased_on = day.isoformat()
    audit.record(session, Audit, "erase on", campaign, day.isoformat())


def erase(session: Session, campaign: str) -> None:
    """Delete everything that names a person; the caller vacuums the store afterwards."""
    row_of(session, campaign)
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


def _encrypted(
    key: bytes,
    campaign: str,
    roster: RosterRows,
    sample: set[tuple[str, str]],
    on_progress: OnProgress,
) -> Iterator[tuple[bytes, str, str, bytes]]:
    """Yield each person's random identifier, stratum, step, and encrypted row."""
    for number, row in enumerate(roster.rows):
        person = os.urandom(16)
        content = json.dumps(row, ensure_ascii=False).encode()
        step = "drawn" if (row["stratum"], row["person"]) in sample else "listed"
        yield person, row["stratum"], step, encrypt(key, content, _person_context(campaign, person))
        if number % _BLOCK == 0:
            on_progress(number, len(roster.rows))


def _insert(
    session: Session, campaign: str, persons: Sequence[tuple[bytes, str, str, bytes]]
) -> None:
    names = ("person", "stratum", "step", "fields")
    values = (dict(zip(names, row, strict=True), campaign=campaign) for row in persons)
    for_each(session, insert(Person), values)


def _strata(session: Session, campaign: str) -> tuple[Stratum, ...]:
    return Draft.model_validate_json(find_campaign(session, campaign).design).planned_strata()


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


def _person_context(campaign: str, person: bytes) -> str:
    return f"person/{campaign}/{person.hex()}"


def _smaller(roster: RosterRows, strata: Sequence[Stratum]) -> list[str]:
    """List the strata of whose population the roster has only a part, with both numbers."""
    counts = roster.by_stratum
    return [
        f"{stratum.id} {counts[stratum.id]}/{stratum.population}"
        for stratum in strata
        if 0 < counts[stratum.id] < stratum.population
    ]
