"""The tables of the side: its staff, and posts."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from survey_app.accounts import AuditColumns, LockoutColumns, StaffColumns, audit


class OversightBase(DeclarativeBase):
    """Everything in the store."""


class Audit(OversightBase, AuditColumns):
    """What overseers did."""

    __tablename__ = "audit"
    SIDE = "oversight"
    ACTIONS = {"register": "registered a post", **audit.ACTIONS}  # noqa: RUF012 - as the others


class Lockout(OversightBase, LockoutColumns):
    """Failed sign-ins of overseers."""

    __tablename__ = "lockout"


class Staff(OversightBase, StaffColumns):
    """An overseer's account."""

    __tablename__ = "staff"
    ROLES = {"overseer": "overseer"}  # noqa: RUF012 - as the others
    KEEPING = frozenset({"overseer"})
    AUDIT, LOCKOUT = Audit, Lockout


class Post(OversightBase):
    """A post that is looked after."""

    __tablename__ = "post"

    post: Mapped[str] = mapped_column(String(40), primary_key=True)
