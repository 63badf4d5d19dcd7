"""Tokens with which programs read results."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.CheckConstraint("scope IN ('releases', 'results')"),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("label"),
    )


def downgrade() -> None:
    op.drop_table("token")
