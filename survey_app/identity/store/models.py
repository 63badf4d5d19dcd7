"""The tables of the identity store. No answer, no receipt; a moment in the log only."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from survey_app.accounts import AuditColumns, LockoutColumns, StaffColumns
from survey_app.identity.store import staff
from survey_app.storage.copies import CopiedColumns
from survey_app.storage.pool import PoolColumns


class IdentityBase(DeclarativeBase):
    """Everything in the identity store."""


class Audit(IdentityBase, AuditColumns):
    """What managers did; triggers refuse every change of it."""

    __tablename__ = "audit"
    SIDE = "identity"
    ACTIONS = staff.ACTIONS


class Lockout(IdentityBase, LockoutColumns):
    """Failed sign-ins of managers."""

    __tablename__ = "lockout"


class Staff(IdentityBase, StaffColumns):
    """A survey manager's account."""

    __tablename__ = "staff"
    ROLES, KEEPING = staff.ROLES, staff.KEEPING
    AUDIT, LOCKOUT = Audit, Lockout
    __table_args__ = (CheckConstraint("role IN ('manager', 'auditor')", name="staff_role"),)


class Step(StrEnum):
    """The steps of a campaign on the identity side."""

    DRAFT = "draft"
    FIXED = "fixed"
    PUBLISHED = "published"
    CLOSED = "closed"


class Campaign(IdentityBase):
    """A campaign: its design, and the documents that came of it."""

    __tablename__ = "campaign"
    __table_args__ = (CheckConstraint(f"step IN ({', '.join(repr(str(s)) for s in Step)})"),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    step: Mapped[str] = mapped_column(String(10))
    design: Mapped[bytes]
    manifest: Mapped[bytes | None]
    published: Mapped[bytes | None]
    closing: Mapped[bytes | None]
    """The issuer's signed closing statement."""
    receipts_root: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The root over the answers side's receipts, as it was told after the close."""
    extension: Mapped[bytes | None]
    """The latest signed extension of the last day."""
    plan: Mapped[bytes | None]
    """What the sample was planned by, as it was typed; no part of the design."""
    paused: Mapped[bool] = mapped_column(default=False)
    """Whether no new credential is signed for now."""
    archived: Mapped[bool] = mapped_column(default=False)
    """Whether it is left out of the list."""


class Confirmation(IdentityBase):
    """A manager's confirmation of the design of this digest."""

    __tablename__ = "confirmation"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    design: Mapped[bytes] = mapped_column(LargeBinary(32))


class Proposal(IdentityBase):
    """A step that takes two managers: one has asked for it, and another has yet to agree."""

    __tablename__ = "proposal"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    action: Mapped[str] = mapped_column(String(12), primary_key=True)
    detail: Mapped[str] = mapped_column(String(10))
    """The day that it is about; empty if about none."""
    account: Mapped[str] = mapped_column(String(64))


class IssuerKey(IdentityBase):
    """The private key that signs one stratum's credentials; encrypted, and gone at the close."""

    __tablename__ = "issuer_key"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(40), primary_key=True)
    encrypted: Mapped[bytes]


class Place(IdentityBase):
    """How many of a published stratum are to be invited, and how many codes of it are good.

    Triggers on `Invitation` count ``codes``: those that wait for their claim, and those claimed.
    """

    __tablename__ = "places"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("codes <= sample", name="no_more_codes_than_places"),
        CheckConstraint("codes >= 0", name="codes_are_counted"),
        {"sqlite_with_rowid": False},
    )

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(40), primary_key=True)
    sample: Mapped[int]
    codes: Mapped[int] = mapped_column(default=0)


_PLACE = (["campaign", "stratum"], ["places.campaign", "places.stratum"])
UNCLAIMED = bytes(32)
WITHDRAWN = b"\xff" * 32


class Invitation(CopiedColumns, IdentityBase):
    """One invitation code, as an HMAC: that it was claimed, never by whom or when.

    ``claimed_for`` is the hash of the blinded message, or `UNCLAIMED`, or `WITHDRAWN`: a code that
    was replaced, or one for a person who had claimed another, which never works. A claim changes no
    length, so the row keeps its place in its page, and the page does not reveal the order of
    claims. A claim that waits in the pool is not seen here yet; ``copied`` is said of a claim, too.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(*_PLACE, name="invitation_place_fkey"),
        CheckConstraint("length(code) = 32"),
        CheckConstraint("length(claimed_for) = 32"),
        Index("invitation_by_stratum", "campaign", "stratum"),
        {"sqlite_with_rowid": False},  # a hidden rowid would keep the order of the roster
    )

    code: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    stratum: Mapped[str] = mapped_column(String(40))
    claimed_for: Mapped[bytes] = mapped_column(LargeBinary(32))


class Pool(PoolColumns, IdentityBase):
    """Claims that wait: see `survey_app.identity.store.claim_pool`."""

    __tablename__ = "pool"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        {"sqlite_with_rowid": False},
    )


class RefusedClaims(IdentityBase):
    """How many claims of a campaign were refused: each may be a try."""

    __tablename__ = "refused_claims"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),)

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]


class Roster(IdentityBase):
    """Whom a campaign may invite: the file as it came, and how it is read; all encrypted."""

    __tablename__ = "roster"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        {"sqlite_with_rowid": False},
    )

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    file: Mapped[bytes | None]
    """The upload, until it is read for good."""
    columns: Mapped[bytes]
    seed: Mapped[str] = mapped_column(String(64))
    """What the sample was drawn with; empty before."""
    erased_on: Mapped[str] = mapped_column(String(10))
    """The day on which the persons are erased, at the latest; empty if none was named."""


class Person(IdentityBase):
    """One row of a roster, encrypted; its place in the table reveals no order.

    ``holds`` is the HMAC of the person's code, encrypted too, so that a lost code can be replaced.
    """

    __tablename__ = "person"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("step IN ('listed', 'drawn', 'invited', 'mailed')"),
        Index("person_by_stratum", "campaign", "stratum", "step"),
        {"sqlite_with_rowid": False},
    )

    person: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    stratum: Mapped[str] = mapped_column(String(40))
    step: Mapped[str] = mapped_column(String(8))
    fields: Mapped[bytes]
    holds: Mapped[bytes | None]


class Card(IdentityBase):
    """A card that names no one: its number in its stratum, and encrypted the HMAC of its code.

    A single one that was lost is so replaced. Gone at the close.
    """

    __tablename__ = "card"
    __table_args__ = (
        ForeignKeyConstraint(*_PLACE),
        {"sqlite_with_rowid": False},
    )

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    holds: Mapped[bytes]


class LetterState(StrEnum):
    """What became of a letter that the mail server has not taken."""

    WAITING = "waiting"
    SENDING = "sending"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    """It may have arrived: the connection, or the program, ended while it went out."""
    UNADDRESSED = "unaddressed"
    """Its person has no address."""


class Letter(IdentityBase):
    """One e-mail that waits to be sent, or did not arrive; encrypted, and gone once it is sent.

    One that did not arrive holds no link any more. Those that were refused for now are tried again
    at ``next_try``, in seconds since 1970.
    """

    __tablename__ = "letter"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in LetterState)})"),
        Index("letter_by_job", "job", "state", "next_try"),
        {"sqlite_with_rowid": False},
    )

    letter: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    job: Mapped[str] = mapped_column(String(32))
    stratum: Mapped[str] = mapped_column(String(40))
    person: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    """Whom it gives a code; none in a reminder."""
    state: Mapped[str] = mapped_column(String(11))
    tries: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[int] = mapped_column(BigInteger, default=0)
    content: Mapped[bytes]


class Job(IdentityBase):
    """Long work, done by whichever process is free, and taken up again after any crash."""

    __tablename__ = "job"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("state IN ('waiting', 'done', 'failed')"),
        Index("job_by_campaign", "campaign", "state"),
        {"sqlite_with_rowid": False},
    )

    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10))
    account: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8))
    done: Mapped[int]
    total: Mapped[int]
    task: Mapped[bytes]
    """What is to be done, encrypted."""
    problem: Mapped[str] = mapped_column(String(2000))
    tries: Mapped[int] = mapped_column(default=0)
    """How often in a row the mail server could not be reached."""
    next_try: Mapped[int] = mapped_column(BigInteger, default=0)
    """When work that waits goes on, in seconds since 1970."""


class NamedList(IdentityBase):
    """A list with persons beside codes, which takes two managers; its number is never used again.

    It says what was asked for and by whom, and names no person.
    """

    __tablename__ = "named_list"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("state IN ('asked', 'confirmed', 'dropped', 'made')"),
    )

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(9))
    account: Mapped[str] = mapped_column(String(64))
    """Who asked for it."""
    codes: Mapped[int]
    """How many codes it was to have, in tens."""
    task: Mapped[bytes]
    job: Mapped[str] = mapped_column(String(32))
    """The job that made it; empty before."""


class CodeList(IdentityBase):
    """Fresh codes in a file, kept encrypted until someone confirms that it is printed or saved."""

    __tablename__ = "code_list"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        CheckConstraint("form IN ('csv', 'xlsx', 'cards')"),
        {"sqlite_with_rowid": False},
    )

    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40))
    form: Mapped[str] = mapped_column(String(5))
    last_day: Mapped[str] = mapped_column(String(10))
    """The day after which it is deleted, fetched or not."""
    content: Mapped[bytes]
    fetches: Mapped[int]
    """How many times it was fetched."""
