"""What the ledger holds of each device's journal, compared with what the device says of it.

Owns the counting, the row that remembers the last comparison, and the incidents that a difference opens: `journal_gap`
where facts are missing here, `journal_fork` where the journals are two. Counting walks one index
(event, device, incarnation, seq); facts in quarantine that claim no place there are read one by one, and are few.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, select

from app.ledger.device_incidents import evidence_of, open_incident, withdraw_incident
from app.ledger.engine import Database, pieces
from app.ledger.schema import facts, tallies
from app.ledger.statements import EVENT
from core.journal.scan import FINGERPRINT_BYTES, NO_PREDECESSOR
from core.model.ids import DeviceId, EventId
from core.redeem.fold import IncidentKind
from core.sync.messages import TallyResult, TallyRow
from core.sync.tally import Finding, Tally, compare

SEQS_A_QUERY = 500
_LARGEST = 2**53 - 1

INCIDENT_OF: dict[Finding, IncidentKind | None] = {
    Finding.EQUAL: None,
    Finding.SERVER_BEHIND: IncidentKind.JOURNAL_GAP,
    Finding.SERVER_AHEAD: IncidentKind.JOURNAL_FORK,
    Finding.HEADS_DIFFER: IncidentKind.JOURNAL_FORK,
}
"""What a difference is for whoever has to look at it."""

_DEVICE = bindparam("d", type_=facts.c.device.type)
_OF_DEVICE = (facts.c.event_id == EVENT, facts.c.device == _DEVICE)
_IN_CHAIN = (*_OF_DEVICE, facts.c.incarnation == bindparam("i"))
_COUNT = select(func.count(), func.max(facts.c.seq)).where(*_IN_CHAIN, facts.c.seq <= bindparam("most"))
_LAST = select(func.max(facts.c.seq)).where(*_IN_CHAIN)
_AT = select(facts.c.fingerprint).where(*_IN_CHAIN, facts.c.seq == bindparam("s"))
_TAKEN = select(facts.c.seq).where(*_IN_CHAIN, facts.c.seq.in_(bindparam("seqs", expanding=True)))
_INCARNATIONS = select(facts.c.incarnation).where(*_OF_DEVICE, facts.c.incarnation.is_not(None)).distinct()
_OUTSIDE = select(facts.c.record, facts.c.fingerprint).where(*_OF_DEVICE, facts.c.incarnation.is_(None))
_KNOWN = select(tallies).where(
    tallies.c.event_id == EVENT, tallies.c.device == bindparam("d"), tallies.c.incarnation == bindparam("i")
)


@dataclass(frozen=True, slots=True)
class TallySummary:
    """The last comparison of one device and incarnation: what was told, what was held as far as that, and when."""

    device: DeviceId
    incarnation: int
    told_count: int
    told_seq: int
    held_count: int
    last_seq: int
    finding: Finding
    at_ms: int

    @property
    def missing(self) -> int:
        """How many facts the ledger lacks."""
        return max(0, self.told_count - self.held_count)


@dataclass(frozen=True, slots=True)
class _Held:
    tally: Tally
    last_seq: int


class Tallies:
    """The comparisons of all devices in one database. Safe between threads."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def held(self, event: EventId, of: Collection[DeviceId]) -> list[TallyResult]:
        """What the ledger holds of these devices, one result for each incarnation that it has facts of."""
        with self._database.reading() as connection:
            return [result for device in sorted(of) for result in _every_count(connection, event, device)]

    def compare(self, event: EventId, told: Sequence[TallyRow], of: Collection[DeviceId]) -> list[TallyResult]:
        """Compares, remembers, and opens or withdraws incidents; one result for each row, in their order.

        A row of a device that is not among `of`, or whose head is no fingerprint, is answered without a finding.
        """
        rows = [_tally_of(row) for row in told]
        return [
            self._one(event, row) if row is not None and row.device in of else _unread(raw)
            for row, raw in zip(rows, told, strict=True)
        ]

    def summaries(self, event: EventId) -> list[TallySummary]:
        """The last comparison of each device and incarnation of an event."""
        mine = select(tallies).where(tallies.c.event_id == event).order_by(tallies.c.device, tallies.c.incarnation)
        with self._database.reading() as connection:
            return [_summary(row) for row in connection.execute(mine)]

    def _one(self, event: EventId, kiosk: Tally) -> TallyResult:
        place = {"e": event, "d": kiosk.device, "i": kiosk.incarnation}
        with self._database.reading() as connection:
            known = connection.execute(_KNOWN, place).one_or_none()
            outside = list(_outside(connection, event, kiosk.device))
            held = _count(connection, event, kiosk.device, kiosk.incarnation, kiosk.max_seq, outside)
        finding = compare(kiosk, held.tally, known.last_seq if known else 0)
        if known is None or _is_news(known, kiosk, held, finding):
            self._remember(event, kiosk, held, finding)
        return _result(held, finding)

    def _remember(self, event: EventId, kiosk: Tally, held: _Held, finding: Finding) -> None:
        now_ms, profile = self._now_ms(), self._database.profile
        row = {
            "event_id": event,
            "device": kiosk.device,
            "incarnation": kiosk.incarnation,
            "told_count": kiosk.count,
            "told_seq": kiosk.max_seq,
            "held_count": held.tally.count,
            "last_seq": held.last_seq,
            "finding": finding.value,
            "at": now_ms,
        }
        put = profile.insert(tallies)
        keys = ("event_id", "device", "incarnation")
        fields = {name: put.excluded[name] for name in row if name not in keys}
        put = put.on_conflict_do_update(index_elements=[tallies.c[name] for name in keys], set_=fields)
        evidence = json.dumps({name: value for name, value in row.items() if name not in keys[:2]})
        kind = INCIDENT_OF[finding]

        def work(connection: Connection) -> None:
            connection.execute(put, row)
            if kind is not None:
                open_incident(connection, profile, event, kiosk.device, kind, evidence, now_ms)
            if kind is not IncidentKind.JOURNAL_GAP and not _lacks(connection, event, kiosk.device):
                withdraw_incident(connection, event, kiosk.device, IncidentKind.JOURNAL_GAP, now_ms)
            if finding is Finding.EQUAL and _is_only_ahead(connection, event, kiosk, held):
                withdraw_incident(connection, event, kiosk.device, IncidentKind.JOURNAL_FORK, now_ms)

        self._database.transact(work)


@dataclass(frozen=True, slots=True)
class _Place:
    """The place that a fact in quarantine claims in its device's journal."""

    incarnation: int
    seq: int
    fingerprint: bytes


def _count(
    connection: Connection, event: EventId, device: DeviceId, incarnation: int, most: int, outside: Sequence[_Place]
) -> _Held:
    """The places of one incarnation up to `most`; what stands outside the chain fills those that nobody else has."""
    chain = {"e": event, "d": device, "i": incarnation}
    count, max_seq = connection.execute(_COUNT, chain | {"most": most}).one()
    last_seq = connection.execute(_LAST, chain).scalar() or 0
    claims = {place.seq: place.fingerprint for place in outside if place.incarnation == incarnation}
    taken: set[int] = set()
    for piece in pieces(sorted(claims), SEQS_A_QUERY):
        taken |= set(connection.execute(_TAKEN, chain | {"seqs": list(piece)}).scalars())
    free = {seq for seq in claims if seq not in taken}
    here = [seq for seq in free if seq <= most]
    top = max([max_seq or 0, *here])
    head = connection.execute(_AT, chain | {"s": top}).scalar() if top not in free else claims[top]
    tally = Tally(device, incarnation, count + len(here), top, NO_PREDECESSOR if head is None else bytes(head))
    return _Held(tally, max([last_seq, *free]))


def _every_count(connection: Connection, event: EventId, device: DeviceId) -> Iterator[TallyResult]:
    outside = list(_outside(connection, event, device))
    numbers = set(connection.execute(_INCARNATIONS, {"e": event, "d": device}).scalars())
    for incarnation in sorted(numbers | {place.incarnation for place in outside}):
        yield _result(_count(connection, event, device, incarnation, _LARGEST, outside))


def _outside(connection: Connection, event: EventId, device: DeviceId) -> Iterator[_Place]:
    for row in connection.execute(_OUTSIDE, {"e": event, "d": device}):
        claim = _claim(row.record, event, device)
        if claim is not None:
            yield _Place(*claim, bytes(row.fingerprint))


def _claim(record: str, event: EventId, device: DeviceId) -> tuple[int, int] | None:
    """What a record says of its own place, sound or not; None where it says nothing, or speaks for another."""
    try:
        told = json.loads(record)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("device") != device.hex or told.get("event") != event.hex:
        return None
    incarnation, seq = told.get("incarnation"), told.get("seq")
    return (incarnation, seq) if _is_whole(incarnation) and _is_whole(seq) and seq > 0 else None


def _is_whole(number: object) -> TypeGuard[int]:
    return type(number) is int and 0 <= number <= _LARGEST


def _is_only_ahead(connection: Connection, event: EventId, kiosk: Tally, held: _Held) -> bool:
    """Whether a journal is called a fork for telling of less than before alone, and tells of all that is here now.

    A disk that was put back does not grow what it lost, fact by fact: an older count came late, over a slow network.
    """
    text = evidence_of(connection, event, kiosk.device, IncidentKind.JOURNAL_FORK)
    told = {} if text is None else json.loads(text)
    is_of_this = (told.get("finding"), told.get("incarnation")) == (Finding.SERVER_AHEAD.value, kiosk.incarnation)
    return is_of_this and kiosk.max_seq == held.last_seq


def _lacks(connection: Connection, event: EventId, device: DeviceId) -> bool:
    """Whether another incarnation of the device is known to be incomplete here."""
    mine = select(tallies.c.incarnation).where(
        tallies.c.event_id == event, tallies.c.device == device, tallies.c.finding == Finding.SERVER_BEHIND.value
    )
    return connection.execute(mine.limit(1)).first() is not None


def _is_news(known: Row[Any], kiosk: Tally, held: _Held, finding: Finding) -> bool:
    now = (kiosk.count, kiosk.max_seq, held.tally.count, held.last_seq, finding.value)
    return (known.told_count, known.told_seq, known.held_count, known.last_seq, known.finding) != now


def _tally_of(row: TallyRow) -> Tally | None:
    try:
        device, head = DeviceId(UUID(row.device)), bytes.fromhex(row.head)
    except ValueError:
        return None
    if len(head) != FINGERPRINT_BYTES:
        return None
    return Tally(device, row.incarnation, row.count, row.max_seq, head)


def _result(held: _Held, finding: Finding | None = None) -> TallyResult:
    tally = held.tally
    return TallyResult(
        tally.device.hex, tally.incarnation, tally.count, tally.max_seq, tally.head.hex(), held.last_seq, finding
    )


def _unread(row: TallyRow) -> TallyResult:
    return TallyResult(row.device[:32], row.incarnation, 0, 0, NO_PREDECESSOR.hex(), 0)


def _summary(row: Row[Any]) -> TallySummary:
    return TallySummary(
        DeviceId(row.device),
        row.incarnation,
        row.told_count,
        row.told_seq,
        row.held_count,
        row.last_seq,
        Finding(row.finding),
        row.at,
    )
