"""Releases of results, each signed by two people."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("checker", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.CheckConstraint("checker <> maker", name="release_two_people"),
        sa.PrimaryKeyConstraint("campaign", "number"),
    )


def downgrade() -> None:
    op.drop_table("release")
