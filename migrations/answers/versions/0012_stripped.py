"""Keep what is left when the seal keeper's seals are off; a box may be in that state."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = ("collecting", "closed", "opened")


def upgrade() -> None:
    op.create_table(
        "stripped",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "stratum"),
    )
    if op.get_bind().dialect.name == "postgresql":  # no ciphertext is copied into the catalogue
        op.execute("ALTER TABLE stripped ALTER COLUMN sealed SET STATISTICS 0")
    _allow(*STATES, "stripped")


def downgrade() -> None:
    _allow(*STATES)
    op.drop_table("stripped")


def _allow(*states: str) -> None:
    allowed = f"box IN ({', '.join(repr(state) for state in states)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("campaign_box_check", "campaign", type_="check")
        op.create_check_constraint("campaign_box_check", "campaign", allowed)
        return
    # SQLite changes no constraint of a table. Its rows go away and come back within one
    # transaction, at whose end every row that refers to them is checked.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE earlier AS SELECT * FROM campaign")
    op.drop_table("campaign")
    op.create_table(
        "campaign",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("box", sa.String(length=10), nullable=False),
        sa.Column("published", sa.LargeBinary(), nullable=False),
        sa.Column("merkle_root", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(allowed),
        sa.PrimaryKeyConstraint("campaign"),
    )
    columns = "campaign, box, published, merkle_root"
    copying = f"INSERT INTO campaign ({columns}) SELECT {columns} FROM earlier ORDER BY campaign"  # noqa: S608
    op.execute(copying)
    op.execute("DROP TABLE earlier")
