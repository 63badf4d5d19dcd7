"""Count the codes of every stratum in the store, which lets no more work than are to be invited.

And number the cards that name no one, so that a single one can be replaced.
"""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

COUNTING = Path(__file__).parents[2] / "postgresql" / "places.sql"
WITHDRAWN = f"x'{'ff' * 32}'"
CHANGED = (
    f"(OLD.claimed_for = {WITHDRAWN}) <> (NEW.claimed_for = {WITHDRAWN})"
    " OR OLD.campaign <> NEW.campaign OR OLD.stratum <> NEW.stratum"
)


def _counting(step: str, row: str) -> str:
    same = f"campaign = {row}.campaign AND stratum = {row}.stratum"
    good = f"{row}.claimed_for <> {WITHDRAWN}"
    return f"UPDATE places SET codes = codes {step} WHERE {same} AND {good};"  # noqa: S608


TRIGGERS = {
    "code_made": f"AFTER INSERT ON invitation BEGIN {_counting('+ 1', 'NEW')} END",
    "code_deleted": f"AFTER DELETE ON invitation BEGIN {_counting('- 1', 'OLD')} END",
    "code_changed": f"AFTER UPDATE OF claimed_for, campaign, stratum ON invitation WHEN {CHANGED}"
    f" BEGIN {_counting('- 1', 'OLD')} {_counting('+ 1', 'NEW')} END",
}


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.CheckConstraint("codes <= sample", name="no_more_codes_than_places"),
        sa.CheckConstraint("codes >= 0", name="codes_are_counted"),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("campaign", "stratum"),
        sqlite_with_rowid=False,
    )
    _fill()
    _refer_to(["campaign", "stratum"], "places")
    op.create_table(
        "card",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holds", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign", "stratum"], ["places.campaign", "places.stratum"]),
        sa.PrimaryKeyConstraint("campaign", "stratum", "number"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE card ALTER COLUMN holds SET STATISTICS 0")
        op.execute(COUNTING.read_text(encoding="utf-8"))
    else:
        for name, body in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    for name in TRIGGERS:
        of_table = " ON invitation" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER {name}{of_table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_places()")
    op.drop_table("card")
    _refer_to(["campaign"], "campaign")
    op.drop_table("places")


def _fill() -> None:
    """Make a row for every stratum that is published, or has codes.

    Earlier releases let some strata have more codes than their sample. No one is to lose a code
    over a migration: there as many may stay as there are, and no more come.
    """
    samples: dict[tuple[str, str], int] = {}
    bind = op.get_bind()
    for campaign, published in bind.execute(sa.text("SELECT campaign, published FROM campaign")):
        strata = json.loads(published).get("strata", []) if published else []
        samples |= {(campaign, stratum["id"]): stratum["sample"] for stratum in strata}
    codes = "SELECT campaign, stratum, sum(CASE WHEN claimed_for = :withdrawn THEN 0 ELSE 1 END)"
    query = sa.text(f"{codes} FROM invitation GROUP BY campaign, stratum")
    query = query.bindparams(withdrawn=b"\xff" * 32)
    counts = {(campaign, stratum): int(n) for campaign, stratum, n in bind.execute(query)}
    rows = [
        {
            "campaign": campaign,
            "stratum": stratum,
            "sample": max(samples.get((campaign, stratum), 0), counts.get((campaign, stratum), 0)),
            "codes": counts.get((campaign, stratum), 0),
        }
        for campaign, stratum in sorted({*samples, *counts})
    ]
    columns = [sa.column(name) for name in ("campaign", "stratum", "sample", "codes")]
    op.bulk_insert(sa.table("places", *columns), rows)


def _refer_to(columns: list[str], table: str) -> None:
    """Let every code refer to its place, or as before to its campaign."""
    names = [f"{table}.{column}" for column in columns]
    if op.get_bind().dialect.name == "postgresql":
        old = "invitation_campaign_fkey" if table == "places" else "invitation_place_fkey"
        new = "invitation_place_fkey" if table == "places" else "invitation_campaign_fkey"
        op.drop_constraint(old, "invitation", type_="foreignkey")
        op.create_foreign_key(new, "invitation", table, columns, columns)
        return
    op.execute("CREATE TEMPORARY TABLE earlier AS SELECT * FROM invitation")
    op.drop_table("invitation")
    op.create_table(
        "invitation",
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("claimed_for", sa.LargeBinary(length=32), nullable=False),
        sa.Column("copied", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("length(claimed_for) = 32"),
        sa.CheckConstraint("length(code) = 32"),
        sa.ForeignKeyConstraint(columns, names),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
    op.create_index("invitation_by_stratum", "invitation", ["campaign", "stratum"])
    op.execute(
        "INSERT INTO invitation (code, campaign, stratum, claimed_for, copied) "
        "SELECT code, campaign, stratum, claimed_for, copied FROM earlier ORDER BY code"
    )
    op.execute("DROP TABLE earlier")
