"""Mark the rows that the next write to their pool rewrites: no write searches for them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pending = sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("ballot", pending)
    op.execute("UPDATE ballot SET pending = false")  # a row's length is then what it stays
    op.create_index(
        "ballot_pending",
        "ballot",
        ["campaign", "stratum"],
        postgresql_where=sa.text("pending"),
        sqlite_where=sa.text("pending"),
    )


def downgrade() -> None:
    op.drop_index("ballot_pending", "ballot")
    op.drop_column("ballot", "pending")
