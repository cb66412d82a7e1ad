"""Events as their organizers set them up.

Owns their rows and the manifest's version: whatever changes what a kiosk should know raises it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, insert, select, update

from app.errors import AppError
from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.key_book import KeyBook
from app.ledger.redemptions import EventUnknown, event_from
from app.ledger.schema import events, tickets
from app.ledger.versions import raise_version
from core.journal.audit import Deed
from core.model.event import Event
from core.model.ids import ClassId, EventId, KeyId, TicketHandle
from core.model.roles import INSTALLATION
from core.sync.manifest import Unusable, event_of
from core.sync.messages import EventRow
from core.ticket.keyring import Algorithm, Key
from core.ticket.wire import Claims

FRESH_MS = 2 * 60 * 60 * 1000
"""How long a manifest is fresh; the server issues it anew after half of that."""
LEASE_AFTER_END_MS = 48 * 60 * 60 * 1000

_EVENT_ROW = TypeAdapter(EventRow)


Check = Callable[[Connection, EventRow, EventRow], None]
"""What an event was and is about to be. Raises EventWrong for what must not be stored."""


class EventWrong(AppError):
    """An event that nobody could run: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("event_wrong", cause=cause)


class EventChanged(AppError):
    """Somebody else changed what the caller is about to change, since the caller saw it: `fields` says what."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__("event_changed", fields=", ".join(fields))


@dataclass(frozen=True, slots=True)
class EventSummary:
    """One event of the ledger with its figures."""

    policy: EventRow
    manifest_version: int
    tickets: int


class EventBook:
    """All events of one database. Safe between threads."""

    def __init__(self, database: Database, master: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self.keys = KeyBook(database, master, now_ms)

    def create(self, row: EventRow, algorithm: Algorithm = Algorithm.HMAC_SHA256_128) -> EventRow:
        """Stores a new event and makes its first key; an empty id becomes a new one. Raises EventWrong."""
        row, event = _checked(replace(row, event=row.event or UUID(bytes=secrets.token_bytes(16), version=4).hex))
        self._database.transact(lambda connection: self._insert(connection, event, row, algorithm))
        return row

    def _insert(self, connection: Connection, event: Event, row: EventRow, algorithm: Algorithm) -> None:
        if connection.execute(select(events.c.event_id).where(events.c.event_id == event.id)).first():
            raise EventWrong("an event of this id is there already")
        now = self._now_ms()
        policy = _EVENT_ROW.dump_json(row).decode()
        connection.execute(
            insert(events),
            {"event_id": event.id, "policy": policy, "manifest_version": 1, "manifest_at": now, "made_at": now},
        )
        self.keys.add(connection, event.id, algorithm)
        audit.note(connection, Deed.EVENT_MADE, event.id, now_ms=now, name=event.name)
        audit.note(connection, Deed.EVENT_MADE, INSTALLATION, event.id.hex, now_ms=now, name=event.name)

    def summaries(self) -> list[EventSummary]:
        """All events, those that start first in front."""
        with self._database.reading() as connection:
            wanted = select(events.c.event_id, events.c.policy, events.c.manifest_version)
            rows = connection.execute(wanted.execution_options(spans_events="the list of all events")).all()
            found = [
                EventSummary(_row(row.policy), row.manifest_version, count_tickets(connection, row.event_id))
                for row in rows
            ]
        return sorted(found, key=lambda summary: (summary.policy.starts_ms, summary.policy.name))

    def named(self, text: str) -> EventId:
        """The event of an id, or of a name that only one event has. Raises EventUnknown."""
        found = [
            summary.policy.event
            for summary in self.summaries()
            if text.replace("-", "").lower() == summary.policy.event or text == summary.policy.name
        ]
        if len(found) != 1:
            raise EventUnknown(text)
        return EventId(UUID(found[0]))

    def show(self, event: EventId) -> EventSummary:
        """One event. Raises EventUnknown."""
        with self._database.reading() as connection:
            row = self._event_row(connection, event)
            return EventSummary(_row(row.policy), row.manifest_version, count_tickets(connection, event))

    def change(
        self,
        event: EventId,
        change: Callable[[EventRow], EventRow],
        *stale: str,
        deed: Deed = Deed.EVENT_CHANGED,
        check: Check | None = None,
    ) -> EventRow:
        """Changes an event's policy and raises its manifest's version; the policy that holds now.

        `stale` as in `raise_version`; `check` may refuse what is about to be stored, in the same transaction. Raises
        EventUnknown, EventWrong.
        """

        def work(connection: Connection) -> EventRow:
            connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
            before = _row(self._event_row(connection, event).policy)
            after, _ = _checked(replace(change(before), event=before.event))
            if check is not None:
                check(connection, before, after)
            policy = _EVENT_ROW.dump_json(after).decode()
            connection.execute(update(events).where(events.c.event_id == event).values(policy=policy))
            version = self.raise_version(connection, event, *stale)
            changed = [name for name, told in asdict(after).items() if told != asdict(before)[name]]
            what = ",".join(changed)
            audit.note(connection, deed, event, now_ms=self._now_ms(), changed=what, manifest_version=version)
            return after

        return self._database.transact(work)

    def extend_lease(self, event: EventId, until_ms: int) -> EventRow:
        """Lets kiosks trust the event's manifest until then (unix milliseconds). Raises EventUnknown, EventWrong."""

        def longer(row: EventRow) -> EventRow:
            if until_ms < row.ends_ms:
                raise EventWrong("its lease would end before the event does")
            return replace(row, lease_until_ms=until_ms)

        return self.change(event, longer, deed=Deed.LEASE_EXTENDED)

    def manifest_version(self, event: EventId) -> int:
        """The version of what kiosks should know now. Raises EventUnknown."""
        with self._database.reading() as connection:
            return int(self._event_row(connection, event).manifest_version)

    def raise_version(self, connection: Connection, event: EventId, *stale: str) -> int:
        """Says in an open transaction that kiosks should know something new; the version that will say it.

        `stale` names the kinds of lists whose content has changed (`allow`, `deny`, `legacy`, `used`, `attendees`).
        """
        return raise_version(self._database.profile, connection, event, self._now_ms(), *stale)

    def keys_of(self, connection: Connection, event: EventId) -> list[Key]:
        """The keys of an event as a verifier with all its secrets holds them, the oldest first."""
        return self.keys.keys_of(connection, event)

    def seal(self, key: Key, claims: Claims) -> str:
        """The text of a ticket of either algorithm. Raises ValueError where a claim does not fit its field."""
        return self.keys.seal(key, claims)

    def event(self, connection: Connection, event: EventId) -> Event:
        """The event's own policy. Raises EventUnknown."""
        return event_from(self._event_row(connection, event).policy)

    def hold(self, connection: Connection, event: EventId) -> Event:
        """The same, held until the transaction ends: two that add what an event has one of wait for each other."""
        found = self.event(connection, event)
        connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
        return found

    def _event_row(self, connection: Connection, event: EventId) -> Any:
        row = connection.execute(select(events).where(events.c.event_id == event)).one_or_none()
        if row is None:
            raise EventUnknown(event)
        return row


def lease_until(policy: EventRow) -> int:
    """Until when kiosks may use the event's manifest (unix milliseconds)."""
    return policy.ends_ms + LEASE_AFTER_END_MS if policy.lease_until_ms is None else policy.lease_until_ms


def own_window(event: Event) -> tuple[int, int]:
    """The event's own time as a ticket's window: unix seconds, the end rounded up."""
    return event.starts_ms // 1000, -(-event.ends_ms // 1000)


def count_tickets(connection: Connection, event: EventId) -> int:
    """How many tickets the event has."""
    count = select(func.count()).select_from(tickets).where(tickets.c.event_id == event)
    return int(connection.execute(count).scalar_one())


def _checked(row: EventRow) -> tuple[EventRow, Event]:
    """The row and its event, when somebody could run it. Raises EventWrong."""
    try:
        row = _EVENT_ROW.validate_python(asdict(row))
    except ValidationError as err:
        first = err.errors()[0]
        raise EventWrong(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from err
    event = event_of(row)
    if isinstance(event, Unusable):
        raise EventWrong(event.reason)
    if not event.gates or not event.classes:
        raise EventWrong("an event has at least one gate and one class of tickets")
    return row, event


def _row(policy: str) -> EventRow:
    return _EVENT_ROW.validate_json(policy)


def claims_of(row: Any) -> Claims:
    """The claims of a ticket's row in its newest edition."""
    return Claims(row.flags, KeyId(row.kid), TicketHandle(row.tid), row.gen, ClassId(row.cls), row.nbf, row.exp)
