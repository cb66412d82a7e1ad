"""A message may have a recipient of its own: an endpoint of e-mail or push reaches many."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Adds a column; webhooks have no recipient."""
    op.add_column("outbox", sa.Column("recipient", sa.Text()))
