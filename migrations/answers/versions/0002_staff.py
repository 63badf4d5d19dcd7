"""Roles and authenticators of staff, delays after failed sign-ins, and the log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = "'statistician', 'checker', 'auditor'"
FOLLOWS_NOT = "WHEN NEW.entry <> (SELECT coalesce(max(entry), 0) + 1 FROM audit)"
REFUSED = "BEGIN SELECT RAISE(ABORT, 'the log is appended to only'); END"
# REPLACE deletes without asking a trigger; hence the third, which takes the next number only.
APPEND_ONLY = (
    f"CREATE TRIGGER audit_keeps_entries BEFORE DELETE ON audit {REFUSED}",
    f"CREATE TRIGGER audit_changes_nothing BEFORE UPDATE ON audit {REFUSED}",
    f"CREATE TRIGGER audit_appends BEFORE INSERT ON audit {FOLLOWS_NOT} {REFUSED}",
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minute", sa.String(length=17), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(minute) = 17"),
        sa.PrimaryKeyConstraint("entry"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for trigger in APPEND_ONLY:
            op.execute(trigger)
    op.create_table(
        "lockout",
        sa.Column("place", sa.LargeBinary(length=2), nullable=False),
        sa.Column("state", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    # Who had an account could do everything; an authenticator is set up at the next sign-in.
    with op.batch_alter_table("staff") as staff:
        staff.add_column(
            sa.Column("role", sa.String(length=12), nullable=False, server_default="statistician")
        )
        staff.add_column(sa.Column("totp", sa.LargeBinary(length=64), nullable=True))
        staff.add_column(
            sa.Column("totp_used", sa.LargeBinary(length=32), nullable=False, server_default="")
        )
        staff.create_check_constraint("staff_role", f"role IN ({ROLES})")
    with op.batch_alter_table("staff") as staff:
        staff.alter_column("role", server_default=None)
        staff.alter_column("totp_used", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint("staff_role", type_="check")
        staff.drop_column("totp_used")
        staff.drop_column("totp")
        staff.drop_column("role")
    op.drop_table("lockout")
    op.drop_table("audit")
