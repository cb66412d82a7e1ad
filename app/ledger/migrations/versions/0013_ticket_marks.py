"""Marks: what the doors do for a single ticket, beside its class."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds a table; no ticket is marked yet."""
    op.create_table(
        "ticket_marks",
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        sa.Column("tid", sa.LargeBinary(), primary_key=True),
        sa.Column("bits", sa.Integer(), nullable=False),
    )
