"""What a ledger sheds while its events go on: what has said all it had to say, and would only grow.

Owns which rows those are, and their pieces. A message is not among them, whatever its state: its row is what keeps it
from being sent twice, and what is dead goes by a person's word alone. What an event leaves behind goes with the event's
own terms (`app.ledger.retention`).
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, or_, select

from app.ledger.engine import Database
from app.ledger.schema import NO_EVENT, delivery_attempts, enrol_codes, events, outbox
from core.delivery.message import MessageState
from core.model.ids import EventId

DAY_MS = 24 * 60 * 60 * 1000
ATTEMPTS_KEPT_MS = 30 * DAY_MS
"""How long the attempts of a message that arrived are kept: a shop that asks what it was told, asks within a month."""
CODES_KEPT_MS = 30 * DAY_MS
"""How long a one-time code for a kiosk is kept after its end: until then it is told apart from one that never was."""
AT_ONCE = 500
_EVERY_EVENT = select(events.c.event_id).execution_options(spans_events="a worker looks after every event")


class Pruning:
    """Sheds in one database. Safe between threads and processes; whatever is cut off goes on the next time."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def attempts(self) -> Iterator[int]:
        """The attempts of what was sent long ago, some at a time; how many of each piece."""
        with self._database.reading() as connection:
            here = connection.execute(_EVERY_EVENT.order_by(events.c.event_id)).scalars().all()
        for event in here:
            while done := self._database.transact(lambda connection, event=event: self._attempts(connection, event)):  # type: ignore[misc]
                yield done

    def codes(self) -> Iterator[int]:
        """The one-time codes that ended long ago."""
        old = and_(enrol_codes.c.event_id == NO_EVENT, enrol_codes.c.expires_at < self._now_ms() - CODES_KEPT_MS)
        some = select(enrol_codes.c.handle).where(old).limit(AT_ONCE)

        def work(connection: Connection) -> int:
            handles = connection.execute(some).scalars().all()
            mine = (enrol_codes.c.event_id == NO_EVENT) & enrol_codes.c.handle.in_(handles)
            return connection.execute(delete(enrol_codes).where(mine)).rowcount if handles else 0

        while done := self._database.transact(work):
            yield done

    def _attempts(self, connection: Connection, event: EventId) -> int:
        """A message is found by its state and age, and passed over where its attempts are gone."""
        tried = exists().where(
            delivery_attempts.c.event_id == outbox.c.event_id, delivery_attempts.c.message == outbox.c.id
        )
        old = select(outbox.c.id).where(outbox.c.event_id == event, _IS_OVER, self._is_old(), tried).limit(AT_ONCE)
        ids = connection.execute(old).scalars().all()
        theirs = (delivery_attempts.c.event_id == event) & delivery_attempts.c.message.in_(ids)
        return connection.execute(delete(delivery_attempts).where(theirs)).rowcount if ids else 0

    def _is_old(self) -> Any:
        return outbox.c.closed_at < self._now_ms() - ATTEMPTS_KEPT_MS


_IS_OVER = or_(outbox.c.state == MessageState.SENT.value, outbox.c.state == MessageState.CANCELED.value)
