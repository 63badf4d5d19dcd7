"""Keep the issuer's closing statement, and the root over the receipts of the other side."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("closing", sa.LargeBinary(), nullable=True))
    op.add_column("campaign", sa.Column("receipts_root", sa.LargeBinary(32), nullable=True))


def downgrade() -> None:
    op.drop_column("campaign", "receipts_root")
    op.drop_column("campaign", "closing")
