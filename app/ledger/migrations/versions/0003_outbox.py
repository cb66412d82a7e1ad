"""The outbox: who wants an event's news, the messages that wait, and each attempt to deliver one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds tables; what is there stays as it is."""
    op.create_table(
        "endpoints",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_endpoints")),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Uuid()),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("max_attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("owner", sa.Text()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", "dedupe_key", name=op.f("uq_outbox_event_id_dedupe_key")),
    )
    _index("outbox_due", "ready", "run_at")
    _index("outbox_leased", "leased", "lease_until")
    _index("outbox_dead", "dead", "reason", "endpoint")
    op.create_table(
        "delivery_attempts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("status", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("event_id", "message", "attempt", name=op.f("pk_delivery_attempts")),
    )


def _index(name: str, state: str, *columns: str) -> None:
    is_so = sa.text(f"state = '{state}'")
    op.create_index(name, "outbox", ["event_id", *columns], postgresql_where=is_so, sqlite_where=is_so)
