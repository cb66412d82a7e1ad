"""What was done to one ticket is found by an index: its history read the event's whole audit log before."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_AT_ONCE = 1_000


def upgrade() -> None:
    """Adds a column that repeats what each record says that it is about, and fills it from the records."""
    op.add_column("audit", sa.Column("about", sa.Text()))
    audit = sa.table(
        "audit", sa.column("event_id", sa.Uuid()), sa.column("seq"), sa.column("record"), sa.column("about")
    )
    connection = op.get_bind()
    events = connection.execute(sa.select(audit.c.event_id).distinct()).scalars().all()
    for event in events:
        _fill(connection, audit, event)
    has_about = sa.text("about IS NOT NULL")
    op.create_index(
        "audit_about", "audit", ["event_id", "about", "seq"], postgresql_where=has_about, sqlite_where=has_about
    )


def _fill(connection: sa.Connection, audit: sa.TableClause, event: object) -> None:
    last = 0
    change = (
        sa.update(audit)
        .where(audit.c.event_id == sa.bindparam("b_event"), audit.c.seq == sa.bindparam("b_seq"))
        .values(about=sa.bindparam("b_about"))
    )
    while True:
        wanted = sa.select(audit.c.seq, audit.c.record).where(audit.c.event_id == event, audit.c.seq > last)
        rows = connection.execute(wanted.order_by(audit.c.seq).limit(_AT_ONCE)).all()
        if not rows:
            return
        told = [{"b_event": event, "b_seq": row.seq, "b_about": _about(row.record)} for row in rows]
        connection.execute(change, told)
        last = rows[-1].seq


def _about(record: str) -> str | None:
    try:
        fields = json.loads(record)
    except ValueError:
        return None
    return str(fields.get("about") or "") or None if isinstance(fields, dict) else None
