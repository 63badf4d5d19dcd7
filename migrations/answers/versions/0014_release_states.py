"""Let releases wait, be signed, rejected and withdrawn; keep what the next one would show.

What waited was made by rules that no longer hold: it is rejected, and uses up nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DECISION = "migration 0014"
REASON = "所依据的规则已不再适用 / made by rules that no longer hold"
FIRST = ("campaign", "number", "document", "digest", "maker", "checker")
STATES = "'waiting', 'signed', 'rejected', 'withdrawn'"


def upgrade() -> None:
    _rename()
    op.create_table(
        "release",
        *_first_columns(),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=True),
        *_first_constraints(),
        sa.CheckConstraint(f"state IN ({STATES})", name="release_state"),
        sa.CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="release_decided"),
        sa.CheckConstraint(
            "(state IN ('signed', 'withdrawn')) = (checker IS NOT NULL)", name="release_signed"
        ),
        sa.CheckConstraint(
            "(state IN ('rejected', 'withdrawn')) = (reason IS NOT NULL)", name="release_reason"
        ),
    )
    columns = ", ".join(FIRST)
    copying = sa.text(
        f"INSERT INTO release ({columns}, state, decided_by, reason) SELECT {columns}, "  # noqa: S608
        "CASE WHEN checker IS NULL THEN 'rejected' ELSE 'signed' END, "
        "coalesce(checker, :decision), CASE WHEN checker IS NULL THEN :reason END "
        "FROM earlier_release"
    )
    op.get_bind().execute(copying, {"decision": DECISION, "reason": REASON})
    op.drop_table("earlier_release")
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "release_waiting",
        "release",
        ["campaign"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "computation",
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("options", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("protected", sa.LargeBinary(), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name="computation_state"),
        sa.PrimaryKeyConstraint("content"),
    )
    _keep_out_of_the_catalogue("release", "document", "digest", "signature")
    _keep_out_of_the_catalogue("computation", "content", "protected")


def downgrade() -> None:
    op.drop_table("computation")
    op.drop_index("release_waiting", "release")
    _rename()
    op.create_table("release", *_first_columns(), *_first_constraints())
    columns = ", ".join(FIRST)
    op.execute(f"INSERT INTO release ({columns}) SELECT {columns} FROM earlier_release")  # noqa: S608
    op.drop_table("earlier_release")
    _keep_out_of_the_catalogue("release", "document", "digest")


def _keep_out_of_the_catalogue(table: str, *columns: str) -> None:
    """Let PostgreSQL copy no bytes of these columns into its statistics."""
    if op.get_bind().dialect.name == "postgresql":
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def _rename() -> None:
    """Put the table aside: SQLite changes no constraint of one, and nothing refers to this."""
    op.rename_table("release", "earlier_release")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX release_pkey RENAME TO earlier_release_pkey")


def _first_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("checker", sa.String(length=64), nullable=True),
    ]


def _first_constraints() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.CheckConstraint("checker <> maker", name="release_two_people"),
        sa.PrimaryKeyConstraint("campaign", "number"),
    ]
