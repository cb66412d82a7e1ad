"""Stripe: an event's account, what orders were bought with, what Stripe is asked to do."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Adds tables; what is there stays as it is."""
    _add_accounts()
    _add_payments()
    _add_intents()


def _add_accounts() -> None:
    op.create_table(
        "stripe_accounts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Uuid(), nullable=False),
        sa.Column("api_base", sa.Text()),
        sa.Column("signing_secret", sa.LargeBinary()),
        sa.Column("old_signing_secret", sa.LargeBinary()),
        sa.Column("old_until", sa.BigInteger()),
        sa.Column("partial_refund", sa.Text(), nullable=False),
        sa.Column("dispute", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_stripe_accounts")),
    )


def _add_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("order_ref", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payment_intent", sa.Text()),
        sa.Column("checkout_session", sa.Text()),
        sa.Column("charge", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("prices", sa.Text()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_payments")),
        sa.UniqueConstraint("event_id", "source", "order_ref", name=op.f("uq_payments_event_id_source_order_ref")),
        sa.UniqueConstraint("event_id", "payment_intent", name=op.f("uq_payments_event_id_payment_intent")),
        sa.UniqueConstraint("event_id", "checkout_session", name=op.f("uq_payments_event_id_checkout_session")),
        sa.UniqueConstraint("event_id", "charge", name=op.f("uq_payments_event_id_charge")),
    )
    op.create_index("payments_by_order", "payments", ["event_id", "order_ref"])


def _add_intents() -> None:
    op.create_table(
        "stripe_intents",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_type", sa.Text(), nullable=False),
        sa.Column("stable_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("parameters_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.Column("object_id", sa.Text()),
        sa.Column("payment", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tids", sa.Text(), nullable=False),
        sa.Column("message", sa.Uuid(), nullable=False),
        sa.Column("called_at", sa.BigInteger()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_stripe_intents")),
        sa.UniqueConstraint(
            "event_id",
            "operation_type",
            "stable_id",
            "attempt",
            name=op.f("uq_stripe_intents_event_id_operation_type_stable_id_attempt"),
        ),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_stripe_intents_event_id_key")),
    )
    op.create_index("stripe_intents_of_payment", "stripe_intents", ["event_id", "payment"])
    op.create_index("stripe_intents_by_age", "stripe_intents", ["event_id", "made_at"])
    op.create_index("stripe_intents_of_message", "stripe_intents", ["event_id", "message"])
