"""Mark the rows that the next write to their pool rewrites: no write searches for them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pending = sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("invitation", pending)
    op.execute("UPDATE invitation SET pending = false")  # a row's length is then what it stays
    op.create_index(
        "invitation_pending",
        "invitation",
        ["campaign", "stratum"],
        postgresql_where=sa.text("pending"),
        sqlite_where=sa.text("pending"),
    )


def downgrade() -> None:
    op.drop_index("invitation_pending", "invitation")
    op.drop_column("invitation", "pending")
