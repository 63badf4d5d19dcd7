"""The rows of a roster file: read, checked one by one, and drawn from."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey_app.documents.design import Stratum
from survey_app.errors import N_, RosterError
from survey_app.identity.manage.roster.spreadsheet import UploadedTable
from survey_app.identity.manage.roster.spreadsheet import read as read_table

LONGEST_CELL = 1000
RosterRow = dict[str, str]


@dataclass(frozen=True)
class RosterRows:
    """The rows of a roster file, each a person of one stratum."""

    columns: tuple[str, ...]
    rows: tuple[RosterRow, ...]

    @property
    def by_stratum(self) -> Counter[str]:
        """Count the persons of each stratum."""
        return Counter(row["stratum"] for row in self.rows)


@dataclass(frozen=True)
class Columns:
    """The names of a file's columns; ``address`` is empty where there are no e-mails."""

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
class Trial:
    """The result of reading a file: its rows, and what is wrong with them."""

    roster: RosterRows
    faults: tuple[Fault, ...]


def read_sample(path: Path, strata: Sequence[Stratum]) -> RosterRows:
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
    trial = check(read_table(content, path.name), Columns(), strata)
    samples = {stratum.id: stratum.sample for stratum in strata}
    for fault in [*trial.faults, *_beyond_sample(trial.roster, samples)]:
        raise RosterError(file=path.name, line=fault.line, reason=_in_full(fault))
    return trial.roster


def check(table: UploadedTable, columns: Columns, strata: Sequence[Stratum]) -> Trial:
    """Read a table's rows under these columns, and find every fault.

    Raises
    ------
    RosterError
        A column is not in the table, or is named twice.
    """
    names = [columns.stratum, columns.person, *([columns.address] if columns.address else [])]
    for name in names:
        if name not in table.header:
            sentence = N_("%(file)s, line 1: the column “%(column)s” is missing")
            raise RosterError(sentence, file=table.file, column=name)
    if len(set(names)) < len(names):
        reason = N_("one column cannot have two meanings")
        raise RosterError(file=table.file, line=1, reason=reason)
    roster = _parsed(table, columns)
    populations = {stratum.id: stratum.population for stratum in strata}
    numbers = [line for line, _ in table.lines]
    faults = [*_row_faults(numbers, roster, populations), *_total_faults(roster, populations)]
    return Trial(roster, tuple(faults))


def draw(roster: RosterRows, samples: Mapping[str, int], seed: str) -> set[str]:
    """Draw each stratum's simple random sample, which roster and seed determine.

    The persons of a stratum are put into the order of SHA-256(seed/stratum/person), and the first
    are taken: the order of the file does not matter.
    """
    by_stratum: dict[str, list[tuple[bytes, str]]] = {}
    for row in roster.rows:
        digest = hashlib.sha256(f"{seed}/{row['stratum']}/{row['person']}".encode()).digest()
        by_stratum.setdefault(row["stratum"], []).append((digest, row["person"]))
    return {
        person
        for stratum, persons in by_stratum.items()
        for _, person in sorted(persons)[: samples.get(stratum, 0)]
    }


def _parsed(table: UploadedTable, columns: Columns) -> RosterRows:
    """Rename the columns to ours; another column of such a name gets a mark."""
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
    return RosterRows(header, tuple(rows))


def _row_faults(
    numbers: Sequence[int], roster: RosterRows, populations: Mapping[str, int]
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
            yield Fault(line, N_("this person is listed twice"), row["person"])
        persons.add(row["person"])
        if max(map(len, row.values())) > LONGEST_CELL:
            yield Fault(line, N_("a cell has more than 1000 characters"))
        if mailed:
            yield from _address_faults(line, row["address"], addresses)


def _address_faults(line: int, cell: str, earlier: set[str]) -> Iterator[Fault]:
    address = cell.casefold()
    if not address:
        return
    name, at, host = address.partition("@")
    plain = address.isascii() and address.isprintable() and not set(address) & set(' ,;<>"\\()[]:')
    if not (name and at and "." in host.strip(".") and "@" not in host and plain):
        yield Fault(line, N_("this is not an e-mail address"), cell)
    elif address in earlier:
        yield Fault(line, N_("this address is listed twice"), cell)
    earlier.add(address)


def _total_faults(roster: RosterRows, populations: Mapping[str, int]) -> Iterator[Fault]:
    if not roster.rows:
        yield Fault(1, N_("the file contains no persons"))
    for stratum, persons in roster.by_stratum.items():
        if stratum in populations and persons > populations[stratum]:
            yield Fault(1, N_("a stratum has more persons than its population"), stratum)


def _beyond_sample(roster: RosterRows, samples: Mapping[str, int]) -> Iterator[Fault]:
    for stratum, persons in roster.by_stratum.items():
        if stratum in samples and persons > samples[stratum]:
            yield Fault(1, N_("a stratum has more persons than its sample"), stratum)


def _in_full(fault: Fault) -> str:
    return f"{fault.reason} ({fault.value[:100]})" if fault.value else fault.reason
