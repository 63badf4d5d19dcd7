"""Pause and archive campaigns, and keep what takes two managers until the second agrees."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("paused", "archived"):
        column = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("campaign", column)
    op.create_table(
        "proposal",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "action"),
    )


def downgrade() -> None:
    op.drop_table("proposal")
    op.drop_column("campaign", "archived")
    op.drop_column("campaign", "paused")
