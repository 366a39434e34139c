"""Alembic runs this; the open connection comes from `core.database.migrate`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
context.run_migrations()
