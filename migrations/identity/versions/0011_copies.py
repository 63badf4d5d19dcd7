"""Mark the claims that a backup holds."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    copied = sa.Column("copied", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("invitation", copied)
    op.execute("UPDATE invitation SET copied = false")  # a row's length is then what it stays


def downgrade() -> None:
    op.drop_column("invitation", "copied")
