"""One-time passwords, and accounts that are in one other person's hand."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "staff", sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "staff", sa.Column("made_by", sa.String(length=64), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("staff", "made_by")
    op.drop_column("staff", "provisional")
