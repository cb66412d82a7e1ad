"""An event changed, and made once more for another time.

Owns what must not be taken away from an event that is in use, and what has to be judged anew when its rules change.
The rules and the manifest's version that tells them change in one transaction; the tickets that have been scanned are
folded anew after it, in pieces, so that no door waits for all of them. A change that was cut off there is finished by
`settle`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, exists, select

from app.ledger.counters import Counted, read_counts, recount
from app.ledger.device_rows import DeviceState
from app.ledger.engine import Database
from app.ledger.event_book import EventBook, EventChanged, EventWrong
from app.ledger.redemptions import SqlLedger
from app.ledger.schema import devices, facts, tickets
from core.model.ids import EventId, TicketHandle
from core.sync.event_copy import moved_to
from core.sync.messages import ClassRow, EventRow
from core.ticket.keyring import Algorithm

SETTLED_AT_ONCE = 50
_FIXED = frozenset({"event", "codes", "lease_until_ms", "copied_from"})
"""What has a command of its own, or never changes."""
CHANGEABLE = tuple(each.name for each in fields(EventRow) if each.name not in _FIXED)
_OF_NO_TICKET = frozenset({"event", "name", "gates", "classes", "online_budget_ms", "stale", "lease_until_ms"})
_OF_NO_TICKET |= {"keep_names_days", "keep_facts_days", "checks_identity_by_name", "attention"}
_OF_NO_TICKET |= {"capacity", "copied_from"}
"""What may change without any ticket being judged otherwise; classes are compared one by one."""
_OF_NO_ENTRY = frozenset({"name", "attention", "questions", "capacity"})
"""What a class may change without any entry being judged otherwise: who was let in stays let in, unasked or not."""
_EVENT_ROW = TypeAdapter(EventRow)
ALGORITHMS = {"hmac": Algorithm.HMAC_SHA256_128, "ed25519": Algorithm.ED25519}
"""What may seal an event's tickets, by the word that a person says."""


class EventEdits:
    """The changes of all events of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, ledger: SqlLedger, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._ledger = ledger
        self._now_ms = now_ms

    def create(self, fields: Mapping[str, Any]) -> EventRow:
        """A new event from its fields (`CHANGEABLE`, and `algorithm`: hmac or ed25519). Raises EventWrong."""
        told = dict(fields)
        algorithm = ALGORITHMS.get(str(told.pop("algorithm", "hmac")))
        if algorithm is None:
            raise EventWrong(f"its algorithm is one of {', '.join(ALGORITHMS)}")
        _check_names(told)
        try:
            row = _EVENT_ROW.validate_python({**told, "event": ""})
        except ValidationError as err:
            raise _wrong(err) from err
        return self._book.create(row, algorithm)

    def update(
        self, event: EventId, changes: Mapping[str, Any], seen: Mapping[str, Any] = MappingProxyType({})
    ) -> EventRow:
        """Sets some fields of an event (`CHANGEABLE`, as in `EventRow`'s JSON); the event as it is now.

        `seen` are fields as they were when somebody decided on it: where one is another by now, nothing changes.
        Raises EventUnknown, EventChanged, EventWrong (a field that is none, a class with tickets or a gate with kiosks
        taken away).
        """
        _check_names(changes)
        _check_names(seen)
        was: list[EventRow] = []

        def changed(row: EventRow) -> EventRow:
            was[:] = [row]
            _check_seen(row, seen)
            return _with(row, changes)

        after = self._book.change(event, changed, check=self._check)
        classes = _judged_anew(was[0], after)
        if classes is None or classes:
            self.settle(event, classes)
        return after

    def copy(self, event: EventId, starts_ms: int, name: str) -> tuple[EventRow, EventRow]:
        """A new event like this one at another time, with keys of its own: the old one and the new one.

        Tickets and kiosks stay where they are. Raises EventUnknown, EventWrong.
        """
        before = self._book.show(event).policy
        try:
            wanted = moved_to(before, starts_ms, name)
        except (ValueError, OSError) as err:
            raise EventWrong(str(err)) from err
        with self._database.reading() as connection:
            secrets = self._book.keys.adapter_keys_of(connection, event)
            algorithm = self._book.keys_of(connection, event)[-1].algorithm
        made = self._book.create(wanted, algorithm)

        def keep(connection: Connection) -> None:
            for adapter, secret in secrets.items():
                self._book.keys.put_adapter_key(connection, EventId(UUID(made.event)), adapter, secret)

        if secrets:
            self._database.transact(keep)
        return before, made

    def settle(self, event: EventId, classes: frozenset[int] | None = None) -> int:
        """Folds the scanned tickets of some classes anew (None: of all), a few in a transaction; how many.

        Raises EventUnknown, LedgerBusy.
        """
        count = 0
        for tids in self._scanned(event, classes):
            self._ledger.transact(event, lambda page, tids=tids: page.settle_anew(tids))  # type: ignore[misc]
            count += len(tids)
        return count

    def recount(self, event: EventId) -> None:
        """Makes the event's kept counts anew from its tables. Raises EventUnknown, LedgerBusy."""

        def work(connection: Connection) -> None:
            self._book.event(connection, event)
            recount(connection, self._database.profile, event)

        self._database.transact(work)

    def _scanned(self, event: EventId, classes: frozenset[int] | None) -> Iterator[list[TicketHandle]]:
        after = TicketHandle(b"")
        has_facts = exists().where(facts.c.event_id == event, facts.c.tid == tickets.c.tid)
        while True:
            mine = (tickets.c.event_id == event) & (tickets.c.tid > after) & has_facts
            wanted = select(tickets.c.tid).where(mine if classes is None else mine & tickets.c.cls.in_(sorted(classes)))
            with self._database.reading() as connection:
                found = connection.execute(wanted.order_by(tickets.c.tid).limit(SETTLED_AT_ONCE)).scalars()
                tids = [TicketHandle(tid) for tid in found]
            if not tids:
                return
            yield tids
            after = tids[-1]

    def _check(self, connection: Connection, before: EventRow, after: EventRow) -> None:
        """Refuses to take away what somebody uses."""
        event = EventId(UUID(before.event))
        held = {count.cls for count in read_counts(connection, event) if count.kind is Counted.TICKETS and count.n > 0}
        for each in before.classes:
            if each.id in held and each.id not in {row.id for row in after.classes}:
                raise EventWrong(f"class {each.id} ({each.name}) has tickets: it can be renamed, not taken away")
        gates = {row.id for row in after.gates}
        mine = (devices.c.event_id == event) & (devices.c.state != DeviceState.REVOKED.value)
        for kiosk in connection.execute(select(devices.c.name, devices.c.gate).where(mine)):
            if kiosk.gate not in gates:
                raise EventWrong(f"kiosk '{kiosk.name}' stands at gate '{kiosk.gate}': move it first")


def _check_names(fields: Mapping[str, Any]) -> None:
    for name in fields:
        if name not in CHANGEABLE:
            raise EventWrong(f"it has no field {name[:40]!r} that changes: it has {', '.join(CHANGEABLE)}")


def _check_seen(row: EventRow, seen: Mapping[str, Any]) -> None:
    """Raises EventChanged where a field is not what it was; defaults that a caller left out are no difference."""
    now, then = asdict(row), asdict(_with(row, seen))
    others = [name for name in seen if now[name] != then[name]]
    if others:
        raise EventChanged(others)


def _wrong(err: ValidationError) -> EventWrong:
    first = err.errors()[0]
    return EventWrong(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


def _with(row: EventRow, changes: Mapping[str, Any]) -> EventRow:
    try:
        return _EVENT_ROW.validate_python({**asdict(row), **changes})
    except ValidationError as err:
        raise _wrong(err) from err


def _judged_anew(before: EventRow, after: EventRow) -> frozenset[int] | None:
    """The classes whose tickets may be judged otherwise now; None for all of them."""
    was, now = asdict(before), asdict(after)
    if any(was[name] != now[name] for name in was.keys() - _OF_NO_TICKET):
        return None
    rules: dict[int, ClassRow] = {each.id: each for each in before.classes}
    return frozenset(each.id for each in after.classes if each.id in rules and _rules(rules[each.id]) != _rules(each))


def _rules(row: ClassRow) -> dict[str, Any]:
    return {name: told for name, told in asdict(row).items() if name not in _OF_NO_ENTRY}
