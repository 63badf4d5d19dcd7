"""Keep with a draft what its sample was planned by."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("plan", sa.LargeBinary(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # ANALYZE would keep samples of it in the catalogue, as of all else that is bytes.
        op.execute("ALTER TABLE campaign ALTER COLUMN plan SET STATISTICS 0")


def downgrade() -> None:
    op.drop_column("campaign", "plan")
