"""Events, their keys, and the manifest that tells a kiosk of both.

Owns the manifest's version: whatever changes what a kiosk should know raises it, and one version has one content.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, insert, select, update

from app.errors import AppError
from app.ledger.engine import Database
from app.ledger.redemptions import EventUnknown, event_from
from app.ledger.schema import NO_EVENT, events, key_ids, keys, segments, tickets
from core.model.event import Event
from core.model.ids import ClassId, EventId, KeyId, TicketHandle
from core.sync.manifest import Unusable, event_of
from core.sync.messages import DenialRow, EventRow, KeyRow, Manifest
from core.ticket.issue import issue
from core.ticket.keyring import Algorithm, Key, KeyState, KeyUse, derive
from core.ticket.wire import LISTED, Claims, Code, parse

FRESH_MS = 2 * 60 * 60 * 1000
"""How long a manifest is fresh; the server issues it anew after half of that."""
LEASE_AFTER_END_MS = 48 * 60 * 60 * 1000

_EVENT_ROW = TypeAdapter(EventRow)


class EventWrong(AppError):
    """An event that nobody could run: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("event_wrong", cause=cause)


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
        self._master = master
        self._now_ms = now_ms

    def create(self, row: EventRow) -> EventRow:
        """Stores a new event and makes its first key; an empty id becomes a new one. Raises EventWrong."""
        row = replace(row, event=row.event or UUID(bytes=secrets.token_bytes(16), version=4).hex)
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
        self._database.transact(lambda connection: self._insert(connection, event, row))
        return row

    def _insert(self, connection: Connection, event: Event, row: EventRow) -> None:
        if connection.execute(select(events.c.event_id).where(events.c.event_id == event.id)).first():
            raise EventWrong("an event of this id is there already")
        now = self._now_ms()
        policy = _EVENT_ROW.dump_json(row).decode()
        connection.execute(
            insert(events),
            {"event_id": event.id, "policy": policy, "manifest_version": 1, "manifest_at": now, "made_at": now},
        )
        kid = _free_kid(connection)
        connection.execute(insert(key_ids), {"event_id": NO_EVENT, "kid": kid, "of_event": event.id})
        label, state = Algorithm.HMAC_SHA256_128.label, KeyState.ACTIVE.value
        key = {"event_id": event.id, "kid": kid, "algorithm": label, "state": state, "made_at": now}
        connection.execute(insert(keys), key)

    def summaries(self) -> list[EventSummary]:
        """All events, those that start first in front."""
        with self._database.reading() as connection:
            rows = connection.execute(select(events.c.event_id, events.c.policy, events.c.manifest_version)).all()
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

    def manifest_version(self, event: EventId) -> int:
        """The newest manifest's version, raised where the manifest has come of age. Raises EventUnknown."""
        with self._database.reading() as connection:
            row = self._event_row(connection, event)
        if self._now_ms() - row.manifest_at < FRESH_MS // 2:
            return int(row.manifest_version)
        return self._database.transact(lambda connection: self.raise_version(connection, event))

    def raise_version(self, connection: Connection, event: EventId, *stale: str) -> int:
        """Says in an open transaction that kiosks should know something new; the version that will say it.

        `stale` names the kinds of lists whose content has changed (`allow`, `deny`, `legacy`, `used`, `attendees`).
        """
        if stale:
            rows = [{"event_id": event, "kind": kind, "is_stale": True} for kind in sorted(stale)]
            put = self._database.profile.insert(segments)
            keys_ = [segments.c.event_id, segments.c.kind]
            connection.execute(put.on_conflict_do_update(index_elements=keys_, set_={"is_stale": True}), rows)
        raised = (
            update(events)
            .where(events.c.event_id == event)
            .values(manifest_version=events.c.manifest_version + 1, manifest_at=self._now_ms())
        )
        connection.execute(raised)
        version = connection.execute(select(events.c.manifest_version).where(events.c.event_id == event))
        return int(version.scalar_one())

    def manifest(self, event: EventId) -> Manifest:
        """What a kiosk of this event should know, secrets of its own event included. Raises EventUnknown."""
        with self._database.reading() as connection:
            row = self._event_row(connection, event)
            policy = _row(row.policy)
            own = self.keys_of(connection, event)
            return Manifest(
                version=row.manifest_version,
                issued_at_ms=row.manifest_at,
                fresh_until_ms=row.manifest_at + FRESH_MS,
                lease_until_ms=policy.ends_ms + LEASE_AFTER_END_MS,
                policy=policy,
                keys=[*map(_key_row, own), *_strange_keys(connection, event)],
                denied=_denied(connection, event),
                allowed=_allowed(connection, event, own),
                tickets=count_tickets(connection, event),
            )

    def keys_of(self, connection: Connection, event: EventId) -> list[Key]:
        """The keys of an event, derived anew."""
        rows = connection.execute(select(keys).where(keys.c.event_id == event).order_by(keys.c.kid))
        return [self._key(event, row) for row in rows]

    def _key(self, event: EventId, row: Any) -> Key:
        kid = KeyId(row.kid)
        return Key(
            kid=kid,
            event=event,
            algorithm=Algorithm.named(row.algorithm),
            state=KeyState(row.state),
            verifying=derive(self._master, KeyUse.MAC, event, kid),
            rotating=derive(self._master, KeyUse.ROTATING, event, kid),
        )

    def event(self, connection: Connection, event: EventId) -> Event:
        """The event's own policy. Raises EventUnknown."""
        return event_from(self._event_row(connection, event).policy)

    def _event_row(self, connection: Connection, event: EventId) -> Any:
        row = connection.execute(select(events).where(events.c.event_id == event)).one_or_none()
        if row is None:
            raise EventUnknown(event)
        return row


def own_window(event: Event) -> tuple[int, int]:
    """The event's own time as a ticket's window: unix seconds, the end rounded up."""
    return event.starts_ms // 1000, -(-event.ends_ms // 1000)


def sealed(claims: Claims, key: Key) -> str:
    """The text of a ticket of a derived key. Raises ValueError where a claim does not fit its field."""
    if key.verifying is None or key.algorithm is not Algorithm.HMAC_SHA256_128:
        raise ValueError("only derived keys seal here")
    return issue(claims, key.algorithm, key.verifying)


def count_tickets(connection: Connection, event: EventId) -> int:
    """How many tickets the event has."""
    count = select(func.count()).select_from(tickets).where(tickets.c.event_id == event)
    return int(connection.execute(count).scalar_one())


def _row(policy: str) -> EventRow:
    return _EVENT_ROW.validate_json(policy)


def _free_kid(connection: Connection) -> int:
    while True:
        kid = secrets.randbits(32)
        taken = select(key_ids.c.kid).where(key_ids.c.event_id == NO_EVENT, key_ids.c.kid == kid)
        if connection.execute(taken).first() is None:
            return kid


def _key_row(key: Key) -> KeyRow:
    return KeyRow(
        kid=key.kid,
        event=key.event.hex,
        algorithm=key.algorithm.label,
        state=key.state.value,
        verifying=key.verifying.hex() if key.verifying else None,
        rotating=key.rotating.hex() if key.rotating else None,
    )


def _strange_keys(connection: Connection, event: EventId) -> list[KeyRow]:
    """Other events' keys by their bare ids, so that a kiosk can say `wrong_event`."""
    strange = select(key_ids.c.kid, key_ids.c.of_event).where(
        key_ids.c.event_id == NO_EVENT, key_ids.c.of_event != event
    )
    label, state = Algorithm.HMAC_SHA256_128.label, KeyState.VERIFY_ONLY.value
    rows = connection.execute(strange.order_by(key_ids.c.kid))
    return [KeyRow(row.kid, row.of_event.hex, label, state) for row in rows]


def _denied(connection: Connection, event: EventId) -> list[DenialRow]:
    denied = select(tickets.c.tid, tickets.c.denial, tickets.c.denial_min_gen, tickets.c.denial_since).where(
        tickets.c.event_id == event, tickets.c.denial.is_not(None)
    )
    return [
        DenialRow(row.tid.hex(), row.denial_min_gen, row.denial, row.denial_since)
        for row in connection.execute(denied.order_by(tickets.c.tid))
    ]


def _allowed(connection: Connection, event: EventId, own: Sequence[Key]) -> list[str]:
    """The digests of tickets that count only while they are listed: L tickets, and all of a listed-only key."""
    ring = {key.kid: key for key in own}
    listed_only = [kid for kid, key in ring.items() if key.state is KeyState.LISTED_ONLY]
    wants_listing = (tickets.c.flags.op("&")(LISTED) != 0) | tickets.c.kid.in_(listed_only)
    rows = connection.execute(select(tickets).where(tickets.c.event_id == event, wants_listing))
    return sorted(_digest(claims_of(row), ring[KeyId(row.kid)]) for row in rows)


def claims_of(row: Any) -> Claims:
    """The claims of a ticket's row in its newest edition."""
    return Claims(row.flags, KeyId(row.kid), TicketHandle(row.tid), row.gen, ClassId(row.cls), row.nbf, row.exp)


def _digest(claims: Claims, key: Key) -> str:
    code = parse(sealed(claims, key))
    if not isinstance(code, Code):
        raise TypeError("a sealed ticket does not parse")
    return code.digest.hex()
