"""Counts by the minute, and by who showed what, of the nights that are there."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds counts; `doorlight event recount` would make the same."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    device = "replace(CAST(device AS text), '-', '')" if is_postgresql else "device"
    for counted in _COUNTED:
        op.execute(f"INSERT INTO counters (event_id, kind, name, cls, slot, n) {counted.format(device=device)}")


_COUNTED = (
    """SELECT event_id, 'arrivals', gate, minute, 0, count(*) FROM (
         SELECT event_id, gate, CASE WHEN at / 60000 > 2147483647 THEN 2147483647 ELSE at / 60000 END AS minute
         FROM redemptions) mine
       GROUP BY event_id, gate, minute""",
    """SELECT event_id, 'shown_at', outcome, minute, 0, count(*) FROM (
         SELECT event_id, outcome, CASE WHEN ts / 60000 > 2147483647 THEN 2147483647 ELSE ts / 60000 END AS minute
         FROM facts WHERE kind = 'shown') mine
       GROUP BY event_id, outcome, minute""",
    """SELECT event_id, 'shown_by', {device} || ':' || outcome, -1, 0, count(*) FROM facts WHERE kind = 'shown'
       GROUP BY event_id, device, outcome""",
)
