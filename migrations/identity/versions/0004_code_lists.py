"""Lists of codes that wait to be fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_list",
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("form", sa.String(length=5), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("form IN ('csv', 'xlsx', 'cards')"),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("job"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("code_list")
