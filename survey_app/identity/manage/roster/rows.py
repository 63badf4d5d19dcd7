"""The rows of a roster file: read, checked one by one, and drawn from."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey_app.documents.design_rules import AnyStratum
from survey_app.errors import N_, RosterError
from survey_app.identity.manage.roster.columns import Columns, plain
from survey_app.identity.manage.roster.spreadsheet import UploadedTable
from survey_app.identity.manage.roster.spreadsheet import read as read_table
from survey_app.identity.manage.spreadsheets.workbook import letters

LONGEST_CELL = 1000
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]{2}")
_SHORTENED = re.compile(r"[0-9]{15}0+")
RosterRow = dict[str, str]

EMPTY_STRATUM = N_("the cell is empty; perhaps it was merged with the one above")
NO_STRATUM = N_("the stratum is not in the design")
NO_PERSON = N_("the person is empty")
TWICE = N_("this person is listed twice in the stratum")
TOO_LONG = N_("a cell has more than 1000 characters")
NO_ADDRESS = N_("this is not an e-mail address")
ROUNDED = N_("the spreadsheet has changed the last digits of this long number")
BEYOND = N_("there is no heading above this cell")
NO_PERSONS = N_("the file contains no persons")
TOO_MANY = N_("a stratum has more persons than its population")
BEYOND_SAMPLE = N_("a stratum has more persons than its sample")

REMEDIES = {
    EMPTY_STRATUM: N_("Tick “fill down”, or write the stratum into the cell."),
    NO_STRATUM: N_(
        "Write it as under “Strata”, or add the stratum there; a line that is no person's is to be "
        "deleted."
    ),
    NO_PERSON: N_("Fill it in, or delete the row."),
    TWICE: N_("Delete one of the rows, or choose a column in which everybody differs."),
    TOO_LONG: N_("Shorten it, or delete the column."),
    NO_ADDRESS: N_("Correct it, or empty the cell: then the person gets a card."),
    ROUNDED: N_("Format the column as text, and fill it in again from where it comes from."),
    BEYOND: N_("Write a heading into that column, or clear the cell."),
    NO_PERSONS: N_("Write one row for each person below the headings."),
    TOO_MANY: N_("Correct the population under “Strata”, or take away who does not belong there."),
}
"""What a clerk can do about a fault."""


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
class Fault:
    """What is wrong with a row, or with one cell of it, and how many later rows have the same."""

    line: int
    reason: str
    value: str = ""
    column: str = ""
    """The letter of the column; empty if the whole row or file is meant."""
    later_rows: int = 0

    @property
    def place(self) -> str:
        """Where it stands, as a spreadsheet says it."""
        return f"{self.column}{self.line}"


@dataclass(frozen=True)
class Trial:
    """The result of reading a file: its rows, and what is wrong with them."""

    roster: RosterRows
    faults: tuple[Fault, ...]
    left_out: tuple[int, ...] = ()
    """Rows that name a stratum and nothing else, as those of the template do."""
    shared_addresses: int = 0
    """How many addresses more than one person has."""
    uneven: tuple[int, int] = (0, 0)
    """The digits of the shortest and the longest number in place of a person, if they differ."""


def read_sample(path: Path, strata: Sequence[AnyStratum]) -> RosterRows:
    """Read a CSV (UTF-8, UTF-16 or GB18030) or XLSX file of persons drawn elsewhere.

    Its columns are ``stratum``, ``person`` and, for e-mail, ``address``; others may follow.

    Raises
    ------
    RosterError
        A column is missing, a person is listed twice in a stratum, a stratum is not in the design,
        or has more persons than its sample; names file and line.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise RosterError(N_("%(file)s cannot be read."), file=path.name) from None
    trial = check(read_table(content, path.name), Columns(), strata)
    samples = {stratum.id: stratum.sample for stratum in strata}
    empty = [Fault(line, NO_PERSON) for line in trial.left_out]
    for fault in [*trial.faults, *empty, *_beyond_sample(trial.roster, samples)]:
        raise RosterError(file=path.name, line=fault.line, reason=_in_full(fault))
    return trial.roster


def check(table: UploadedTable, columns: Columns, strata: Sequence[AnyStratum]) -> Trial:
    """Read a table's rows under these columns, and find every fault.

    Raises
    ------
    RosterError
        A column is not in the table, or is named twice.
    """
    check_columns(table.header, columns, table.file)
    numbers, left_out, roster = _parsed(table, columns, _strata_by_name(columns, strata))
    populations = {stratum.id: stratum.population for stratum in strata}
    faults = [
        *_row_faults(table, columns, numbers, roster, populations),
        *_total_faults(roster, populations),
    ]
    return Trial(roster, tuple(faults), tuple(left_out), _shared_addresses(roster), _uneven(roster))


def check_columns(header: Sequence[str], columns: Columns, file: str) -> None:
    """Refuse a choice of columns that cannot be read.

    Raises
    ------
    RosterError
        One is missing, or has two meanings.
    """
    address = [columns.address] if columns.address else []
    for name in (*(columns.of_stratum or [""]), columns.person, *address):
        if name not in header:
            sentence = N_("%(file)s: the column “%(column)s” is missing.")
            raise RosterError(sentence, file=file, column=name)
    if len(set(columns.used)) < len(columns.used):
        raise RosterError(N_("%(file)s: one column cannot have two meanings."), file=file)


def draw(roster: RosterRows, samples: Mapping[str, int], seed: str) -> set[tuple[str, str]]:
    """Draw each stratum's simple random sample, which roster and seed determine.

    The persons of a stratum are put into the order of SHA-256(seed/stratum/person), and the first
    are taken: the order of the file does not matter. Returns strata and persons.
    """
    by_stratum: dict[str, list[tuple[bytes, str]]] = {}
    for row in roster.rows:
        digest = hashlib.sha256(f"{seed}/{row['stratum']}/{row['person']}".encode()).digest()
        by_stratum.setdefault(row["stratum"], []).append((digest, row["person"]))
    return {
        (stratum, person)
        for stratum, persons in by_stratum.items()
        for _, person in sorted(persons)[: samples.get(stratum, 0)]
    }


def grouped(faults: Sequence[Fault]) -> list[Fault]:
    """Put faults of one kind in one column with one text together, in the order of the first."""
    first: dict[tuple[str, str, str], Fault] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for fault in faults:
        kind = (fault.reason, fault.column, fault.value)
        first.setdefault(kind, fault)
        times[kind] += 1
    return [
        Fault(fault.line, fault.reason, fault.value, fault.column, times[kind] - 1)
        for kind, fault in first.items()
    ]


Naming = Callable[[Sequence[str]], str]
"""Gives the stratum that the cells of its columns name; what stands there if there is none."""


def _strata_by_name(columns: Columns, strata: Sequence[AnyStratum]) -> Naming:
    """Read a stratum's identifier, or its unit and post category in either language."""
    if columns.stratum:
        return lambda cells: cells[0]
    ids_by_name: dict[tuple[str, ...], set[str]] = {}
    for stratum in strata:
        for language in ("zh", "en"):
            names = [
                getattr(name, language)
                for column, name in (
                    (columns.unit, stratum.unit),
                    (columns.category, stratum.post_category),
                )
                if column
            ]
            ids_by_name.setdefault(tuple(map(plain, names)), set()).add(stratum.id)
    cache: dict[tuple[str, ...], str] = {}

    def name_of(cells: Sequence[str]) -> str:
        key = tuple(cells)
        if key not in cache:
            matches = ids_by_name.get(tuple(map(plain, cells)), set())
            cache[key] = next(iter(matches)) if len(matches) == 1 else ""
        return cache[key] or (" · ".join(cells) if all(cells) else "")

    return name_of


def _parsed(
    table: UploadedTable, columns: Columns, name_of: Naming
) -> tuple[list[int], list[int], RosterRows]:
    """Rename the columns to ours; another column of such a name gets a mark."""
    ours = {columns.person: "person"} | ({columns.stratum: "stratum"} if columns.stratum else {})
    if columns.address:
        ours[columns.address] = "address"
    our_names = {*ours.values(), "stratum"}
    header = tuple(
        ours.get(name, f"{name} *" if name in our_names else name) for name in table.header
    )
    places = [table.header.index(name) for name in columns.of_stratum]
    above = [""] * len(places)
    rows, numbers, left_out = [], [], []
    for line, cells in table.lines:
        names = [cells[place] for place in places]
        if columns.fill_down:
            names = above = [text or last for text, last in zip(names, above, strict=True)]
        if not any(text for at, text in enumerate(cells) if at not in places):
            left_out.append(line)
            continue
        row = {"stratum": ""} | dict(zip(header, cells, strict=True))
        rows.append(row | {"stratum": name_of(names)})
        numbers.append(line)
    columns_of_row = header if "stratum" in header else ("stratum", *header)
    return numbers, left_out, RosterRows(columns_of_row, tuple(rows))


def _row_faults(
    table: UploadedTable,
    columns: Columns,
    numbers: Sequence[int],
    roster: RosterRows,
    populations: Mapping[str, int],
) -> Iterator[Fault]:
    letter = {name: letters(at) for at, name in enumerate(table.header)}
    of_stratum, of_person = letter[columns.of_stratum[0]], letter[columns.person]
    cut_rows = _changed_numbers(table, columns, numbers, roster)
    persons: set[tuple[str, str]] = set()
    for line, row in zip(numbers, roster.rows, strict=True):
        if not row["stratum"]:
            yield Fault(line, EMPTY_STRATUM, column=of_stratum)
        elif row["stratum"] not in populations:
            yield Fault(line, NO_STRATUM, row["stratum"], of_stratum)
        pair = (row["stratum"], row["person"])
        if not row["person"]:
            yield Fault(line, NO_PERSON, column=of_person)
        elif line in cut_rows:
            yield Fault(line, ROUNDED, row["person"], of_person)
        elif pair in persons:
            yield Fault(line, TWICE, row["person"], of_person)
        persons.add(pair)
        if max(map(len, row.values())) > LONGEST_CELL:
            yield Fault(line, TOO_LONG)
        if columns.address and row["address"] and not _is_address(row["address"]):
            yield Fault(line, NO_ADDRESS, row["address"], letter[columns.address])
    for line, at in table.beyond:
        yield Fault(line, BEYOND, column=letters(at))


def _changed_numbers(
    table: UploadedTable, columns: Columns, numbers: Sequence[int], roster: RosterRows
) -> set[int]:
    """Find the rows whose person is a number that a spreadsheet has cut."""
    at = table.header.index(columns.person)
    cut = {line for line, place in table.rounded if place == at}
    pairs = [(line, row["person"]) for line, row in zip(numbers, roster.rows, strict=True)]
    cut |= {line for line, text in pairs if _SCIENTIFIC.fullmatch(text)}
    long = [(line, text) for line, text in pairs if len(text) > 15 and text.isdecimal()]
    if len(long) > 2 and all(_SHORTENED.fullmatch(text) for _, text in long):
        cut |= {line for line, _ in long}
    return cut


def _is_address(cell: str) -> bool:
    address = cell.casefold()
    name, at, host = address.partition("@")
    letters_only = address.isascii() and address.isprintable()
    simple = letters_only and not set(address) & set(' ,;<>"\\()[]:')
    return bool(name and at and "." in host.strip(".") and "@" not in host and simple)


def _shared_addresses(roster: RosterRows) -> int:
    holders: dict[str, set[str]] = {}
    for row in roster.rows:
        if row.get("address"):
            holders.setdefault(row["address"].casefold(), set()).add(row["person"])
    return sum(len(persons) > 1 for persons in holders.values())


def _uneven(roster: RosterRows) -> tuple[int, int]:
    """Compare the lengths of numbers that do not just count the persons.

    Where zeros in front were lost, they differ.
    """
    persons = [row["person"] for row in roster.rows]
    numbers = all(person.isdecimal() and not person.startswith("0") for person in persons)
    if not persons or not numbers or max(map(int, persons)) == len(persons):
        return 0, 0
    least, most = min(map(len, persons)), max(map(len, persons))
    return (least, most) if least < most else (0, 0)


def _total_faults(roster: RosterRows, populations: Mapping[str, int]) -> Iterator[Fault]:
    if not roster.rows:
        yield Fault(1, NO_PERSONS)
    for stratum, persons in roster.by_stratum.items():
        if stratum in populations and persons > populations[stratum]:
            yield Fault(1, TOO_MANY, stratum)


def _beyond_sample(roster: RosterRows, samples: Mapping[str, int]) -> Iterator[Fault]:
    for stratum, persons in roster.by_stratum.items():
        if stratum in samples and persons > samples[stratum]:
            yield Fault(1, BEYOND_SAMPLE, stratum)


def _in_full(fault: Fault) -> str:
    return f"{fault.reason} ({fault.value[:100]})" if fault.value else fault.reason
