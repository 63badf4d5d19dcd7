"""The columns of the tables about staff, the same on both sides."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, LargeBinary, MetaData, String, false
from sqlalchemy.orm import Mapped, mapped_column

if TYPE_CHECKING:
    from flask_security import UserMixin as _User
else:
    _User = object  # loading Flask-Security takes longer than most commands; it calls the few below

LONGEST_NAME = 64


class AuditColumns:
    """One entry of the log: who did what to which campaign.

    It is the only table of a store with a time in it, to the minute, and with an order.
    """

    SIDE: ClassVar[str]
    ACTIONS: ClassVar[Mapping[str, str]]
    """What is logged on this side, and the words for it."""
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


class StaffColumns(_User):
    """The columns of an account, and what Flask-Login asks of one."""

    ROLES: ClassVar[Mapping[str, str]]
    """The roles of this side and their names; the first is given where none is named."""
    KEEPING: ClassVar[frozenset[str]]
    """The roles that make and change accounts."""
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

    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the password is one that another person gave, to be changed at the next sign-in."""
    made_by: Mapped[str] = mapped_column(String(LONGEST_NAME), default="", server_default="")
    """Who alone gave all that signs this account in; empty once another person confirmed it."""

    metadata: ClassVar[MetaData]  # the side's base has it
    roles: ClassVar[list[object]] = []  # type: ignore[assignment, misc]
    """Flask-Security's own roles, of which there are none: the column `role` is ours."""

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_active(self) -> bool:
        """Tell whether the account may sign in."""
        return self.active

    def get_id(self) -> str:
        """Give what names the account in its sessions."""
        return self.fs_uniquifier
