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
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("design", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=True),
        sa.Column("published", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("step IN ('draft', 'open', 'published', 'closed')"),
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
        "invitation",
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("claimed_for", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(claimed_for) = 32"),
        sa.CheckConstraint("length(code) = 32"),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaign.campaign"],
        ),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
    op.create_index("invitation_by_stratum", "invitation", ["campaign", "stratum"], unique=False)

    op.create_table(
        "issuer_key",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaign.campaign"],
        ),
        sa.PrimaryKeyConstraint("campaign", "stratum"),
    )


def downgrade() -> None:
    op.drop_table("issuer_key")
    op.drop_table("invitation")
    op.drop_table("staff")
    op.drop_table("campaign")
