"""Keep the scripts that a campaign's manifest names, so that they are served for good."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "script",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "file"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE script ALTER COLUMN content SET STATISTICS 0")


def downgrade() -> None:
    op.drop_table("script")
