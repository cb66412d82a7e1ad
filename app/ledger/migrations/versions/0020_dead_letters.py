"""Dead messages are counted, and turned over page by page, in their indexes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_WHY = ["event_id", "reason", "endpoint", "channel", "made_at", "closed_at", "id"]
_WHEN = ["event_id", "closed_at", "id", "reason", "endpoint", "channel", "made_at"]


def upgrade() -> None:
    """Makes both, and takes the one away that the first of them begins with."""
    is_dead = sa.text("state = 'dead'")
    for name, columns in (("outbox_dead_why", _WHY), ("outbox_dead_when", _WHEN)):
        op.create_index(name, "outbox", columns, postgresql_where=is_dead, sqlite_where=is_dead)
    op.drop_index("outbox_dead", table_name="outbox")
