"""The night so far: counts of one event, read in one transaction.

Owns what is told of them. Whatever may be a million is counted as it is written (`app.ledger.counters`); incidents and
facts in quarantine are few, and are counted in an index that has nothing else. What may be missing is told with the
figures, of the same transaction: the kiosks, when each was heard of, and what still waits at it.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from app.ledger.counters import Counted, CountOf, Presence, read_counts
from app.ledger.device_rows import DeviceState, vitals_in
from app.ledger.schema import devices, facts, incidents, tallies
from app.ledger.statements import OPEN, RESOLVED
from app.settings import VERSION
from core.insight.hearing import is_off
from core.journal.state import Arrival
from core.model.event import Event
from core.model.ids import ClassId, EventId, GateId
from core.model.moments import Millis
from core.redeem.fold import IncidentKind
from core.sync.kiosk_replies import KioskVitals
from core.sync.messages import ClassCount, Count, GateCount, KioskWord, StatusReply

_ONE_TOO_MANY = (IncidentKind.DOUBLE_ADMISSION, IncidentKind.OVERRIDE_USED)
_COME = (Presence.ENTERED, Presence.ENTERED_AND_DENIED)


def status_of(connection: Connection, event: Event, manifest_version: int, now_ms: int) -> StatusReply:
    """Counts of one event. A redemption is an entry that a ticket had; an admission is one, or a guest too many."""
    e = event.id
    counts = read_counts(connection, e)
    redeemed = _sum(counts, Counted.ENTRIES)
    told = _incidents(connection, e)
    doubles, apart = (sum(told.get((kind.value, state), 0) for state in (OPEN, RESOLVED)) for kind in _ONE_TOO_MANY)
    quarantined = _quarantined(connection, e)
    classes, gates = _classes(event, counts, now_ms), _gates(event, counts)
    return StatusReply(
        event=e.hex,
        name=event.name,
        at_ms=now_ms,
        manifest_version=manifest_version,
        tickets=_sum(counts, Counted.TICKETS),
        redemptions=redeemed,
        admissions=redeemed + doubles + apart,
        inside=_sum(counts, Counted.INSIDE),
        facts=_sum(counts, Counted.FACTS),
        quarantined=sum(quarantined.values()),
        double_admissions=doubles,
        incidents=sum(n for (_, state), n in told.items() if state == OPEN),
        by_class=_named((each.name, each.admitted) for each in classes),
        by_gate=_named((each.name, each.admitted) for each in gates),
        shown=_shown(counts, quarantined),
        remaining=sum(each.remaining for each in classes),
        classes=classes,
        gates=gates,
        server_version=VERSION,
        capacity=event.capacity,
        kiosks=_kiosks(connection, e),
    )


def _sum(counts: Iterable[CountOf], kind: Counted, *, cls: int | None = None, name: str | None = None) -> int:
    mine = (each for each in counts if each.kind is kind)
    return sum(each.n for each in mine if cls in {None, each.cls} and name in {None, each.name})


def _classes(event: Event, counts: list[CountOf], now_ms: int) -> list[ClassCount]:
    """Each class of the event, and those that tickets have all the same."""
    used = {each.cls for each in counts if each.kind in {Counted.TICKETS, Counted.ENTRIES, Counted.INSIDE}}
    return [
        ClassCount(
            id=cls,
            name=its.name if (its := event.classes.get(ClassId(cls))) else str(cls),
            tickets=_sum(counts, Counted.TICKETS, cls=cls),
            admitted=_sum(counts, Counted.ENTRIES, cls=cls),
            guests=sum(_sum(counts, Counted.TICKETS, cls=cls, name=each) for each in _COME),
            inside=_sum(counts, Counted.INSIDE, cls=cls),
            remaining=_sum(counts, Counted.TICKETS, cls=cls, name=Presence.EXPECTED),
            is_expected=event.is_expected(ClassId(cls), Millis(now_ms)),
            capacity=its.capacity if its else None,
        )
        for cls in sorted(used | set(event.classes))
    ]


def _gates(event: Event, counts: list[CountOf]) -> list[GateCount]:
    used = {each.name for each in counts if each.kind is Counted.ENTRIES}
    return [
        GateCount(
            gate,
            event.gates[GateId(gate)].name if gate in event.gates else gate,
            _sum(counts, Counted.ENTRIES, name=gate),
        )
        for gate in sorted(used | set(event.gates))
    ]


def _kiosks(connection: Connection, event: EventId) -> list[KioskWord]:
    """What each kiosk that is let in said last; a device may have several journals, one for each incarnation."""
    shown: dict[str, int] = {}
    for each in read_counts(connection, event, (Counted.SHOWN_BY,)):
        device = each.name.partition(":")[0]
        shown[device] = shown.get(device, 0) + each.n
    missing: dict[UUID, int] = {}
    lacks = tallies.c.told_count > tallies.c.held_count
    columns = (tallies.c.device, tallies.c.told_count, tallies.c.held_count)
    for device, told, held in connection.execute(select(*columns).where(tallies.c.event_id == event, lacks)):
        missing[device] = missing.get(device, 0) + told - held
    of_kiosk = (devices.c.id, devices.c.gate, devices.c.last_seen, devices.c.vitals, devices.c.vitals_at)
    mine = (devices.c.event_id == event) & (devices.c.state == DeviceState.ACTIVE.value)
    return [
        _word(row, missing.get(row.id, 0), shown.get(row.id.hex, 0))
        for row in connection.execute(select(*of_kiosk).where(mine).order_by(devices.c.gate, devices.c.name))
    ]


def _word(row: Any, missing: int, shown: int) -> KioskWord:
    told = None if row.vitals is None else KioskVitals(vitals_in(row.vitals), row.vitals_at)
    queue = 0 if told is None else told.told.queue
    return KioskWord(
        row.gate, row.last_seen, row.vitals_at, queue, missing, shown, is_off(told, row.last_seen, missing)
    )


def _named(counts: Iterable[tuple[str, int]]) -> list[Count]:
    """By names as people know them, those that nobody came in by left out."""
    sums: dict[str, int] = {}
    for name, count in counts:
        sums[name] = sums.get(name, 0) + count
    return [Count(name, sums[name]) for name in sorted(sums) if sums[name]]


def _incidents(connection: Connection, event: EventId) -> dict[tuple[str, str], int]:
    """The incidents that stand, by kind and state: whether a person has looked at one or not, it happened."""
    mine = (incidents.c.event_id == event) & incidents.c.state.in_((OPEN, RESOLVED))
    kinds = (incidents.c.kind, incidents.c.state)
    count = select(*kinds, func.count()).where(mine).group_by(*kinds)
    return {(row[0], row[1]): row[2] for row in connection.execute(count)}


def _quarantined(connection: Connection, event: EventId) -> dict[str | None, int]:
    """Facts in quarantine, by what they say that a door showed; None for the others."""
    shown: Any = facts.c.kind == "shown"
    mine = (facts.c.event_id == event) & (facts.c.arrival == Arrival.QUARANTINED.value)
    found: dict[str | None, int] = {}
    for is_shown, outcome, n in connection.execute(
        select(shown, facts.c.outcome, func.count()).where(mine).group_by(shown, facts.c.outcome)
    ):
        name = outcome if is_shown else None
        found[name] = found.get(name, 0) + n
    return found


def _shown(counts: Iterable[CountOf], quarantined: dict[str | None, int]) -> dict[str, int]:
    """What doors showed, by outcome; quarantined facts are not among them."""
    shown = {each.name: each.n - quarantined.get(each.name, 0) for each in counts if each.kind is Counted.SHOWN}
    return {outcome: n for outcome, n in sorted(shown.items()) if n}
