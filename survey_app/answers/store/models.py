"""The tables of the answers store. None about answers names a person, an address or a moment."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from survey_app.accounts import AuditColumns, LockoutColumns, StaffColumns
from survey_app.answers.store import staff
from survey_app.storage.copies import CopiedColumns
from survey_app.storage.pool import PoolColumns


class AnswersBase(DeclarativeBase):
    """Everything in the answers store."""


class Audit(AnswersBase, AuditColumns):
    """What statisticians did, never what a respondent did; triggers refuse every change of it."""

    __tablename__ = "audit"
    SIDE = "answers"
    ACTIONS = staff.ACTIONS


class Lockout(AnswersBase, LockoutColumns):
    """Failed sign-ins of statisticians."""

    __tablename__ = "lockout"


class Staff(AnswersBase, StaffColumns):
    """A statistician's account."""

    __tablename__ = "staff"
    ROLES, KEEPING = staff.ROLES, staff.KEEPING
    AUDIT, LOCKOUT = Audit, Lockout
    __table_args__ = (
        CheckConstraint("role IN ('statistician', 'checker', 'auditor')", name="staff_role"),
    )


class TokenScope(StrEnum):
    """What a token lets a program read."""

    RELEASES = "releases"
    RESULTS = "results"
    """Unprotected results too, as a statistician sees them."""


class Token(AnswersBase):
    """A token of the API, known by its digest alone."""

    __tablename__ = "token"
    __table_args__ = (CheckConstraint(f"scope IN ({', '.join(repr(str(s)) for s in TokenScope)})"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    label: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(10))
    last_day: Mapped[str] = mapped_column(String(10))


class Box(StrEnum):
    """Where a campaign's ballot box stands."""

    COLLECTING = "collecting"
    CLOSED = "closed"
    STRIPPED = "stripped"
    """The keeper's seals are off; only with a keeper."""
    OPENED = "opened"


class Campaign(AnswersBase):
    """A campaign: its published manifest, which never changes, its extension, and its box."""

    __tablename__ = "campaign"
    __table_args__ = (CheckConstraint(f"box IN ({', '.join(repr(str(b)) for b in Box)})"),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    box: Mapped[str] = mapped_column(String(10))
    published: Mapped[bytes]
    merkle_root: Mapped[bytes | None]
    extension: Mapped[bytes | None]
    """The issuer's latest signed extension of the last day."""


class Script(AnswersBase):
    """A script that a campaign's manifest names by its digest, as it was when that was accepted."""

    __tablename__ = "script"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    file: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[bytes]


class Ballot(CopiedColumns, AnswersBase):
    """One ballot that has left the pool: keyed by its receipt, and without a time of arrival.

    ``sealed`` is emptied when the keeper's seals are stripped, or at the opening where there is no
    keeper: from then on nothing ties a receipt to a sheet.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        Index("ballot_by_spent", "spent", unique=True),
        {"sqlite_with_rowid": False},  # a hidden rowid would keep the order of arrival
    )

    receipt: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    stratum: Mapped[str] = mapped_column(String(40))
    spent: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes | None]


class Stripped(AnswersBase):
    """Ballots of one stratum without the keeper's seal, one after the other in sorted order.

    Nothing ties them to a receipt. ``stratum`` is the stratum they will be opened in: the names of
    merged strata are joined by ``+``. The opening deletes them.
    """

    __tablename__ = "stripped"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class Pool(PoolColumns, AnswersBase):
    """Ballots that wait: see `survey_app.answers.store.ballot_pool`."""

    __tablename__ = "pool"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        {"sqlite_with_rowid": False},
    )


class Sheets(AnswersBase):
    """The opened sheets of one stratum, one after the other in sorted order: they keep no other.

    ``stratum`` is the stratum they were opened in: the names of merged strata are joined by ``+``.
    """

    __tablename__ = "sheets"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[bytes]


class Opening(AnswersBase):
    """What the opening, and before it the strip, did with one stratum's ballots, by outcome.

    ``outcome`` is ``kept``, ``sealed`` (too few ballots to open) or the reason of a refusal.
    """

    __tablename__ = "opening"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    sheets: Mapped[int]


class KeyName(StrEnum):
    """The keys without which a box does not open."""

    OPENING = "opening"
    KEEPER = "keeper"


class KeyDestruction(AnswersBase):
    """A key of an opened box, and the account that said that every copy of it is destroyed."""

    __tablename__ = "key_destruction"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint(f"key IN ({', '.join(repr(str(k)) for k in KeyName)})"),
    )

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(10), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    day: Mapped[str] = mapped_column(String(10))


class ReleaseState(StrEnum):
    """Where a release stands; only a signed one is known to others, and stays so if withdrawn."""

    WAITING = "waiting"
    SIGNED = "signed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Release(AnswersBase):
    """One release of a campaign's results: once it is signed, its document never changes.

    ``checker`` is the account that signed, ``decided_by`` the last that signed, rejected or
    withdrew it. ``signature`` is detached, over the document; releases before format 3 have none.
    """

    __tablename__ = "release"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("checker <> maker", name="release_two_people"),
        CheckConstraint(
            f"state IN ({', '.join(repr(str(s)) for s in ReleaseState)})", name="release_state"
        ),
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="release_decided"),
        CheckConstraint(
            "(state IN ('signed', 'withdrawn')) = (checker IS NOT NULL)", name="release_signed"
        ),
        CheckConstraint(
            "(state IN ('rejected', 'withdrawn')) = (reason IS NOT NULL)", name="release_reason"
        ),
        Index(
            "release_waiting",
            "campaign",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[bytes]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    maker: Mapped[str] = mapped_column(String(64))
    checker: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(500))
    signature: Mapped[bytes | None] = mapped_column(LargeBinary(64))

    @property
    def is_known(self) -> bool:
        """Whether others have seen it: what it shows counts for all that come after."""
        return self.checker is not None


class Computation(AnswersBase):
    """What the next release would show, computed once: kept by all that it is computed from.

    ``protected`` is empty until it is computed; ``problem`` says why it could not be.
    """

    __tablename__ = "computation"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="computation_state"),
    )

    content: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    options: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    protected: Mapped[bytes | None]
    problem: Mapped[str]
