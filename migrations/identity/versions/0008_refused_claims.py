"""Count refused claims, campaign by campaign."""

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
    op.execute("INSERT INTO refused_claims (campaign, number) SELECT campaign, 0 FROM campaign")


def downgrade() -> None:
    op.drop_table("refused_claims")
