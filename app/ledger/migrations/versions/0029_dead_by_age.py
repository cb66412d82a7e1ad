"""Dead messages are turned over by when they were made in an index alone, as by when they died."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_MADE = ["event_id", "made_at", "id", "reason", "endpoint", "channel"]


def upgrade() -> None:
    """Adds an index; what is there stays as it is."""
    is_dead = sa.text("state = 'dead'")
    op.create_index("outbox_dead_made", "outbox", _MADE, postgresql_where=is_dead, sqlite_where=is_dead)
