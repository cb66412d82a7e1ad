"""Messages on their way out: claimed under a lease, finished by the claim's holder alone.

Owns the statements of the outbox's other end, and with each attempt how its endpoint fares. What is sent, and when
again, is decided by its callers; nothing is sent here, and no transaction is open while something is.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from app.ledger.audit import note
from app.ledger.engine import Database
from app.ledger.outbox import is_endpoint
from app.ledger.schema import delivery_attempts, endpoints, outbox
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import EndpointState, Health, is_given_up, probed
from core.delivery.message import Channel, MessageState
from core.journal.audit import Deed
from core.model.ids import EventId

LEASE_MS = 60_000
"""A call to the outside gives up long before; a worker that goes on extends it."""
MOST_ERROR = 1_024
"""Characters kept of what the other side said, and of what it was asked."""
SPENT = "attempts_spent"
"""Why a message is dead that brought down, or outlasted, every worker that took it."""
ENDPOINT_DISABLED = "endpoint_disabled"
ENDPOINT_REMOVED = "endpoint_removed"
GIVEN_BACK = "given_back"
"""The status of an attempt whose worker had to end before it knew the answer."""


def is_state(state: MessageState) -> Any:
    """That a message is in a state, written out: the partial indexes are found by the words of a statement."""
    return outbox.c.state == bindparam(None, state.value, literal_execute=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An endpoint for which something is due."""

    event: EventId
    endpoint: UUID
    state: EndpointState
    health: Health


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in one worker's hands, for this attempt and until its lease ends (unix ms)."""

    event: EventId
    id: UUID
    channel: Channel
    kind: str
    endpoint: UUID | None
    body: str
    attempt: int
    max_attempts: int
    owner: str
    lease_until: int
    recipient: str | None = field(default=None, repr=False)


Also: TypeAlias = Callable[[Connection], None]
"""Something that is written down in the transaction that ends an attempt, and only where that counts."""


@dataclass(frozen=True, slots=True)
class Course:
    """What else came of an attempt: what was asked, how the endpoint fares after it, what became of the endpoint.

    `also` is what else is written down of it, in the very transaction that ends the attempt, after the endpoint's
    health: a worker that lost its lease writes neither. Unless `counts`, the try is none of those that a message has.
    """

    request: str | None = None
    fares: Callable[[Health], Health] | None = None
    becomes: EndpointState | None = None
    also: Also | None = None
    counts: bool = True


_NO_MORE = Course()


class Deliveries:
    """The outbox of one database, for its workers. Safe between threads and processes."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def waiting(self, channel: Channel) -> list[Waiting]:
        """The endpoints of a channel, of all events, for which something is due: a look into an index for each."""
        due = exists().where(
            outbox.c.event_id == endpoints.c.event_id,
            outbox.c.endpoint == endpoints.c.id,
            is_state(MessageState.READY),
            outbox.c.run_at <= self._now_ms(),
        )
        wanted = select(endpoints).where(endpoints.c.channel == channel.value, due)
        asked = wanted.execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return [Waiting(EventId(row.event_id), row.id, EndpointState(row.state), health_of(row)) for row in rows]

    def has_endpoints(self, channel: Channel) -> bool:
        """Whether anybody uses the channel, so that looking into it often is worth while."""
        wanted = select(endpoints.c.id).where(endpoints.c.channel == channel.value).limit(1)
        asked = wanted.execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            return connection.execute(asked).first() is not None

    def claim(
        self, event: EventId, endpoint: UUID, owner: str, most: int, probing: Health | None = None
    ) -> list[Claimed]:
        """At most so many messages of an endpoint that are due, the oldest first.

        An attempt is counted as it begins, so that a message that brings its worker down ends among the dead. Each is
        found, passed over where another worker locks it, and taken only if it is still ready. `probing` is the health
        that the caller saw of an endpoint that rests: of all workers one is given a message to try it with.
        """
        now = self._now_ms()
        due = (
            select(outbox.c.id)
            .where(
                outbox.c.event_id == event,
                outbox.c.endpoint == endpoint,
                is_state(MessageState.READY),
                outbox.c.run_at <= now,
            )
            .order_by(outbox.c.run_at, outbox.c.id)
            .limit(most if probing is None else 1)
            .with_for_update(skip_locked=True)
        )

        def work(connection: Connection) -> list[Claimed]:
            if probing is not None and not _begin_probe(connection, event, endpoint, probing, now):
                return []
            ids = connection.execute(due).scalars().all()
            if not ids:
                return []
            taken = (
                update(outbox)
                .where(outbox.c.event_id == event, is_state(MessageState.READY), outbox.c.id.in_(ids))
                .values(
                    state=MessageState.LEASED.value,
                    attempts=outbox.c.attempts + 1,
                    lease_until=now + LEASE_MS,
                    owner=owner,
                )
                .returning(outbox)
            )
            claimed = [_claimed(row) for row in connection.execute(taken)]
            begun = [
                {"event_id": event, "message": each.id, "attempt": each.attempt, "owner": owner, "started_at": now}
                for each in claimed
            ]
            if begun:
                connection.execute(insert(delivery_attempts), begun)
            return sorted(claimed, key=lambda each: ids.index(each.id))

        return self._database.transact(work)

    def extend(self, claimed: Claimed) -> bool:
        """Says that the worker goes on; False when the message is another's by now."""
        return self._database.transact(
            lambda connection: _change(connection, claimed, lease_until=self._now_ms() + LEASE_MS)
        )

    def sent(self, claimed: Claimed, status: str, course: Course = _NO_MORE) -> bool:
        """The other side has it; False, and nothing is changed, when the message is another's by now."""
        return self._finish(claimed, MessageState.SENT, status, None, None, course)

    def later(
        self,
        claimed: Claimed,
        status: str,
        error: str,
        run_at: int,
        course: Course = _NO_MORE,
        *,
        spent: str = SPENT,
    ) -> bool:
        """To be tried again at that time, or dead after the last attempt; False as in `sent`."""
        if course.counts and claimed.attempt >= claimed.max_attempts:
            return self.dead(claimed, status, error, spent, course)
        return self._finish(claimed, MessageState.READY, status, error, None, course, run_at)

    def dead(self, claimed: Claimed, status: str, error: str, reason: str, course: Course = _NO_MORE) -> bool:
        """Never by itself again; False as in `sent`."""
        return self._finish(claimed, MessageState.DEAD, status, error, reason, course)

    def canceled(self, claimed: Claimed, status: str, error: str, reason: str, course: Course = _NO_MORE) -> bool:
        """Not sent, and nothing to mend: whoever it was for wants none, or is forgotten; False as in `sent`."""
        return self._finish(claimed, MessageState.CANCELED, status, error, reason, course)

    def give_back(self, claimed: Claimed, *, has_begun: bool = True) -> bool:
        """To be tried again at once, by whoever comes: this worker ends, and does not know the answer.

        One that has not `has_begun` has lost none of its attempts.
        """
        return self.later(claimed, GIVEN_BACK, "", self._now_ms(), Course(counts=has_begun))

    def sweep(self, event: EventId, most: int) -> int:
        """Gives back what workers left that are gone: ready again, or dead after the last attempt; how many."""
        now = self._now_ms()
        left = (
            select(outbox)
            .where(outbox.c.event_id == event, is_state(MessageState.LEASED), outbox.c.lease_until < now)
            .order_by(outbox.c.lease_until)
            .limit(most)
            .with_for_update(skip_locked=True)
        )

        def work(connection: Connection) -> int:
            found = [_claimed(row) for row in connection.execute(left)]
            for each in found:
                is_spent = each.attempt >= each.max_attempts
                told = _closing(MessageState.DEAD, now, SPENT) if is_spent else _closing(MessageState.READY, now, None)
                _change(connection, each, **told)
            return len(found)

        return self._database.transact(work)

    def sweep_all(self, most: int) -> int:
        """The same for all events; no transaction where nothing was left. The index holds what is leased now alone."""
        left = select(outbox.c.event_id).where(is_state(MessageState.LEASED), outbox.c.lease_until < self._now_ms())
        asked = left.distinct().execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            events = connection.execute(asked).scalars().all()
        return sum(self.sweep(EventId(event), most) for event in events)

    def bury(self, event: EventId, endpoint: UUID, most: int) -> int:
        """What waits for an endpoint that is not active any more is dead, or canceled with it; how many of it."""
        now = self._now_ms()
        mine = is_endpoint(event, endpoint)
        waits = (
            select(outbox.c.id)
            .where(outbox.c.event_id == event, outbox.c.endpoint == endpoint, is_state(MessageState.READY))
            .limit(most)
            .with_for_update(skip_locked=True)
        )

        def work(connection: Connection) -> int:
            state = connection.execute(select(endpoints.c.state).where(mine)).scalar()
            if state is None or state == EndpointState.ACTIVE:
                return 0
            is_removed = state == EndpointState.REMOVED
            told = (
                _closing(MessageState.CANCELED, now, ENDPOINT_REMOVED)
                if is_removed
                else _closing(MessageState.DEAD, now, ENDPOINT_DISABLED)
            )
            ids = connection.execute(waits).scalars().all()
            which = (outbox.c.event_id == event) & is_state(MessageState.READY) & outbox.c.id.in_(ids)
            return connection.execute(update(outbox).where(which).values(told)).rowcount if ids else 0

        return self._database.transact(work)

    def replay(self, event: EventId, ids: Collection[UUID]) -> int:
        """Dead messages are ready again, for one more attempt now; how many."""
        now = self._now_ms()
        return self._database.transact(lambda connection: replay(connection, event, ids, now))

    def _finish(
        self,
        claimed: Claimed,
        state: MessageState,
        status: str,
        error: str | None,
        reason: str | None,
        course: Course,
        run_at: int | None = None,
    ) -> bool:
        now = self._now_ms()
        told = _closing(state, now, reason) | ({} if run_at is None else {"run_at": run_at})
        told |= {} if course.counts else {"max_attempts": claimed.max_attempts + 1}
        mine = (
            (delivery_attempts.c.event_id == claimed.event)
            & (delivery_attempts.c.message == claimed.id)
            & (delivery_attempts.c.attempt == claimed.attempt)
        )
        ended = {
            "ended_at": now,
            "status": storable(status),
            "error": error and storable(error),
            "request": course.request and storable(course.request),
        }

        def work(connection: Connection) -> bool:
            is_mine = _change(connection, claimed, **told)
            if is_mine:
                connection.execute(update(delivery_attempts).where(mine).values(ended))
                _note_health(connection, claimed, course, now)
                if course.also is not None:
                    course.also(connection)
            return is_mine

        return self._database.transact(work)


def replay(connection: Connection, event: EventId, ids: Collection[UUID], now_ms: int) -> int:
    """In an open transaction: these dead messages are ready again, for one more attempt now; how many."""
    dead = (outbox.c.event_id == event) & is_state(MessageState.DEAD) & outbox.c.id.in_(list(ids))
    again = {"state": MessageState.READY.value, "reason": None, "closed_at": None, "run_at": now_ms}
    change = update(outbox).where(dead).values(**again, max_attempts=outbox.c.attempts + 1)
    return connection.execute(change).rowcount


def storable(text: str) -> str:
    """Somebody else's text as a database of any kind keeps it, and a screen shows it: cut, and without control
    characters but line breaks."""
    kept = (each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text[:MOST_ERROR])
    return "".join(kept).encode("utf-8", "replace").decode()


def health_of(row: Any) -> Health:
    """How an endpoint of that row fares."""
    trouble = None if row.trouble is None else AccountTrouble(row.trouble)
    return Health(row.failures, row.failing_since, row.open_until, row.last_sent_at, trouble)


def health_values(health: Health) -> dict[str, int | str | None]:
    """The columns of an endpoint's health."""
    return {
        "failures": health.failures,
        "failing_since": health.failing_since,
        "open_until": health.open_until,
        "last_sent_at": health.last_sent_at,
        "trouble": None if health.trouble is None else health.trouble.value,
    }


def _begin_probe(connection: Connection, event: EventId, endpoint: UUID, seen: Health, now_ms: int) -> bool:
    """Whether this worker is the one that tries a resting endpoint: whoever sees it changed meanwhile is not."""
    mine = (
        (endpoints.c.event_id == event)
        & (endpoints.c.id == endpoint)
        & (endpoints.c.state == EndpointState.ACTIVE.value)
        & (endpoints.c.open_until == seen.open_until)
    )
    change = update(endpoints).where(mine).values(open_until=probed(seen, now_ms).open_until)
    return connection.execute(change).rowcount == 1


def _note_health(connection: Connection, claimed: Claimed, course: Course, now_ms: int) -> None:
    """Keeps how the endpoint fares after an attempt; whoever was given up, or closed itself, is audited."""
    if claimed.endpoint is None or course.fares is None:
        return
    mine = (endpoints.c.event_id == claimed.event) & (endpoints.c.id == claimed.endpoint)
    row = connection.execute(select(endpoints).where(mine).with_for_update()).first()
    if row is None:
        return
    health = course.fares(health_of(row))
    becomes = course.becomes or (EndpointState.FAILING if is_given_up(health, now_ms) else None)
    is_ending = becomes is not None and row.state == EndpointState.ACTIVE
    state = becomes.value if becomes is not None and is_ending else row.state
    connection.execute(update(endpoints).where(mine).values(**health_values(health), state=state))
    if is_ending:
        note(connection, Deed.ENDPOINT_CHANGED, claimed.event, claimed.endpoint.hex, now_ms=now_ms, state=state)


def _change(connection: Connection, claimed: Claimed, **values: Any) -> bool:
    """Changes a message while it is this claim's: a worker that slept through its lease changes nothing."""
    mine = (
        (outbox.c.event_id == claimed.event)
        & (outbox.c.id == claimed.id)
        & (outbox.c.state == MessageState.LEASED.value)
        & (outbox.c.owner == claimed.owner)
        & (outbox.c.attempts == claimed.attempt)
    )
    return connection.execute(update(outbox).where(mine).values(values)).rowcount == 1


def _closing(state: MessageState, now_ms: int, reason: str | None) -> dict[str, Any]:
    closed_at = None if state is MessageState.READY else now_ms
    return {"state": state.value, "reason": reason, "owner": None, "lease_until": None, "closed_at": closed_at}


def _claimed(row: Any) -> Claimed:
    return Claimed(
        event=EventId(row.event_id),
        id=row.id,
        channel=Channel(row.channel),
        kind=row.kind,
        endpoint=row.endpoint,
        body=row.body,
        attempt=row.attempts,
        max_attempts=row.max_attempts,
        owner=row.owner,
        lease_until=row.lease_until,
        recipient=row.recipient,
    )
