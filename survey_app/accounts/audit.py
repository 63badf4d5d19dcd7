"""The log of what staff did: appended to, chained by hashes, and never changed."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.actor import acting
from survey_app.accounts.columns import LONGEST_NAME, AuditColumns
from survey_app.errors import N_, AuditError
from survey_app.storage.database import lock

PAGE_LENGTH = 100
_LONGEST_DETAIL = 200

ACTIONS = {
    "sign in": N_("signed in"),
    "locked out": N_("was locked out after failed sign-ins"),
    "enrol": N_("set up an authenticator"),
    "account": N_("made an account"),
    "password": N_("gave an account a new password"),
    "own password": N_("changed the own password"),
    "role": N_("gave an account another role"),
    "reset totp": N_("reset an account's authenticator"),
    "lock": N_("locked an account"),
    "unlock": N_("unlocked an account"),
    "vouch": N_("confirmed an account"),
    "restore": N_("restored the store from a backup"),
}
"""What is logged on every side; each adds its own, beside its models."""

Entry = TypeVar("Entry", bound=AuditColumns)


@dataclass(frozen=True)
class Filter:
    """Which entries are asked for; empty means all."""

    campaign: str = ""
    action: str = ""
    account: str = ""


@dataclass(frozen=True)
class Chain:
    """What a whole chain rests on: how many entries, and the digest of the last."""

    entries: int
    head: bytes


def record(
    session: Session, log: type[AuditColumns], action: str, campaign: str = "", detail: str = ""
) -> None:
    """Append one entry, in the transaction of what it tells."""
    session.flush()  # the log is locked last, so that no two writers wait for each other
    lock(session, "audit")
    last = session.scalar(select(log).order_by(log.entry.desc()).limit(1))
    actor = acting()
    entry = log(
        entry=last.entry + 1 if last else 1,
        minute=datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        account=actor.name[:LONGEST_NAME],
        origin=actor.origin,
        action=action,
        campaign=campaign,
        detail=detail[:_LONGEST_DETAIL],
        previous=last.digest if last else b"",
    )
    entry.digest = _digest(entry)
    session.add(entry)
    session.flush()


def verify(session: Session, log: type[AuditColumns], noted_head: bytes | None = None) -> Chain:
    """Recompute the chain from its first entry.

    Parameters
    ----------
    noted_head : bytes, optional
        A head written down earlier: it must still stand in the chain. Without one, a log that was
        rewritten from some entry on, or cut at its end, cannot be told from a whole one.

    Raises
    ------
    AuditError
        An entry does not follow from the one before, or the noted head is gone.
    """
    chain, stands = Chain(0, b""), noted_head is None
    for entry in session.scalars(select(log).order_by(log.entry)):
        number = chain.entries + 1
        follows = entry.entry == number and entry.previous == chain.head
        if not follows or entry.digest != _digest(entry):
            raise AuditError(entry=number)
        chain = replace(chain, entries=number, head=entry.digest)
        stands = stands or entry.digest == noted_head
    if not stands:
        raise AuditError(N_("The log is not the one whose head was noted."))
    return chain


def entries(
    session: Session, log: type[Entry], filters: Filter, before: int | None = None
) -> Sequence[Entry]:
    """List a page of entries, the latest first, and one more if there are more."""
    query = select(log).order_by(log.entry.desc()).limit(PAGE_LENGTH + 1)
    if before is not None:
        query = query.where(log.entry < before)
    for column, value in (
        (log.campaign, filters.campaign),
        (log.action, filters.action),
        (log.account, filters.account),
    ):
        if value:
            query = query.where(column == value)
    return session.scalars(query).all()


def choices(session: Session, log: type[AuditColumns]) -> dict[str, list[str]]:
    """Give the values that each filter can take."""
    columns = {"campaign": log.campaign, "action": log.action, "account": log.account}
    return {
        name: _sorted(session.scalars(select(column).distinct()))
        for name, column in columns.items()
    }


def head(session: Session, log: type[AuditColumns]) -> bytes:
    """Give the digest of the last entry; empty where there is none."""
    return session.scalar(select(log.digest).order_by(log.entry.desc()).limit(1)) or b""


def _sorted(values: Iterable[str]) -> list[str]:
    return sorted(value for value in values if value)


def _digest(entry: AuditColumns) -> bytes:
    """Hash one entry and, by ``previous``, all before it; the side is in it, so none moves over."""
    fields = [
        entry.SIDE,
        entry.entry,
        entry.minute,
        entry.account,
        entry.origin,
        entry.action,
        entry.campaign,
        entry.detail,
        entry.previous.hex(),
    ]
    return hashlib.sha256(b"audit/v1\0" + json.dumps(fields).encode()).digest()
