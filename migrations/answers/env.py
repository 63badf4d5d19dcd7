"""Run the answers store's migrations on the connection that was handed over."""

from alembic import context

from survey_app.answers.store.models import AnswersBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=AnswersBase.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
