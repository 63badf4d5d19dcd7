"""Let ballots wait in one row for each stratum, in place of rows that every write rewrites."""

import struct
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pool",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "stratum", "part"),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 40},  # room for the next version in the same page
    )
    if op.get_bind().dialect.name == "postgresql":
        # Neither moved elsewhere nor compressed, both of which would tell more; nor sampled.
        op.execute("ALTER TABLE pool ALTER COLUMN records SET STORAGE PLAIN")
        op.execute("ALTER TABLE pool ALTER COLUMN records SET STATISTICS 0")
    op.drop_index("ballot_pending", "ballot")
    op.drop_column("ballot", "pending")
    # Written again in the order of their keys, the rows' pages forget the order they had.
    op.execute("CREATE TEMPORARY TABLE earlier AS SELECT * FROM ballot")
    op.execute("DELETE FROM ballot")
    op.execute("INSERT INTO ballot SELECT * FROM earlier ORDER BY receipt")
    op.execute("DROP TABLE earlier")


def downgrade() -> None:
    pending = sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("ballot", pending)
    ballots = sa.text(
        "INSERT INTO ballot (receipt, campaign, stratum, spent, sealed, pending)"
        " VALUES (:receipt, :campaign, :stratum, :spent, :sealed, false)"
    )
    for campaign, stratum, record in _waiting():
        values = {"receipt": record[:32], "spent": record[32:64], "sealed": record[64:]}
        op.execute(ballots.bindparams(campaign=campaign, stratum=stratum, **values))
    op.create_index(
        "ballot_pending",
        "ballot",
        ["campaign", "stratum"],
        postgresql_where=sa.text("pending"),
        sqlite_where=sa.text("pending"),
    )
    op.drop_table("pool")


def _waiting() -> Iterator[tuple[str, str, bytes]]:
    rows = op.get_bind().execute(sa.text("SELECT campaign, stratum, records FROM pool")).all()
    for campaign, stratum, records in rows:
        length, number = struct.unpack_from(">HB", records)
        for at in range(3, 3 + length * number, length):
            yield campaign, stratum, records[at : at + length]
