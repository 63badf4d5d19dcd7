"""Ballots and claims wait in their stratum's pool before their own table knows of them.

A pool is rewritten whole, in random order, at every write. What waits is in the store, and
committed, like any row: waiting delays nothing but its place in the table, which it reaches in a
random batch.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from secrets import SystemRandom
from struct import Struct
from typing import Any

from sqlalchemy import (
    BindParameter,
    Executable,
    LargeBinary,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey_app.storage.mixing import table_of

MOST, STAYING = 20, 10
"""How many may wait in a stratum, and how many stay when one more comes: the others leave."""
PART = 3900
"""Bytes in a pool's row. Two rows fill a page of PostgreSQL, so that the next version takes the
room of the last but one: a page never holds more than one that is dead."""

Record = bytes
RecordsByStratum = dict[str, list[Record]]
"""What waits, by stratum, in random order; the records of a stratum have one length."""

_HEAD = Struct(">HB")  # the length of a record, and how many there are
_random = SystemRandom()


class PoolColumns:
    """What waits in one stratum, padded to one length: the size tells no number.

    What is too long for one row is spread over several parts.
    """

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(40), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    records: Mapped[bytes]


def unpack(parts: Iterable[bytes | None]) -> list[Record]:
    """Read the records that wait in the parts of a pool."""
    return [record for part in parts if part for record in _unpack(part)]


def add(
    session: Session,
    model: type[PoolColumns],
    campaign: str,
    stratum: str,
    records: Sequence[Record],
    record: Record,
) -> list[Record]:
    """Let one more wait; gives those that must leave for their table, in the order to write them.

    Call it under a `lock` on the stratum, under which ``records`` was read.
    """
    shuffled_records = [*records, record]
    _random.shuffle(shuffled_records)
    stay = STAYING if len(records) == MOST else MOST
    staying, leaving = shuffled_records[:stay], shuffled_records[stay:]
    statements = _statements(table_of(model))
    place = {"in_campaign": campaign, "in_stratum": stratum}
    rows = [
        place | {"in_part": part, "packed": packed} for part, packed in enumerate(_pack(staying))
    ]
    session.execute(statements.update if records else statements.insert, rows)
    return leaving


def number_waiting(session: Session, model: type[PoolColumns], campaign: str) -> dict[str, int]:
    """Count what waits in each stratum of a campaign that has any."""
    head = func.substr(model.records, 1, _HEAD.size, type_=LargeBinary)
    numbers: dict[str, int] = {}
    for stratum, begins in session.execute(
        select(model.stratum, head).where(model.campaign == campaign)
    ):
        numbers[stratum] = numbers.get(stratum, 0) + _HEAD.unpack(begins)[1]
    return numbers


def read_all(session: Session, model: type[PoolColumns], campaign: str) -> RecordsByStratum:
    """Read what waits in a campaign."""
    by_stratum: RecordsByStratum = {}
    query = select(model.stratum, model.records).where(model.campaign == campaign)
    for stratum, part in session.execute(query):
        by_stratum.setdefault(stratum, []).extend(_unpack(part))
    return by_stratum


def empty(session: Session, model: type[PoolColumns], campaign: str) -> RecordsByStratum:
    """Take all that waits in a campaign, under a lock that keeps every write away."""
    by_stratum = read_all(session, model, campaign)
    session.execute(delete(table_of(model)).where(table_of(model).c.campaign == campaign))
    return by_stratum


class _Statements:
    """How the parts of a pool are written: all of them, or none is there yet."""

    def __init__(self, table: Table) -> None:
        names = ("campaign", "stratum", "part")
        binds: dict[str, BindParameter[Any]] = {name: bindparam(f"in_{name}") for name in names}
        packed = bindparam("packed", type_=LargeBinary)
        same = [table.c[name] == bind for name, bind in binds.items()]
        self.insert: Executable = insert(table).values(**binds, records=packed)
        self.update: Executable = update(table).where(and_(*same)).values(records=packed)


@cache
def _statements(table: Table) -> _Statements:
    return _Statements(table)


def _pack(records: Sequence[Record]) -> list[bytes]:
    """Write records into the parts of a pool: as many parts as `MOST` of them need."""
    length = len(records[0])
    records_per_part = (PART - _HEAD.size) // length
    return [
        _part(length, records[first : first + records_per_part])
        for first in range(0, MOST, records_per_part)
    ]


def _part(length: int, records: Sequence[Record]) -> bytes:
    return (_HEAD.pack(length, len(records)) + b"".join(records)).ljust(PART, b"\0")


def _unpack(part: bytes) -> list[Record]:
    length, number = _HEAD.unpack_from(part)
    end = _HEAD.size + length * number
    return [part[at : at + length] for at in range(_HEAD.size, end, length)]
