"""Rosters, persons, letters that wait, and long work."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CAMPAIGN = (["campaign"], ["campaign.campaign"])


def upgrade() -> None:
    op.create_table(
        "roster",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("erased_on", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(*CAMPAIGN),
        sa.PrimaryKeyConstraint("campaign"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("holds", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("step IN ('listed', 'drawn', 'invited', 'mailed')"),
        sa.ForeignKeyConstraint(*CAMPAIGN),
        sa.PrimaryKeyConstraint("person"),
        sqlite_with_rowid=False,
    )
    op.create_index("person_by_stratum", "person", ["campaign", "stratum", "step"])
    op.create_table(
        "letter",
        sa.Column("letter", sa.LargeBinary(length=16), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'refused')"),
        sa.ForeignKeyConstraint(*CAMPAIGN),
        sa.PrimaryKeyConstraint("letter"),
        sqlite_with_rowid=False,
    )
    op.create_index("letter_by_job", "letter", ["job", "state"])
    op.create_table(
        "job",
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("task", sa.LargeBinary(), nullable=False),
        sa.Column("problem", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')"),
        sa.ForeignKeyConstraint(*CAMPAIGN),
        sa.PrimaryKeyConstraint("job"),
        sqlite_with_rowid=False,
    )
    op.create_index("job_by_campaign", "job", ["campaign", "state"])


def downgrade() -> None:
    for table in ("job", "letter", "person", "roster"):
        op.drop_table(table)
