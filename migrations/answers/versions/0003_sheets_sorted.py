"""Opened sheets stand sorted, one value a stratum, in place of one row a sheet."""

from collections import defaultdict
from secrets import token_bytes

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = ("campaign", "stratum", "answers")


def upgrade() -> None:
    op.create_table(
        "sheets",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "stratum"),
    )
    store = op.get_bind()
    sheets = defaultdict(list)
    for campaign, stratum, answers in store.execute(sa.select(*_columns("sheet"))):
        sheets[campaign, stratum].append(answers)
    for (campaign, stratum), opened in sheets.items():
        values = (campaign, stratum, b"".join(sorted(opened)))
        store.execute(sa.insert(_table("sheets")).values(dict(zip(_COLUMNS, values, strict=True))))
    op.drop_table("sheet")


def downgrade() -> None:
    op.create_table(
        "sheet",
        sa.Column("sheet", sa.LargeBinary(length=16), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("sheet"),
        sqlite_with_rowid=False,
    )
    store = op.get_bind()
    opening = sa.table("opening", *map(sa.column, ("campaign", "stratum", "outcome", "sheets")))
    sheets_kept = sa.select(opening.c.sheets).where(opening.c.outcome == "kept")
    for campaign, stratum, answers in store.execute(sa.select(*_columns("sheets"))).all():
        here = (opening.c.campaign == campaign, opening.c.stratum == stratum)
        number = store.execute(sheets_kept.where(*here)).scalar_one()
        width = len(answers) // number if number else 1
        for at in range(0, len(answers), width):
            values = (token_bytes(16), campaign, stratum, answers[at : at + width])
            row = dict(zip(("sheet", *_COLUMNS), values, strict=True))
            store.execute(sa.insert(_table("sheet", "sheet")).values(row))
    op.drop_table("sheets")


def _columns(name: str) -> list[sa.ColumnClause]:
    return list(_table(name).c)


def _table(name: str, *more: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, (*more, *_COLUMNS)))
