"""E-mail: an account's settings, a guest's address beside the name, and the addresses that get no more mail."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Adds two columns and a table; what is there stays as it is."""
    op.add_column("endpoints", sa.Column("settings", sa.Text()))
    op.add_column("attendees", sa.Column("email", sa.Text()))
    op.create_table(
        "suppressions",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("address_mac", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "address_mac", name=op.f("pk_suppressions")),
    )
