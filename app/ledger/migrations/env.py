"""How Alembic runs the steps: on the connection that it is given, inside that connection's transaction."""

from alembic import context

from app.ledger.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
