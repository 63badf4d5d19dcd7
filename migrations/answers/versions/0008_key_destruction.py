"""Who said that a key of an opened box is destroyed, and on which day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_destruction",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.CheckConstraint("key IN ('opening', 'keeper')"),
        sa.PrimaryKeyConstraint("campaign", "key"),
    )


def downgrade() -> None:
    op.drop_table("key_destruction")
