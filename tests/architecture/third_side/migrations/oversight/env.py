"""Run the oversight store's migrations on the connection that was handed over."""

from alembic import context
from survey_app.oversight.store.models import OversightBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=OversightBase.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
