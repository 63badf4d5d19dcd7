"""Failed sign-ins of a name in a row, and the growing delay they bring.

A name that no account has is counted in the same way. Neither a name nor a time stands readable in
the store: the place is two bytes of an HMAC, and the state is encrypted.
"""

import hmac
import math
import struct

from sqlalchemy.orm import Session

from survey_app.accounts.columns import LockoutColumns
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.errors import LockedOutError
from survey_app.storage.database import lock

FREE = 4
"""So many failures in a row bring no delay."""
FIRST_DELAY, LONGEST_DELAY = 30, 3600
_STATE = struct.Struct(">IQ")


def count(
    session: Session, lockout: type[LockoutColumns], key: bytes, name: str, now: float
) -> int:
    """Count an attempt as failed before it is looked at, so that none in parallel slips through.

    Returns
    -------
    int
        How many failures in a row there are if this is one.

    Raises
    ------
    LockedOutError
        The delay after the last failure has not passed.
    """
    place = _place(key, name)
    lock(session, _where(place))
    row = session.get(lockout, place)
    failures, until = _STATE.unpack(decrypt(key, row.state, _where(place))) if row else (0, 0)
    # A clock that was ahead does not shut out for years; an end is rounded up to a full second.
    if 0 < until - now < LONGEST_DELAY + 1:
        raise LockedOutError(minutes=math.ceil((until - now) / 60))
    failures += 1
    state = _STATE.pack(failures, math.ceil(now) + delay(failures) if delay(failures) else 0)
    session.merge(lockout(place=place, state=encrypt(key, state, _where(place))))
    return int(failures)


def forget(session: Session, lockout: type[LockoutColumns], key: bytes, name: str) -> None:
    """Forget a name's failures: it has signed in, or was given a new password."""
    row = session.get(lockout, _place(key, name))
    if row is not None:
        session.delete(row)


def delay(failures: int) -> int:
    """Give the seconds to wait after so many failures in a row: doubling, up to an hour."""
    if failures <= FREE:
        return 0
    return int(min(FIRST_DELAY * 2 ** min(failures - FREE - 1, 10), LONGEST_DELAY))


def _place(key: bytes, name: str) -> bytes:
    return hmac.digest(key, b"lockout/v1/" + name.encode(), "sha256")[:2]


def _where(place: bytes) -> str:
    return f"lockout/{place.hex()}"
