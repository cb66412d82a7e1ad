"""Notices become messages: one for each recipient, in one transaction for each notice.

Owns whom a notice reaches: who has the right at the moment at which a worker comes to it. Which notices there are, who
gets them and how often, is `core.delivery.notice`; their rows are `app.ledger.notice_rows`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, select, update

from app.ledger.deliveries import Also, is_state
from app.ledger.endpoint_book import shown
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.notice_rows import notice_from, notice_key, put_notices, ways_of
from app.ledger.outbox import Message, is_endpoint, put
from app.ledger.schema import endpoints, outbox
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState, message_id
from core.delivery.notice import RULES, Notice, NoticeKind, Told, account_about, places_of
from core.model.event import Event
from core.model.ids import EventId
from core.model.moments import Millis
from core.ticket.seal import sha256

MOST_REACHED = 1_000
"""Recipients of one notice by one way: fifty people with as many telephones as an account may have."""
NO_WAY = "no_way"
"""Why a notice is canceled: its way was closed before anybody was told."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Reach = Callable[[Connection, Notice, int], Sequence[str]]
"""Whom a way reaches of those whom a notice is for, at most so many."""


class NoticeBook:
    """The notices of all events in one database. Safe between threads and processes.

    `reach` says, for each way, whom it reaches.
    """

    def __init__(
        self, database: Database, events: EventBook, reach: Mapping[Channel, Reach], now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._events = events
        self._reach = reach
        self._now_ms = now_ms

    def tell(self, notice: Notice) -> None:
        """Puts a notice down that no other transaction gives cause for; the same again changes nothing."""
        now = self._now_ms()

        def work(connection: Connection) -> None:
            ways = ways_of(connection, notice.event)
            put_notices(connection, self._database.profile, notice.event, [notice], ways, now)

        self._database.transact(work)

    def telling_of_account(self, event: EventId, endpoint: UUID | None, also: Also | None) -> Also:
        """For the transaction that keeps how an endpoint fares: people are told that its account is refused.

        Once on each day of it, behind whatever `also` follows from the attempt. Nobody is told by an account that is
        refused itself: that would be read when it is over.
        """

        def tell(connection: Connection) -> None:
            if also is not None:
                also(connection)
            row = (
                connection.execute(select(endpoints).where(is_endpoint(event, endpoint))).first() if endpoint else None
            )
            if row is not None and row.trouble is not None:
                now = self._now_ms()
                ways = ways_of(connection, event, are_taken=True)
                put_notices(connection, self._database.profile, event, [_of_account(row, now)], ways, now)

        return tell

    def is_known(self, event: EventId, kind: NoticeKind, about: str) -> bool:
        """Whether a notice was put down, by whichever way."""
        ids = [message_id(event, notice_key(way, kind, about)) for way in RULES[kind].channels]
        with self._database.reading() as connection:
            mine = (outbox.c.event_id == event) & outbox.c.id.in_(ids)
            return connection.execute(select(outbox.c.id).where(mine).limit(1)).first() is not None

    def has_ways(self) -> bool:
        """Whether any event has a way to people, so that looking for notices often is worth while."""
        wanted = select(endpoints.c.id).where(endpoints.c.channel.in_([way.value for way in self._reach])).limit(1)
        asked = wanted.execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            return connection.execute(asked).first() is not None

    def waiting(self) -> list[EventId]:
        """The events with notices that nobody was told of yet. An event without any way has none."""
        mine = exists().where(
            outbox.c.event_id == endpoints.c.event_id,
            outbox.c.endpoint.is_(None),
            is_state(MessageState.READY),
            outbox.c.recipient.is_(None),
        )
        ways = [way.value for way in self._reach]
        wanted = select(endpoints.c.event_id).where(endpoints.c.channel.in_(ways), mine).distinct()
        asked = wanted.execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            return [EventId(event) for event in connection.execute(asked).scalars()]

    def fan_out(self, event: EventId) -> bool:
        """Turns one notice into a message for each recipient; False where none waits that no other worker has."""
        now = self._now_ms()
        kinds = [kind.value for kind in NoticeKind]
        oldest = (
            select(outbox)
            .where(
                outbox.c.event_id == event,
                outbox.c.endpoint.is_(None),
                is_state(MessageState.READY),
                outbox.c.recipient.is_(None),
                outbox.c.kind.in_(kinds),
            )
            .order_by(outbox.c.run_at, outbox.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )

        def work(connection: Connection) -> bool:
            row = connection.execute(oldest).one_or_none()
            if row is None:
                return False
            at = self._events.event(connection, event)
            has_way = self._tell_all(connection, at, notice_from(event, row), Channel(row.channel), now)
            state = MessageState.SENT if has_way else MessageState.CANCELED
            closing = {"state": state.value, "reason": None if has_way else NO_WAY, "closed_at": now}
            mine = (outbox.c.event_id == event) & (outbox.c.id == row.id)
            connection.execute(update(outbox).where(mine).values(closing))
            return True

        return self._database.transact(work)

    def _tell_all(self, connection: Connection, at: Event, notice: Notice, way: Channel, now_ms: int) -> bool:
        """Puts the messages in; False where the event has no such way any more."""
        active = (endpoints.c.event_id == at.id) & (endpoints.c.state == EndpointState.ACTIVE.value)
        mine = select(endpoints.c.id).where(active, endpoints.c.channel == way.value).order_by(endpoints.c.id)
        ends = list(connection.execute(mine).scalars())
        reach = self._reach.get(way)
        if not ends or reach is None:
            return False
        reached = reach(connection, notice, MOST_REACHED)
        for endpoint in ends:
            self._tell_each(connection, at, notice, way, endpoint, reached, now_ms)
        return True

    def _tell_each(
        self,
        connection: Connection,
        at: Event,
        notice: Notice,
        way: Channel,
        endpoint: UUID,
        reached: Sequence[str],
        now_ms: int,
    ) -> None:
        """A message to each in the first of the notice's places that is free; whoever has none hears of it anyway."""
        left = list(reached)
        for place in places_of(notice):
            body = _body(at, notice, is_gathered=place.is_gathered)
            messages = {
                each: Message(
                    way,
                    endpoint,
                    notice.kind.value,
                    _key(endpoint, place.key, each),
                    body,
                    each,
                    max(place.due_ms, now_ms),
                )
                for each in left
            }
            new = put(connection, self._database.profile, at.id, list(messages.values()), now_ms)
            left = [each for each in left if message_id(at.id, messages[each].key) not in new]


def _of_account(row: Any, now_ms: int) -> Notice:
    """What is told of an endpoint whose account is refused."""
    told: dict[str, Told] = {"channel": row.channel, "trouble": row.trouble, "target": shown(row.target)}
    about = account_about(row.id, AccountTrouble(row.trouble), row.failing_since or now_ms, now_ms)
    return Notice(NoticeKind.ACCOUNT, EventId(row.event_id), about, Millis(now_ms), told)


def _key(endpoint: UUID, place: str, recipient: str) -> str:
    """An address in a key would outlast its own erasure."""
    return f"{endpoint.hex}:{place}:{sha256(recipient.encode())[:16].hex()}"


def _body(at: Event, notice: Notice, *, is_gathered: bool) -> str:
    """What a template is given: the row's fields, those of every notice, and gates by the names that they have now."""
    gates = {str(gate.id): gate.name for gate in at.gates.values()}
    told = {name: gates.get(str(value), value) if name in _GATES else value for name, value in notice.told.items()}
    common = {"event": at.id.hex, "event_name": at.name, "zone": at.time_zone, "at_ms": notice.at_ms}
    return _ENCODE({**told, **common, "is_gathered": is_gathered})


_GATES = frozenset({"gate", "other_gate"})
