"""Count how many times a list of codes was fetched.

Cards that wait are no longer printed by a browser, so what was written for it is deleted: their
codes are replaced like others that got lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM code_list WHERE form = 'cards'")
    op.add_column(
        "code_list", sa.Column("fetches", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("code_list", "fetches")
