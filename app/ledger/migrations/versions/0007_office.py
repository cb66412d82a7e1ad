"""What an organizer works with: counts kept as they grow, orders, notes on incidents, door staff, imports as jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds tables and an index; the counts of what is there are made once."""
    has_order = sa.text("order_ref IS NOT NULL")
    by_order = ["event_id", "order_ref"]
    op.create_index("attendees_by_order", "attendees", by_order, postgresql_where=has_order, sqlite_where=has_order)
    op.create_table(
        "counters",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cls", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "kind", "name", "cls", "slot", name=op.f("pk_counters")),
    )
    for counted in _COUNTED:
        op.execute(f"INSERT INTO counters (event_id, kind, name, cls, slot, n) {counted}")
    op.create_table(
        "incident_notes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "scan_id", "kind", "number", name=op.f("pk_incident_notes")),
    )
    op.create_table(
        "operators",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_operators")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_operators_event_id_name")),
    )
    _create_imports()


def _create_imports() -> None:
    op.create_table(
        "import_jobs",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("beaten_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_import_jobs")),
    )
    op.create_table(
        "import_parts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "job", "part", name=op.f("pk_import_parts")),
    )


_COUNTED = (
    """SELECT event_id, 'tickets', presence, cls, 0, count(*) FROM (
         SELECT t.event_id, t.cls, CASE
           WHEN (t.denial IS NULL OR t.gen >= t.denial_min_gen) AND r.tid IS NOT NULL THEN 'entered'
           WHEN t.denial IS NULL OR t.gen >= t.denial_min_gen THEN 'expected'
           WHEN r.tid IS NOT NULL THEN 'entered_and_denied' ELSE 'denied' END AS presence
         FROM tickets t LEFT JOIN (SELECT DISTINCT event_id, tid FROM redemptions) r
           ON r.event_id = t.event_id AND r.tid = t.tid) mine
       GROUP BY event_id, presence, cls""",
    "SELECT event_id, 'inside', '', cls, 0, count(*) FROM tickets WHERE is_inside GROUP BY event_id, cls",
    "SELECT event_id, 'entries', gate, cls, 0, count(*) FROM redemptions GROUP BY event_id, gate, cls",
    "SELECT event_id, 'facts', '', -1, 0, count(*) FROM facts GROUP BY event_id",
    "SELECT event_id, 'shown', outcome, -1, 0, count(*) FROM facts WHERE kind = 'shown' GROUP BY event_id, outcome",
)
