"""Messages as a person looks after them: what waits and what is dead, one with all its attempts, again or never.

Owns the reading of the outbox and a person's two deeds. Each deed works in pieces, so that it holds no lock for long;
each piece is in the audit log with how many it touched. Nothing is ever deleted by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, literal, select, tuple_, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.deliveries import is_state, replay, storable
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.schema import delivery_attempts, endpoints, outbox
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState
from core.delivery.recipient import masked
from core.journal.audit import Deed, Detail
from core.model.ids import EventId

MOST_SHOWN = 200
MOST_NAMED = 1_000
"""Messages that one call may name by their ids."""
MOST_WHY = 200
AT_ONCE = 500
"""Messages of one transaction."""
LOOKED_AFTER = (MessageState.READY, MessageState.LEASED, MessageState.DEAD)
"""The states that a person is shown: what was sent or canceled is over."""


class MessageUnknown(AppError):
    """The event has no such message."""

    def __init__(self) -> None:
        super().__init__("message_unknown")


class NothingChosen(AppError):
    """A deed on messages names neither them nor what they have in common."""

    def __init__(self) -> None:
        super().__init__("nothing_chosen")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages: all that is named must hold. `before_ms`: made before then."""

    messages: tuple[UUID, ...] = ()
    endpoint: UUID | None = None
    channel: Channel | None = None
    reason: str | None = None
    before_ms: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named."""
        return self == Choice()


class Order(StrEnum):
    """In which order messages are listed; the index of dead ones serves the first two, that of due ones the third."""

    MADE = "made"  # the oldest first
    DIED = "died"  # of dead ones: what died last in front
    DUE = "due"  # of waiting ones: what is sent next in front


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which message a list goes on: the time that it is ordered by (unix ms), and its id."""

    at: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Heap:
    """How many messages of one endpoint are in one state for one reason, and when the oldest was made (unix ms).

    `newest_at` is when the last of the dead ones died.
    """

    channel: Channel
    endpoint: UUID | None
    state: MessageState
    reason: str | None
    count: int
    oldest_at: int
    newest_at: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """All of an event's deliveries at one glance. `channels`: those with an endpoint, or with something dead.

    `newest_at` is when the last of the dead ones died (unix ms); `refused` are the channels whose account is, with why.
    """

    channels: frozenset[Channel]
    waiting: int
    dead: int
    newest_at: int | None
    refused: tuple[tuple[Channel, AccountTrouble], ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a list. `recipient` is masked."""

    id: UUID
    channel: Channel
    kind: str
    endpoint: UUID | None
    state: MessageState
    reason: str | None
    attempts: int
    max_attempts: int
    run_at: int
    made_at: int
    closed_at: int | None
    recipient: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what was asked (JSON, without secrets), and what came back. No end: it runs, or its worker died."""

    number: int
    started_at: int
    ended_at: int | None
    status: str | None
    error: str | None
    request: str | None


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A message with its body and all its attempts."""

    letter: Letter
    body: str
    attempts: list[Attempt]


class DeadLetters:
    """The messages of all events in one database, for a person. Safe between threads."""

    def __init__(self, database: Database, events: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._events = events
        self._now_ms = now_ms

    def heaps(self, event: EventId, states: Sequence[MessageState] = LOOKED_AFTER) -> Sequence[Heap]:
        """What waits and what is dead, by endpoint and reason. Raises EventUnknown.

        What is dead is counted in its index alone; of what waits every row is read.
        """
        found = []
        with self._database.reading() as connection:
            self._events.event(connection, event)
            for state in states:
                found += _heaps(connection, event, state)
        return sorted(found, key=lambda each: (each.state, -each.count, each.oldest_at))

    def summary(self, event: EventId) -> Summary:
        """What a window asks again and again: counts over two indexes, and a look at the endpoints.

        Raises EventUnknown.
        """
        there = select(endpoints.c.channel, endpoints.c.state, endpoints.c.trouble).where(
            endpoints.c.event_id == event, endpoints.c.state != EndpointState.REMOVED.value
        )
        what = (outbox.c.reason, outbox.c.endpoint, outbox.c.channel)  # in the index's order: counted as it is read
        mine = (outbox.c.event_id == event) & is_state(MessageState.DEAD)
        counted = select(outbox.c.channel, func.count().label("n")).where(mine).group_by(*what)
        with self._database.reading() as connection:
            self._events.event(connection, event)
            dead = [(Channel(row.channel), row.n) for row in connection.execute(counted)]
            newest_at = connection.execute(select(func.max(outbox.c.closed_at)).where(mine)).scalar()
            waiting = sum(_count(connection, event, state) for state in (MessageState.READY, MessageState.LEASED))
            ends = connection.execute(there.distinct()).all()
        channels = {Channel(end.channel) for end in ends} | {channel for channel, _ in dead}
        active = [end for end in ends if end.state == EndpointState.ACTIVE and end.trouble is not None]
        refused = tuple(sorted((Channel(end.channel), AccountTrouble(end.trouble)) for end in active))
        return Summary(frozenset(channels), waiting, sum(n for _, n in dead), newest_at, refused)

    def list(
        self,
        event: EventId,
        choice: Choice,
        state: MessageState = MessageState.DEAD,
        most: int = MOST_SHOWN,
        *,
        order: Order = Order.MADE,
        after: Place | None = None,
    ) -> Sequence[Letter]:
        """Messages of a state that a person looks after, in an order, behind a place. Raises EventUnknown."""
        which = _chosen(event, choice, state)
        with self._database.reading() as connection:
            self._events.event(connection, event)
            if order is not Order.DUE or choice.endpoint is not None:
                return _page(connection, event, which, order, after, most)
            ends: list[UUID | None] = [None, *_endpoints_of(connection, event, choice.channel)]
            pages = (_page(connection, event, [*which, outbox.c.endpoint == end], order, after, most) for end in ends)
            found = [each for page in pages for each in page]
        return sorted(found, key=lambda each: (each.run_at, each.id))[:most]

    def show(self, event: EventId, id_: UUID) -> OpenLetter:
        """One message, whatever its state. Raises EventUnknown, MessageUnknown."""
        tries = (delivery_attempts.c.event_id == event) & (delivery_attempts.c.message == id_)
        with self._database.reading() as connection:
            self._events.event(connection, event)
            mine = (outbox.c.event_id == event) & (outbox.c.id == id_)
            row = connection.execute(select(outbox).where(mine)).first()
            if row is None:
                raise MessageUnknown
            told = connection.execute(
                select(delivery_attempts).where(tries).order_by(delivery_attempts.c.attempt)
            ).all()
        attempts = [
            Attempt(each.attempt, each.started_at, each.ended_at, each.status, each.error, each.request)
            for each in told
        ]
        return OpenLetter(_letter(row), row.body, attempts)

    def count(self, event: EventId, choice: Choice, *, is_replay: bool) -> int:
        """How many dead messages a deed would touch now. Raises EventUnknown."""
        which = _chosen(event, choice, MessageState.DEAD)
        which += [_has_active_endpoint(event)] if is_replay else []
        return self._count(event, which)

    def replay(self, event: EventId, choice: Choice) -> int:
        """Dead messages are ready again, for one more attempt now; how many.

        Those of an endpoint that is not enabled stay: they would only die again. Raises EventUnknown, NothingChosen.
        """
        now = self._now_ms()
        which = [*_chosen(event, choice, MessageState.DEAD), _has_active_endpoint(event)]
        return self._in_pieces(
            event, choice, which, Deed.DELIVERIES_REPLAYED, lambda connection, ids: replay(connection, event, ids, now)
        )

    def discard(self, event: EventId, choice: Choice, why: str) -> int:
        """Dead messages are canceled for good, for a reason that is kept; how many. The same errors."""
        why = storable(f"discarded: {' '.join(why.split())[:MOST_WHY]}")
        closing = {"state": MessageState.CANCELED.value, "reason": why, "closed_at": self._now_ms()}

        def change(connection: Connection, ids: Sequence[UUID]) -> int:
            dead = (outbox.c.event_id == event) & is_state(MessageState.DEAD) & outbox.c.id.in_(ids)
            return connection.execute(update(outbox).where(dead).values(closing)).rowcount

        which = _chosen(event, choice, MessageState.DEAD)
        return self._in_pieces(event, choice, which, Deed.DELIVERIES_DISCARDED, change, why=why)

    def _in_pieces(
        self,
        event: EventId,
        choice: Choice,
        which: Sequence[Any],
        deed: Deed,
        change: Callable[[Connection, Sequence[UUID]], int],
        **told: Detail,
    ) -> int:
        """No more are touched than were dead when it began: what is sent again may die again meanwhile.

        What died first comes first: its index is in that order, so that each piece is found without a sort.
        """
        if choice.is_empty:
            raise NothingChosen
        wanted = select(outbox.c.id).where(*which).order_by(outbox.c.closed_at, outbox.c.id)
        most = self._count(event, which)

        def work(connection: Connection) -> int:
            some = wanted.limit(min(AT_ONCE, most - total)).with_for_update(skip_locked=True)
            ids = list(connection.execute(some).scalars())
            touched = change(connection, ids) if ids else 0
            if touched:
                about: dict[str, Detail] = {**told, **_told(choice), "touched": touched}
                note(connection, deed, event, "", now_ms=self._now_ms(), **about)
            return touched

        total = 0
        while total < most and (touched := self._database.transact(work)):
            total += touched
        return total

    def _count(self, event: EventId, which: Sequence[Any]) -> int:
        with self._database.reading() as connection:
            self._events.event(connection, event)
            return int(connection.execute(select(func.count()).select_from(outbox).where(*which)).scalar_one())


def _heaps(connection: Connection, event: EventId, state: MessageState) -> list[Heap]:
    """In the order of the index of dead ones, so that they are counted as they are read."""
    what = (outbox.c.reason, outbox.c.endpoint, outbox.c.channel)
    told = (func.count().label("n"), func.min(outbox.c.made_at).label("oldest_at"))
    mine = select(*what, *told, func.max(outbox.c.closed_at).label("newest_at"))
    rows = connection.execute(mine.where(outbox.c.event_id == event, is_state(state)).group_by(*what))
    return [
        Heap(Channel(row.channel), row.endpoint, state, row.reason, row.n, row.oldest_at, row.newest_at) for row in rows
    ]


def _count(connection: Connection, event: EventId, state: MessageState) -> int:
    mine = select(func.count()).select_from(outbox).where(outbox.c.event_id == event, is_state(state))
    return int(connection.execute(mine).scalar_one())


def _endpoints_of(connection: Connection, event: EventId, channel: Channel | None) -> list[UUID]:
    """All of a channel, whatever their state: few, for an event has sixteen at most that are there."""
    mine = select(endpoints.c.id).where(endpoints.c.event_id == event)
    return list(connection.execute(mine.where(endpoints.c.channel == channel.value) if channel else mine).scalars())


_ORDERED_BY = {Order.MADE: outbox.c.made_at, Order.DIED: outbox.c.closed_at, Order.DUE: outbox.c.run_at}


def _page(
    connection: Connection, event: EventId, which: Sequence[Any], order: Order, after: Place | None, most: int
) -> list[Letter]:
    """Which messages is found in an index alone; then no more rows are read than are told."""
    by, id_ = _ORDERED_BY[order], outbox.c.id
    wanted, is_newest_first = select(id_).where(*which), order is Order.DIED
    if after is not None:
        here, there = tuple_(by, id_), tuple_(literal(after.at), literal(after.id, id_.type))
        wanted = wanted.where(here < there if is_newest_first else here > there)
    ways = (by.desc(), id_.desc()) if is_newest_first else (by, id_)
    ids = list(connection.execute(wanted.order_by(*ways).limit(most)).scalars())
    if not ids:
        return []
    rows = connection.execute(select(outbox).where(outbox.c.event_id == event, id_.in_(ids)))
    found = {row.id: _letter(row) for row in rows}
    return [found[each] for each in ids if each in found]


def _chosen(event: EventId, choice: Choice, state: MessageState) -> list[Any]:
    which = [outbox.c.event_id == event, is_state(state)]
    if choice.messages:
        which.append(outbox.c.id.in_(choice.messages))
    if choice.endpoint is not None:
        which.append(outbox.c.endpoint == choice.endpoint)
    if choice.channel is not None:
        which.append(outbox.c.channel == choice.channel.value)
    if choice.reason is not None:
        which.append(outbox.c.reason == choice.reason)
    if choice.before_ms is not None:
        which.append(outbox.c.made_at + 0 < choice.before_ms)  # looked up by it, each piece of a deed would be sorted
    return which


def _has_active_endpoint(event: EventId) -> Any:
    active = select(endpoints.c.id).where(
        endpoints.c.event_id == event, endpoints.c.state == EndpointState.ACTIVE.value
    )
    return outbox.c.endpoint.is_(None) | outbox.c.endpoint.in_(active)


def _told(choice: Choice) -> dict[str, Detail]:
    """A choice in an audit record: what was named, or how many by their ids."""
    told: dict[str, Detail] = {"named": len(choice.messages)} if choice.messages else {}
    told |= {"endpoint": choice.endpoint.hex} if choice.endpoint else {}
    told |= {"channel": choice.channel.value} if choice.channel else {}
    told |= {"reason": choice.reason} if choice.reason else {}
    return told | ({"before_ms": choice.before_ms} if choice.before_ms is not None else {})


def _letter(row: Any) -> Letter:
    return Letter(
        row.id,
        Channel(row.channel),
        row.kind,
        row.endpoint,
        MessageState(row.state),
        row.reason,
        row.attempts,
        row.max_attempts,
        row.run_at,
        row.made_at,
        row.closed_at,
        row.recipient and masked(row.recipient),
    )
