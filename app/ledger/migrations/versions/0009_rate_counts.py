"""How often somebody called lately, counted by all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "rate_counts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_rate_counts")),
    )
    op.create_index("rate_counts_by_end", "rate_counts", ["event_id", "expires_at"])
