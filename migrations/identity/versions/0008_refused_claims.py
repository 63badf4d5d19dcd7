"""Count refused claims, and number the lists that have persons beside codes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_claims",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "named_list",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("task", sa.LargeBinary(), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'dropped', 'made')"),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "number"),
    )
    op.execute("INSERT INTO refused_claims (campaign, number) SELECT campaign, 0 FROM campaign")


def downgrade() -> None:
    op.drop_table("named_list")
    op.drop_table("refused_claims")
