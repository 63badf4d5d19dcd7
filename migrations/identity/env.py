"""Run the identity store's migrations on the connection that was handed over."""

from alembic import context

from survey_app.identity.store.models import IdentityBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=IdentityBase.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
