"""What somebody should be told of though no redemption is its cause: a full house, messages that died.

Owns these looks at the database, and the memory of what was said of a room. What is found becomes notices, each in the
transaction that found it, told once.
"""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, not_, select

from app.ledger.counters import Counted, read_counts
from app.ledger.deliveries import is_state
from app.ledger.engine import Database
from app.ledger.notice_rows import put_notices, ways_of
from app.ledger.schema import capacity_watches, endpoints, events, outbox
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState
from core.delivery.notice import Notice, NoticeKind
from core.insight.capacity import Fullness, Watch, watched
from core.insight.night_watch import LEAST_TOLD
from core.model.ids import EventId
from core.model.moments import Millis
from core.sync.messages import EventRow

HOUR_MS = 60 * 60_000
LOOKS_BACK_MS = 2 * HOUR_MS
"""Of the dead letters: nothing dies while no worker runs, so that this covers a job that was held up."""
_EVENT_ROW = TypeAdapter(EventRow)
_NOTICES = "notice.%"


class NightWatch:
    """The looks at one database. Safe between threads and processes."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def events(self) -> list[tuple[EventId, EventRow]]:
        """The events that have a way to people: nothing is looked at of any other."""
        has_way = (
            select(endpoints.c.event_id)
            .where(endpoints.c.channel != Channel.WEBHOOK.value, endpoints.c.state == EndpointState.ACTIVE.value)
            .distinct()
        )
        wanted = select(events.c.event_id, events.c.policy).where(events.c.event_id.in_(has_way))
        asked = wanted.execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            rows = connection.execute(asked.order_by(events.c.event_id)).all()
        return [(EventId(row.event_id), _EVENT_ROW.validate_json(row.policy)) for row in rows]

    def look_at_room(self, event: EventId, capacity: int) -> Fullness | None:
        """Remembers how full the place is; the level that was told of now, if any.

        Most looks find what was there before, and take no lock that a door would wait for.
        """
        now = self._now_ms()
        with self._database.reading() as connection:
            before, inside = _room(connection, event)
        if watched(before, inside, capacity) == (before, None):
            return None

        def work(connection: Connection) -> Fullness | None:
            before, inside = _room(connection, event, is_locked=True)
            after, level = watched(before, inside, capacity)
            self._keep(connection, event, after)
            if level is None or level < LEAST_TOLD:
                return None
            told = {"percent": 100 * inside // capacity, "inside": inside, "capacity": capacity}
            self._put(connection, Notice(NoticeKind.CAPACITY, event, f"{level.value}:{now}", Millis(now), told))
            return level

        return self._database.transact(work)

    def look_at_dead(self, event: EventId) -> int:
        """Tells of messages that died lately: once an hour for each channel, endpoint and reason; how many of those.

        Notices that died are left out: another one would only die after them.
        """
        now = self._now_ms()
        what = (outbox.c.channel, outbox.c.endpoint, outbox.c.reason)
        died = func.max(outbox.c.closed_at).label("died")
        wanted = select(*what, func.count().label("n"), died, func.min(outbox.c.kind).label("kind")).where(
            outbox.c.event_id == event,
            is_state(MessageState.DEAD),
            outbox.c.closed_at >= now - LOOKS_BACK_MS,
            not_(outbox.c.kind.like(_NOTICES)),
        )

        with self._database.reading() as connection:
            rows = connection.execute(wanted.group_by(*what)).all()
        notices = [_of_dead(event, row, now) for row in rows]

        def work(connection: Connection) -> None:
            for notice in notices:
                self._put(connection, notice)

        if notices:
            self._database.transact(work)
        return len(notices)

    def _keep(self, connection: Connection, event: EventId, watch: Watch) -> None:
        values = {"level": watch.level.value, "told": watch.told.value}
        put = self._database.profile.insert(capacity_watches)
        again = put.on_conflict_do_update(index_elements=["event_id"], set_=values)
        connection.execute(again, {"event_id": event} | values)

    def _put(self, connection: Connection, notice: Notice) -> None:
        ways = ways_of(connection, notice.event)
        put_notices(connection, self._database.profile, notice.event, [notice], ways, self._now_ms())


def _room(connection: Connection, event: EventId, *, is_locked: bool = False) -> tuple[Watch, int]:
    """What was said of the place, and how many are inside."""
    wanted = select(capacity_watches).where(capacity_watches.c.event_id == event)
    row = connection.execute(wanted.with_for_update() if is_locked else wanted).one_or_none()
    before = Watch() if row is None else Watch(Fullness(row.level), Fullness(row.told))
    counts = read_counts(connection, event)
    return before, sum(each.n for each in counts if each.kind is Counted.INSIDE)


def _of_dead(event: EventId, row: Any, now_ms: int) -> Notice:
    endpoint = row.endpoint.hex if row.endpoint else ""
    about = f"{row.channel}:{endpoint}:{row.reason}:{row.died // HOUR_MS}"
    told = {"channel": row.channel, "message_kind": row.kind, "reason": row.reason, "count": row.n}
    return Notice(NoticeKind.DEAD_LETTER, event, about, Millis(now_ms), told)
