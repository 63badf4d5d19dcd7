"""Letters are tried again, and those that did not arrive name their person."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None

STATES = ("waiting", "sending", "refused")
ALL_STATES = (*STATES, "doubtful", "unaddressed")
OLD = "letter, campaign, job, state, content"


def upgrade() -> None:
    for column in _tries():
        op.add_column("job", column)
    op.drop_index("letter_by_job", "letter")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("letter_state_check", "letter", type_="check")
        op.alter_column("letter", "state", type_=sa.String(length=11))
        for column in _more():
            op.add_column("letter", column)
        op.execute("ALTER TABLE letter ALTER COLUMN person SET STATISTICS 0")
        op.create_check_constraint("letter_state_check", "letter", _one_of(ALL_STATES))
    else:
        _make_again(11, ALL_STATES, _more())
    _index("job", "state", "next_try")
    op.execute("UPDATE letter SET state = 'doubtful' WHERE state = 'sending'")


def downgrade() -> None:
    op.execute("DELETE FROM letter WHERE state = 'unaddressed'")
    op.execute("UPDATE letter SET state = 'sending' WHERE state = 'doubtful'")
    op.drop_index("letter_by_job", "letter")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("letter_state_check", "letter", type_="check")
        for column in reversed(_more()):
            op.drop_column("letter", column.name)
        op.alter_column("letter", "state", type_=sa.String(length=8))
        op.create_check_constraint("letter_state_check", "letter", _one_of(STATES))
    else:
        _make_again(8, STATES, [])
    _index("job", "state")
    for column in reversed(_tries()):
        op.drop_column("job", column.name)


def _tries() -> "list[sa.Column[int]]":
    return [
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try", sa.BigInteger(), nullable=False, server_default="0"),
    ]


def _more() -> "list[sa.Column[object]]":
    return [
        sa.Column("stratum", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("person", sa.LargeBinary(length=16), nullable=True),
        *_tries(),
    ]


def _index(*columns: str) -> None:
    op.create_index("letter_by_job", "letter", list(columns))


def _one_of(states: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(repr(state) for state in states)})"


def _make_again(length: int, states: tuple[str, ...], more: "list[sa.Column[object]]") -> None:
    """Make the table anew with its rows: SQLite changes no constraint of one."""
    op.execute(f"CREATE TEMPORARY TABLE earlier AS SELECT {OLD} FROM letter")  # noqa: S608
    op.drop_table("letter")
    op.create_table(
        "letter",
        sa.Column("letter", sa.LargeBinary(length=16), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=length), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *more,
        sa.CheckConstraint(_one_of(states)),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.campaign"]),
        sa.PrimaryKeyConstraint("letter"),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO letter ({OLD}) SELECT {OLD} FROM earlier ORDER BY letter")  # noqa: S608
    op.execute("DROP TABLE earlier")
