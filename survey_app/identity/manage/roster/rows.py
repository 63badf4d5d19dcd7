"""A roster: who may be invited. Read, checked row by row, and drawn from."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey_app.documents.manifest import Stratum
from survey_app.errors import N_, RosterError
from survey_app.identity.manage.roster.spreadsheet import Table
from survey_app.identity.manage.roster.spreadsheet import read as read_table

LONGEST_CELL = 1000
Row = dict[str, str]


@dataclass(frozen=True)
class Roster:
    """The rows of a roster file, each a person of one stratum."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def by_stratum(self) -> Counter[str]:
        """Count the persons of each stratum."""
        return Counter(row["stratum"] for row in self.rows)


@dataclass(frozen=True)
class Columns:
    """Which columns of a file say what; ``address`` is empty where there are no e-mails."""

    stratum: str = "stratum"
    person: str = "person"
    address: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row."""

    line: int
    reason: str
    value: str = ""


@dataclass(frozen=True)
class Checked:
    """A file as it would be read, and what is wrong with it."""

    roster: Roster
    faults: tuple[Fault, ...]


def read_sample(path: Path, strata: Sequence[Stratum]) -> Roster:
    """Read a CSV (UTF-8 with or without BOM, or GB18030) or XLSX file of persons drawn elsewhere.

    Its columns are ``stratum``, ``person`` and, for e-mail, ``address``; others may follow.

    Raises
    ------
    RosterError
        A column is missing, a person is listed twice, a stratum is not in the design, or has more
        persons than its sample; names file and line.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise RosterError(file=path.name, line=0, reason=N_("cannot be read")) from None
    checked = check(read_table(content, path.name), Columns(), strata)
    samples = {stratum.id: stratum.sample for stratum in strata}
    for fault in [*checked.faults, *_beyond_sample(checked.roster, samples)]:
        raise RosterError(file=path.name, line=fault.line, reason=_in_full(fault))
    return checked.roster


def check(table: Table, columns: Columns, strata: Sequence[Stratum]) -> Checked:
    """Read a table's rows under the names of the columns chosen, and find every fault.

    Raises
    ------
    RosterError
        A column that was chosen is not in the table, or two choices fell on one.
    """
    chosen = [columns.stratum, columns.person, *([columns.address] if columns.address else [])]
    for name in chosen:
        if name not in table.header:
            missing = N_("%(file)s, line 1: the column “%(column)s” is missing")
            raise RosterError(missing, file=table.file, column=name)
    if len(set(chosen)) < len(chosen):
        reason = N_("one column cannot say two things")
        raise RosterError(file=table.file, line=1, reason=reason)
    roster = _parsed(table, columns)
    populations = {stratum.id: stratum.population for stratum in strata}
    numbers = [line for line, _ in table.lines]
    faults = [*_row_faults(numbers, roster, populations), *_sums(roster, populations)]
    return Checked(roster, tuple(faults))


def draw(roster: Roster, samples: Mapping[str, int], seed: str) -> set[str]:
    """Draw each stratum's simple random sample; whoever has roster and seed draws the same.

    The persons of a stratum are put into the order of SHA-256(seed/stratum/person), and the first
    are taken: the order of the file plays no part.
    """
    listed: dict[str, list[tuple[bytes, str]]] = {}
    for row in roster.rows:
        digest = hashlib.sha256(f"{seed}/{row['stratum']}/{row['person']}".encode()).digest()
        listed.setdefault(row["stratum"], []).append((digest, row["person"]))
    return {
        person
        for stratum, persons in listed.items()
        for _, person in sorted(persons)[: samples.get(stratum, 0)]
    }


def _parsed(table: Table, columns: Columns) -> Roster:
    """Give the chosen columns their names; another column of such a name gets a mark."""
    names = {columns.stratum: "stratum", columns.person: "person"}
    if columns.address:
        names[columns.address] = "address"
    header = tuple(
        names.get(name, f"{name} *" if name in names.values() else name) for name in table.header
    )
    rows = (
        {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        for _, cells in table.lines
    )
    return Roster(header, tuple(rows))


def _row_faults(
    numbers: Sequence[int], roster: Roster, populations: Mapping[str, int]
) -> Iterator[Fault]:
    persons: set[str] = set()
    addresses: set[str] = set()
    mailed = "address" in roster.columns
    for line, row in zip(numbers, roster.rows, strict=True):
        if row["stratum"] not in populations:
            yield Fault(line, N_("the stratum is not in the design"), row["stratum"])
        if not row["person"]:
            yield Fault(line, N_("the person is empty"))
        elif row["person"] in persons:
            yield Fault(line, N_("the person stands twice"), row["person"])
        persons.add(row["person"])
        if max(map(len, row.values())) > LONGEST_CELL:
            yield Fault(line, N_("a cell has more than 1000 characters"))
        if mailed:
            yield from _address_faults(line, row["address"], addresses)


def _address_faults(line: int, written: str, seen: set[str]) -> Iterator[Fault]:
    address = written.casefold()
    if not address:
        return
    name, at, host = address.partition("@")
    plain = address.isascii() and address.isprintable() and not set(address) & set(' ,;<>"\\()[]:')
    if not (name and at and "." in host.strip(".") and "@" not in host and plain):
        yield Fault(line, N_("this is not an e-mail address"), written)
    elif address in seen:
        yield Fault(line, N_("the address stands twice"), written)
    seen.add(address)


def _sums(roster: Roster, populations: Mapping[str, int]) -> Iterator[Fault]:
    if not roster.rows:
        yield Fault(1, N_("the file names nobody"))
    for stratum, persons in roster.by_stratum.items():
        if stratum in populations and persons > populations[stratum]:
            yield Fault(1, N_("a stratum has more persons than its population"), stratum)


def _beyond_sample(roster: Roster, samples: Mapping[str, int]) -> Iterator[Fault]:
    for stratum, persons in roster.by_stratum.items():
        if stratum in samples and persons > samples[stratum]:
            yield Fault(1, N_("a stratum has more persons than its sample"), stratum)


def _in_full(fault: Fault) -> str:
    return f"{fault.reason} ({fault.value[:100]})" if fault.value else fault.reason
