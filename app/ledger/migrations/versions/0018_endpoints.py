"""Endpoints have secrets and a health of their own, what is due is found by endpoint, attempts keep what they asked."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Adds the columns, and makes the index of what is due anew."""
    for name in ("secret", "old_secret"):
        op.add_column("endpoints", sa.Column(name, sa.LargeBinary()))
    op.add_column("endpoints", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    for name in ("old_until", "failing_since", "open_until", "last_sent_at"):
        op.add_column("endpoints", sa.Column(name, sa.BigInteger()))
    op.add_column("delivery_attempts", sa.Column("request", sa.Text()))
    is_ready = sa.text("state = 'ready'")
    op.drop_index("outbox_due", table_name="outbox")
    op.create_index(
        "outbox_due",
        "outbox",
        ["event_id", "endpoint", "run_at"],
        postgresql_where=is_ready,
        sqlite_where=is_ready,
    )
