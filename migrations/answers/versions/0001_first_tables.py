"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("box", sa.String(length=10), nullable=False),
        sa.Column("published", sa.LargeBinary(), nullable=False),
        sa.Column("merkle_root", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("box IN ('collecting', 'closed', 'opened')"),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "staff",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("username"),
        sa.UniqueConstraint("fs_uniquifier"),
    )
    op.create_table(
        "ballot",
        sa.Column("receipt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("spent", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaign.campaign"],
        ),
        sa.PrimaryKeyConstraint("receipt"),
        sqlite_with_rowid=False,
    )
    op.create_index("ballot_by_spent", "ballot", ["spent"], unique=True)

    op.create_table(
        "opening",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaign.campaign"],
        ),
        sa.PrimaryKeyConstraint("campaign", "stratum", "outcome"),
    )
    op.create_table(
        "sheet",
        sa.Column("sheet", sa.LargeBinary(length=16), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaign.campaign"],
        ),
        sa.PrimaryKeyConstraint("sheet"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("sheet")
    op.drop_table("opening")
    op.drop_table("ballot")
    op.drop_table("staff")
    op.drop_table("campaign")
