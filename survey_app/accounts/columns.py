"""The columns of the tables about staff, the same on both sides."""

from typing import TYPE_CHECKING, ClassVar

from flask_security import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.errors import N_

LONGEST_NAME = 64
ROLE_NAMES = {
    "manager": N_("manager"),
    "statistician": N_("statistician"),
    "checker": N_("checker"),
    "auditor": N_("auditor"),
}


class AuditColumns:
    """One entry of the log: who did what to which campaign.

    It is the only table of a store with a time in it, to the minute, and with an order.
    """

    SIDE: ClassVar[str]
    __table_args__ = (CheckConstraint("length(minute) = 17"),)

    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minute: Mapped[str] = mapped_column(String(17))
    """In UTC, as ``2026-11-24T08:15Z``."""
    account: Mapped[str] = mapped_column(String(LONGEST_NAME))
    origin: Mapped[str] = mapped_column(String(8))
    action: Mapped[str] = mapped_column(String(20))
    campaign: Mapped[str] = mapped_column(String(40))
    """Empty where the action is about an account."""
    detail: Mapped[str] = mapped_column(String(200))
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The digest of the entry before; empty on the first."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))

    if TYPE_CHECKING:

        def __init__(self, **columns: object) -> None: ...


class LockoutColumns:
    """Failed sign-ins in a row; which name and until when is readable with the side's key only."""

    place: Mapped[bytes] = mapped_column(LargeBinary(2), primary_key=True)
    """Two bytes of an HMAC of the name, so known and unknown names look alike and are bounded."""
    state: Mapped[bytes] = mapped_column(LargeBinary(64))

    if TYPE_CHECKING:

        def __init__(self, **columns: object) -> None: ...


class StaffColumns(UserMixin):
    """The columns of an account."""

    ROLES: ClassVar[tuple[str, ...]]
    """The roles of this side; the first is given where none is named."""
    AUDIT: ClassVar[type[AuditColumns]]
    LOCKOUT: ClassVar[type[LockoutColumns]]

    username: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    password: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    """Names the account in its sessions: a new one ends them all."""
    role: Mapped[str] = mapped_column(String(12))
    totp: Mapped[bytes | None] = mapped_column(LargeBinary(64))
    """The authenticator's secret, encrypted; none until the first sign-in has set one up."""
    totp_used: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The mark of the last code taken, which is no time; empty at first."""

    roles: ClassVar[list[RoleMixin]] = []  # type: ignore[misc] # the column `role` is ours
