"""Messages on their way out: claimed under a lease, finished by the claim's holder alone.

Owns the statements of the outbox's other end. What is sent, and when again, is decided by its callers; nothing is sent
here, and no transaction is open while something is.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from app.ledger.engine import Database
from app.ledger.schema import delivery_attempts, outbox
from core.delivery.message import Channel, MessageState
from core.model.ids import EventId

LEASE_MS = 60_000
"""A call to the outside gives up long before; a worker that goes on extends it."""
MOST_ERROR = 1_024
"""Characters kept of what the other side said."""
SPENT = "attempts_spent"
"""Why a message is dead that brought down, or outlasted, every worker that took it."""


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


class Deliveries:
    """The outbox of one database, for its workers. Safe between threads and processes."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def claim(
        self, event: EventId, channel: Channel, owner: str, most: int, but_not: Collection[UUID] = ()
    ) -> list[Claimed]:
        """At most so many messages that are due, the oldest first; none of these endpoints.

        An attempt is counted as it begins, so that a message that brings its worker down ends among the dead. Each is
        found, passed over where another worker locks it, and taken only if it is still ready.
        """
        now = self._now_ms()
        due = (
            select(outbox.c.id)
            .where(
                outbox.c.event_id == event,
                outbox.c.state == MessageState.READY.value,
                outbox.c.run_at <= now,
                outbox.c.channel == channel.value,
                outbox.c.endpoint.is_(None) | outbox.c.endpoint.not_in(list(but_not)),
            )
            .order_by(outbox.c.run_at, outbox.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )

        def work(connection: Connection) -> list[Claimed]:
            ids = connection.execute(due).scalars().all()
            if not ids:
                return []
            still_ready = (outbox.c.state == MessageState.READY.value) & outbox.c.id.in_(ids)
            taken = (
                update(outbox)
                .where(outbox.c.event_id == event, still_ready)
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

    def sent(self, claimed: Claimed, status: str) -> bool:
        """The other side has it; False, and nothing is changed, when the message is another's by now."""
        return self._finish(claimed, MessageState.SENT, status, None, None)

    def later(self, claimed: Claimed, status: str, error: str, run_at: int) -> bool:
        """To be tried again at that time, or dead after the last attempt; False as in `sent`."""
        if claimed.attempt >= claimed.max_attempts:
            return self.dead(claimed, status, error, SPENT)
        return self._finish(claimed, MessageState.READY, status, error, None, run_at)

    def dead(self, claimed: Claimed, status: str, error: str, reason: str) -> bool:
        """Never by itself again; False as in `sent`."""
        return self._finish(claimed, MessageState.DEAD, status, error, reason)

    def sweep(self, event: EventId, most: int) -> int:
        """Gives back what workers left that are gone: ready again, or dead after the last attempt; how many."""
        now = self._now_ms()
        left = (
            select(outbox)
            .where(
                outbox.c.event_id == event,
                outbox.c.state == MessageState.LEASED.value,
                outbox.c.lease_until < now,
            )
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

    def replay(self, event: EventId, ids: Collection[UUID]) -> int:
        """Dead messages are ready again, for one more attempt now; how many."""
        now = self._now_ms()
        dead = (outbox.c.event_id == event) & (outbox.c.state == MessageState.DEAD.value) & outbox.c.id.in_(list(ids))
        again = {"state": MessageState.READY.value, "reason": None, "closed_at": None, "run_at": now}
        change = update(outbox).where(dead).values(**again, max_attempts=outbox.c.attempts + 1)
        return self._database.transact(lambda connection: connection.execute(change).rowcount)

    def _finish(
        self,
        claimed: Claimed,
        state: MessageState,
        status: str,
        error: str | None,
        reason: str | None,
        run_at: int | None = None,
    ) -> bool:
        now = self._now_ms()
        told = _closing(state, now, reason) | ({} if run_at is None else {"run_at": run_at})
        mine = (
            (delivery_attempts.c.event_id == claimed.event)
            & (delivery_attempts.c.message == claimed.id)
            & (delivery_attempts.c.attempt == claimed.attempt)
        )
        ended = {"ended_at": now, "status": status[:MOST_ERROR], "error": error and error[:MOST_ERROR]}

        def work(connection: Connection) -> bool:
            is_mine = _change(connection, claimed, **told)
            if is_mine:
                connection.execute(update(delivery_attempts).where(mine).values(ended))
            return is_mine

        return self._database.transact(work)


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
    )
