"""Tickets that are sold elsewhere have no digest of their own: the index of digests leaves them out."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Makes the index anew."""
    has_digest = sa.text("digest IS NOT NULL")
    op.drop_index("tickets_by_digest", table_name="tickets")
    op.create_index(
        "tickets_by_digest",
        "tickets",
        ["event_id", "digest"],
        postgresql_where=has_digest,
        sqlite_where=has_digest,
    )
