"""Say that a design is fixed where it was called open: a word that belongs to the box."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STEPS = "'draft', '{}', 'published', 'closed'"


def upgrade() -> None:
    _rename("open", "fixed")
    op.execute("UPDATE job SET kind = 'fix' WHERE kind = 'open'")


def downgrade() -> None:
    op.execute("UPDATE job SET kind = 'open' WHERE kind = 'fix'")
    _rename("fixed", "open")


def _rename(old: str, new: str) -> None:
    steps = f"step IN ({STEPS.format(new)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("campaign_step_check", "campaign", type_="check")
        _replace("UPDATE campaign SET step = :new WHERE step = :old", old, new)
        op.create_check_constraint("campaign_step_check", "campaign", steps)
        return
    # SQLite changes no constraint of a table. Its rows go away and come back within one
    # transaction, at whose end every row that refers to them is checked.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE earlier AS SELECT * FROM campaign")
    op.drop_table("campaign")
    op.create_table(
        "campaign",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("design", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=True),
        sa.Column("published", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(steps),
        sa.PrimaryKeyConstraint("campaign"),
    )
    _replace("UPDATE earlier SET step = :new WHERE step = :old", old, new)
    op.execute(
        "INSERT INTO campaign (campaign, step, design, manifest, published) "
        "SELECT campaign, step, design, manifest, published FROM earlier ORDER BY campaign"
    )
    op.execute("DROP TABLE earlier")


def _replace(statement: str, old: str, new: str) -> None:
    op.execute(sa.text(statement).bindparams(old=old, new=new))
