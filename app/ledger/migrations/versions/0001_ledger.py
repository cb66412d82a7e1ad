"""The ledger: events, keys, tickets, devices, facts, redemptions, incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "devices",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_devices")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_devices_event_id_name")),
    )
    op.create_table(
        "enrol_codes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("of_event", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "handle", name=op.f("pk_enrol_codes")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("manifest_version", sa.BigInteger(), nullable=False),
        sa.Column("manifest_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
    )
    op.create_table(
        "facts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("incarnation", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("tid", sa.LargeBinary(), nullable=True),
        sa.Column("refers_to", sa.Uuid(), nullable=True),
        sa.Column("ts", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("is_promise", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_facts")),
        sa.UniqueConstraint(
            "event_id", "device", "incarnation", "seq", name=op.f("uq_facts_event_id_device_incarnation_seq")
        ),
    )
    op.create_index(
        "facts_of_ticket",
        "facts",
        ["event_id", "tid"],
        unique=False,
        postgresql_where=sa.text("tid IS NOT NULL"),
        sqlite_where=sa.text("tid IS NOT NULL"),
    )
    op.create_index(
        "facts_quarantined",
        "facts",
        ["event_id", "reason"],
        unique=False,
        postgresql_where=sa.text("arrival = 'quarantined'"),
        sqlite_where=sa.text("arrival = 'quarantined'"),
    )
    op.create_index(
        "facts_shown",
        "facts",
        ["event_id", "outcome"],
        unique=False,
        postgresql_where=sa.text("kind = 'shown'"),
        sqlite_where=sa.text("kind = 'shown'"),
    )
    op.create_table(
        "incidents",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("against", sa.Uuid(), nullable=True),
        sa.Column("is_order_provable", sa.Boolean(), nullable=False),
        sa.Column("tid", sa.LargeBinary(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "scan_id", "kind", name=op.f("pk_incidents")),
    )
    op.create_index("incidents_by_kind", "incidents", ["event_id", "state", "kind"], unique=False)
    op.create_index("incidents_of_ticket", "incidents", ["event_id", "tid"], unique=False)
    op.create_table(
        "installation",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("check_value", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_installation")),
    )
    op.create_table(
        "key_ids",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("of_event", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "kid", name=op.f("pk_key_ids")),
    )
    op.create_table(
        "keys",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "kid", name=op.f("pk_keys")),
    )
    op.create_table(
        "redemptions",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("tid", sa.LargeBinary(), nullable=False),
        sa.Column("entry_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("cls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "tid", "entry_number", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("event_id", "scan_id", name=op.f("uq_redemptions_event_id_scan_id")),
    )
    op.create_index("redemptions_by_place", "redemptions", ["event_id", "gate", "cls"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("tid", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("gen", sa.SmallInteger(), nullable=False),
        sa.Column("cls", sa.Integer(), nullable=False),
        sa.Column("nbf", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.BigInteger(), nullable=False),
        sa.Column("denial", sa.Text(), nullable=True),
        sa.Column("denial_min_gen", sa.SmallInteger(), nullable=True),
        sa.Column("denial_since", sa.BigInteger(), nullable=True),
        sa.Column("is_inside", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "tid", name=op.f("pk_tickets")),
        sa.UniqueConstraint("event_id", "source", "external_ref", name=op.f("uq_tickets_event_id_source_external_ref")),
    )
    op.create_index(
        "tickets_denied",
        "tickets",
        ["event_id"],
        unique=False,
        postgresql_where=sa.text("denial IS NOT NULL"),
        sqlite_where=sa.text("denial IS NOT NULL"),
    )
    op.create_index(
        "tickets_inside",
        "tickets",
        ["event_id"],
        unique=False,
        postgresql_where=sa.text("is_inside"),
        sqlite_where=sa.text("is_inside"),
    )
