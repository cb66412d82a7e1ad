"""A manifest's version, raised in the transaction that changes what kiosks should know."""

from sqlalchemy import Connection, select, update

from app.ledger.engine import Profile
from app.ledger.schema import events, segments
from core.model.ids import EventId


def raise_version(profile: Profile, connection: Connection, event: EventId, now_ms: int, *stale: str) -> int:
    """Says in an open transaction that kiosks should know something new; the version that will say it.

    `stale` names the kinds of lists whose content has changed (`allow`, `deny`, `legacy`, `used`, `marks`,
    `attendees`). The event's row is locked first, as in every transaction that also touches its lists.
    """
    raised = (
        update(events)
        .where(events.c.event_id == event)
        .values(manifest_version=events.c.manifest_version + 1, manifest_at=now_ms)
    )
    connection.execute(raised)
    version = connection.execute(select(events.c.manifest_version).where(events.c.event_id == event)).scalar_one()
    mark_stale(profile, connection, event, *stale)
    return int(version)


def mark_stale(profile: Profile, connection: Connection, event: EventId, *stale: str) -> None:
    """Says in an open transaction that these lists have changed; whoever is done with changing raises the version.

    Each saying is counted: a list that was read before the last of them stays stale, whatever the version is by then.
    The event's row is locked first here too, or an import and a press could wait for each other.
    """
    if stale:
        connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
        rows = [{"event_id": event, "kind": kind, "is_stale": True, "marks": 1} for kind in sorted(stale)]
        key = [segments.c.event_id, segments.c.kind]
        again = {"is_stale": True, "marks": segments.c.marks + 1}
        connection.execute(profile.insert(segments).on_conflict_do_update(index_elements=key, set_=again), rows)
