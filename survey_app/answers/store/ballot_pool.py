"""Ballots that wait in the pool of their stratum, and how they reach their own table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, false, insert, select, true, union_all
from sqlalchemy.orm import Session

from survey_app.answers.store.models import Ballot, Pool
from survey_app.storage import pool
from survey_app.storage.database import for_each
from survey_app.storage.mixing import table_of

_HASH = 32
_SAME = union_all(
    select(false().label("waits"), Ballot.receipt.label("content")).where(
        Ballot.receipt == bindparam("its_receipt")
    ),
    select(false(), Ballot.receipt).where(Ballot.spent == bindparam("its_spent")),
    select(true(), Pool.records).where(
        Pool.campaign == bindparam("in_campaign"), Pool.stratum == bindparam("in_stratum")
    ),
)
_INSERTING = insert(table_of(Ballot))


@dataclass(frozen=True)
class StratumBox:
    """What the box holds of a stratum, as far as one ballot is concerned.

    Attributes
    ----------
    receipts
        Of the ballots that are this one, or were cast with its credential.
    records
        All ballots that wait.
    """

    campaign: str
    stratum: str
    receipts: frozenset[bytes]
    records: Sequence[pool.Record]


def find_same(
    session: Session, campaign: str, stratum: str, receipt: bytes, spent_hash: bytes
) -> StratumBox:
    """Look for a ballot, and for others on its credential, in the table and among what waits."""
    values = {"its_receipt": receipt, "its_spent": spent_hash}
    place = {"in_campaign": campaign, "in_stratum": stratum}
    rows = session.execute(_SAME, values | place).all()
    records = pool.unpack(row.content for row in rows if row.waits)
    receipts = {row.content for row in rows if not row.waits}
    receipts |= {
        r[:_HASH] for r in records if r[:_HASH] == receipt or r[_HASH:].startswith(spent_hash)
    }
    return StratumBox(campaign, stratum, frozenset(receipts), records)


def add(session: Session, to: StratumBox, receipt: bytes, spent_hash: bytes, sealed: bytes) -> None:
    """Let a new ballot wait, under the lock on its stratum under which it was looked for."""
    record = receipt + spent_hash + sealed
    leaving = pool.add(session, Pool, to.campaign, to.stratum, to.records, record)
    _store(session, to.campaign, to.stratum, leaving)


def empty(session: Session, campaign: str) -> None:
    """Store all that wait in a campaign whose box is locked."""
    for stratum, records in pool.empty(session, Pool, campaign).items():
        _store(session, campaign, stratum, records)


def _store(session: Session, campaign: str, stratum: str, records: Iterable[pool.Record]) -> None:
    rows = (
        {
            "receipt": record[:_HASH],
            "campaign": campaign,
            "stratum": stratum,
            "spent": record[_HASH : 2 * _HASH],
            "sealed": record[2 * _HASH :],
        }
        for record in records
    )
    for_each(session, _INSERTING, rows)
