"""What Stripe told, each once: its id is the key that a message which comes twice is known by."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Adds a table; what is there stays as it is."""
    op.create_table(
        "stripe_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("came", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("trouble", sa.Text()),
        sa.Column("payment", sa.Uuid()),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_stripe_events")),
    )
    op.create_index("stripe_events_by_age", "stripe_events", ["event_id", "received_at"])
