"""The file of a roster before it is read for good: kept encrypted, and tried."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.documents.design_rules import AnyStratum, check_size
from survey_app.errors import N_, StateError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.campaigns.draft import Draft, DraftStratum
from survey_app.identity.manage.roster import rows, spreadsheet
from survey_app.identity.manage.roster.columns import Columns, propose
from survey_app.identity.manage.roster.rows import Fault, Trial
from survey_app.identity.manage.roster.spreadsheet import UploadedTable
from survey_app.identity.manage.spreadsheets.workbook import WorkbookSheet
from survey_app.identity.store.models import Audit, Person, Roster, Step
from survey_app.identity.store.queries import check_no_codes, find_campaign
from survey_app.storage.database import Database

_MOST_FAULTS = 100
_ACROSS, _CELL = 12, 40
"""Of the first rows, so many cells and letters are shown."""
_NO_ROSTER = N_("Upload the roster first.")


@dataclass(frozen=True)
class TrialReport:
    """What a trial has shown, in counts and faults; of these the first hundred kinds."""

    persons: int
    counts: dict[str, int]
    """Persons by stratum."""
    faults: tuple[Fault, ...]
    fault_count: int
    left_out: int
    shared_addresses: int
    uneven: tuple[int, int]
    strata: str
    """The digest of the strata that it was tried with."""


@dataclass(frozen=True)
class Layout:
    """How a roster's file is read, and what came of trying it."""

    file: str
    header: tuple[str, ...]
    columns: Columns
    sheets: tuple[WorkbookSheet, ...] = ()
    sheet: str = ""
    header_row: int = 1
    top: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """The first rows, cut."""
    trial: TrialReport | None = None


def upload(database: Database, key: bytes, campaign: str, content: bytes, name: str) -> Layout:
    """Store a roster file, and try it under the columns that are likely.

    Raises
    ------
    RosterError
        It is not a table.
    SurveyError
        There are persons already, or the campaign has codes, or has closed.
    """
    with database.read() as session:
        check_free(session, campaign)
        strata = _strata(session, campaign)
    table = spreadsheet.read(content, name[:100])
    layout, _ = _tried(_layout(table, propose(table.header)), table, strata)
    with database.begin() as session:
        check_free(session, campaign)
        row = Roster(campaign=campaign, seed="", erased_on="")
        row.file = encrypt(key, content, _context(campaign))
        row.columns = encrypted_layout(key, campaign, layout)
        session.merge(row)
        audit.record(session, Audit, "roster", campaign)
    return layout


def choose_table(
    database: Database, key: bytes, campaign: str, sheet: str, header_row: int
) -> Layout:
    """Read another sheet of the file, or other headings, and try it under the likely columns.

    Raises
    ------
    RosterError
        There is no such sheet or row.
    """
    earlier, content, strata = _opened(database, key, campaign)
    table = spreadsheet.read(content, earlier.file, sheet, header_row)
    layout, _ = _tried(_layout(table, propose(table.header)), table, strata)
    _store(database, key, campaign, layout)
    return layout


def choose_columns(database: Database, key: bytes, campaign: str, columns: Columns) -> Trial:
    """Try to read the file under these columns; nothing is stored but the choice and the result.

    Raises
    ------
    RosterError
        A column is missing, or has two meanings.
    """
    layout, content, strata = _opened(database, key, campaign)
    rows.check_columns(layout.header, columns, layout.file)
    table = spreadsheet.read(content, layout.file, layout.sheet, layout.header_row)
    trial = rows.check(table, columns, strata)
    _store(database, key, campaign, _reported(replace(layout, columns=columns), trial, strata))
    return trial


def lower_populations(session: Session, key: bytes, campaign: str, version: str) -> int:
    """Lower the populations of strata to their persons in the roster; returns how many were.

    A sample larger than that becomes as large.

    Raises
    ------
    DesignRefusedError
        A stratum would become too small to hide its persons.
    StateError, ChangedError
        The campaign is no draft any more, or was changed since it was seen.
    """
    draft = _draft(session, campaign)
    trial = layout_of(key, row_of(session, campaign)).trial
    smaller = {stratum.id: number for stratum, number in shortfalls(draft.strata, trial)}
    strata = tuple(_lowered(stratum, smaller.get(stratum.id)) for stratum in draft.strata)
    for at, stratum in enumerate(strata):
        if stratum.id in smaller:
            check_size(stratum, at)
    service.change(session, campaign, version, strata=strata)
    return len(smaller)


def shortfalls(
    strata: Sequence[AnyStratum], trial: TrialReport | None
) -> list[tuple[AnyStratum, int]]:
    """List the strata of whose population the roster has only a part, with its persons."""
    counts = trial.counts if trial else {}
    return [
        (stratum, counts[stratum.id])
        for stratum in strata
        if 0 < counts.get(stratum.id, 0) < stratum.population
    ]


def is_current(layout: Layout, strata: Sequence[AnyStratum]) -> bool:
    """Tell whether the roster was tried with the strata as they are named now."""
    return layout.trial is not None and layout.trial.strata == _names_digest(strata)


def table_of(key: bytes, row: Roster) -> UploadedTable:
    """Read the table of a roster that was uploaded."""
    layout = layout_of(key, row)
    return spreadsheet.read(_content(key, row), layout.file, layout.sheet, layout.header_row)


def layout_of(key: bytes, row: Roster) -> Layout:
    """Decrypt how a roster's file is read."""
    fields: dict[str, Any] = json.loads(decrypt(key, row.columns, _context(row.campaign)))
    columns = {name: fields[name] for name in Columns.__dataclass_fields__ if name in fields}
    trial = fields.get("trial")
    return Layout(
        file=fields["file"],
        header=tuple(fields["header"]),
        columns=Columns(**columns),
        sheets=tuple(WorkbookSheet(**sheet) for sheet in fields.get("sheets", ())),
        sheet=fields.get("sheet", ""),
        header_row=fields.get("header_row", 0),
        top=tuple((number, tuple(cells)) for number, cells in fields.get("top", ())),
        trial=trial and _report_of(trial),
    )


def encrypted_layout(key: bytes, campaign: str, layout: Layout) -> bytes:
    """Write a layout as the store has it."""
    fields = asdict(layout)
    document = json.dumps(fields.pop("columns") | fields, ensure_ascii=False)
    return encrypt(key, document.encode(), _context(campaign))


def check_free(session: Session, campaign: str) -> None:
    """Refuse a roster where one was drawn from, codes were made, or the campaign has closed.

    Raises
    ------
    SurveyError
        It is so.
    """
    campaign_row = find_campaign(session, campaign)
    if campaign_row.step == Step.CLOSED:
        raise StateError(campaign=campaign, state=campaign_row.step, needed=Step.PUBLISHED)
    check_no_codes(session, campaign)
    query = select(Person.person).where(Person.campaign == campaign).limit(1)
    if session.scalar(query) is not None:
        raise SurveyError(
            N_("The sample is drawn already: erase the roster before you load another.")
        )


def row_of(session: Session, campaign: str) -> Roster:
    """Get a campaign's roster.

    Raises
    ------
    SurveyError
        None was uploaded.
    """
    find_campaign(session, campaign)
    row = session.get(Roster, campaign)
    if row is None:
        raise SurveyError(_NO_ROSTER)
    return row


def _context(campaign: str) -> str:
    return f"roster/{campaign}"


def _opened(
    database: Database, key: bytes, campaign: str
) -> tuple[Layout, bytes, tuple[DraftStratum, ...]]:
    """Read layout, file and strata; a long file is laid out after, when no one waits."""
    with database.read() as session:
        check_free(session, campaign)
        row = row_of(session, campaign)
        return layout_of(key, row), _content(key, row), _strata(session, campaign)


def _store(database: Database, key: bytes, campaign: str, layout: Layout) -> None:
    with database.begin() as session:
        check_free(session, campaign)
        row_of(session, campaign).columns = encrypted_layout(key, campaign, layout)


def _content(key: bytes, row: Roster) -> bytes:
    if row.file is None:
        raise SurveyError(_NO_ROSTER)
    return decrypt(key, row.file, _context(row.campaign))


def _strata(session: Session, campaign: str) -> tuple[DraftStratum, ...]:
    return _draft(session, campaign).strata


def _draft(session: Session, campaign: str) -> Draft:
    return service.draft_of(find_campaign(session, campaign))


def _layout(table: UploadedTable, columns: Columns) -> Layout:
    across = min(_ACROSS, max(len(cells) for _, cells in table.top))
    top = tuple((number, tuple(_first_cells(cells, across))) for number, cells in table.top)
    return Layout(
        table.file, table.header, columns, table.sheets, table.sheet, table.header_row, top
    )


def _first_cells(cells: Sequence[str], across: int) -> list[str]:
    first_cells = [cell[:_CELL] for cell in cells[:across]]
    return [*first_cells, *[""] * (across - len(first_cells))]


def _tried(
    layout: Layout, table: UploadedTable, strata: Sequence[AnyStratum]
) -> tuple[Layout, Trial | None]:
    """Try a table under the columns of its layout, if they are complete."""
    if not (strata and layout.columns.person and layout.columns.of_stratum):
        return layout, None
    trial = rows.check(table, layout.columns, strata)
    return _reported(layout, trial, strata), trial


def _reported(layout: Layout, trial: Trial, strata: Sequence[AnyStratum]) -> Layout:
    report = TrialReport(
        persons=len(trial.roster.rows),
        counts=dict(trial.roster.by_stratum),
        faults=tuple(rows.grouped(trial.faults)[:_MOST_FAULTS]),
        fault_count=len(trial.faults),
        left_out=len(trial.left_out),
        shared_addresses=trial.shared_addresses,
        uneven=trial.uneven,
        strata=_names_digest(strata),
    )
    stratum_ids = {stratum.id for stratum in strata}
    counts = {name: number for name, number in report.counts.items() if name in stratum_ids}
    return replace(layout, trial=replace(report, counts=counts))


def _report_of(fields: dict[str, Any]) -> TrialReport:
    faults = tuple(Fault(**fault) for fault in fields["faults"])
    return TrialReport(**{**fields, "faults": faults, "uneven": tuple(fields["uneven"])})


def _names_digest(strata: Sequence[AnyStratum]) -> str:
    names = [(s.id, *vars(s.unit).values(), *vars(s.post_category).values()) for s in strata]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _lowered(stratum: DraftStratum, persons: int | None) -> DraftStratum:
    if persons is None:
        return stratum
    sample = min(stratum.sample, persons)
    return stratum.model_copy(update={"population": persons, "sample": sample})
