"""Let claims wait in one row for each stratum, in place of rows that every write rewrites."""

import struct
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
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
    op.drop_index("invitation_pending", "invitation")
    op.drop_column("invitation", "pending")
    # Written again in the order of their keys, the rows' pages forget the order they had.
    op.execute("CREATE TEMPORARY TABLE earlier AS SELECT * FROM invitation")
    op.execute("DELETE FROM invitation")
    op.execute("INSERT INTO invitation SELECT * FROM earlier ORDER BY code")
    op.execute("DROP TABLE earlier")


def downgrade() -> None:
    pending = sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("invitation", pending)
    claims = sa.text("UPDATE invitation SET claimed_for = :digest WHERE code = :code")
    for record in _waiting():
        op.execute(claims.bindparams(code=record[:32], digest=record[32:]))
    op.create_index(
        "invitation_pending",
        "invitation",
        ["campaign", "stratum"],
        postgresql_where=sa.text("pending"),
        sqlite_where=sa.text("pending"),
    )
    op.drop_table("pool")


def _waiting() -> Iterator[bytes]:
    for records in op.get_bind().execute(sa.text("SELECT records FROM pool")).scalars().all():
        length, number = struct.unpack_from(">HB", records)
        for at in range(3, 3 + length * number, length):
            yield records[at : at + length]
