"""The tables that the side begins with."""

from alembic import op
from survey_app.oversight.store.models import OversightBase

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    OversightBase.metadata.create_all(op.get_bind())


def downgrade() -> None:
    OversightBase.metadata.drop_all(op.get_bind())
