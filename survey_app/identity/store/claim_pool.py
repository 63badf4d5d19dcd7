"""Claims that wait in the pool of their stratum, and how they reach the codes' own table."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from survey_app.identity.store.models import Invitation, Pool
from survey_app.storage import pool
from survey_app.storage.database import for_each
from survey_app.storage.mixing import table_of

_HASH = 32
_INVITATION = table_of(Invitation)
_CLAIMING = (
    update(_INVITATION)
    .where(_INVITATION.c.code == bindparam("claimed_code"))
    .values(claimed_for=bindparam("digest"))
)

Claims = dict[bytes, bytes]
"""What each code was claimed for."""


def unpack(parts: Iterable[bytes | None]) -> Claims:
    """Read the claims in the parts of a pool."""
    return _claims(pool.unpack(parts))


def add(
    session: Session, campaign: str, stratum: str, claims: Claims, code: bytes, digest: bytes
) -> None:
    """Let a new claim wait, under the lock on its stratum under which ``claims`` was read."""
    records = [code + digest for code, digest in claims.items()]
    leaving = pool.add(session, Pool, campaign, stratum, records, code + digest)
    _store(session, leaving)


def read_all(session: Session, campaign: str) -> Mapping[str, Claims]:
    """Read the claims that wait, by stratum."""
    return {
        stratum: _claims(records)
        for stratum, records in pool.read_all(session, Pool, campaign).items()
    }


def empty(session: Session, campaign: str) -> None:
    """Store all that wait in a campaign that is locked."""
    for records in pool.empty(session, Pool, campaign).values():
        _store(session, records)


def _claims(records: Iterable[pool.Record]) -> Claims:
    return {record[:_HASH]: record[_HASH:] for record in records}


def _store(session: Session, records: Iterable[pool.Record]) -> None:
    rows = ({"claimed_code": r[:_HASH], "digest": r[_HASH:]} for r in records)
    for_each(session, _CLAIMING, rows)
