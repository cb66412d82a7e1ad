"""How often a payment was looked at is counted where two workers look at once."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Adds an index; what is there stays as it is."""
    op.create_index("stripe_events_of_payment", "stripe_events", ["event_id", "payment"])
