"""Run migrations on the connection that the store hands over (Alembic loads and runs this file)."""

from alembic import context

from features.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite can alter a table only by copying it.
    render_as_batch=True,
    # The store opened the transaction and ends it: a failed migration leaves nothing behind.
    transactional_ddl=False,
)
context.run_migrations()
