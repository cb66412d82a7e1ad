"""What staff at a door have to look at: conflicts that concern it, as they were last heard or lie in its own journal.

Owns which of them still wait for a word, and their order. What a conflict is, the fold says (`core.redeem.fold`), and
why a scan is in quarantine, the ledger.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from core.model.ids import TID_BYTES, FactId, GateId, TicketHandle
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome
from core.redeem.fold import Severity
from core.sync.messages import DoorIncident, DoorSide

QUARANTINED = "quarantined"
"""The kind of what a kiosk sees by itself: a scan that the server keeps aside."""

Key = tuple[FactId, str]
"""What names a conflict: the scan that owns it, and its kind."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the scans behind a conflict: where, when by that kiosk's clock and how surely, what its door saw."""

    gate: GateId
    device_name: str
    at_ms: Millis
    uncertainty_ms: int
    quality: ClockQuality
    is_own: bool
    operator: str | None
    shown: Outcome | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something to look at. `winner` is the admission that it is against; `reason` why a scan is in quarantine."""

    scan: FactId
    kind: str
    tid: TicketHandle | None
    severity: Severity
    is_order_provable: bool
    loser: Side
    winner: Side | None = None
    reason: str = ""

    @property
    def key(self) -> Key:
        """What names it."""
        return (self.scan, self.kind)


def heard_conflict(told: DoorIncident) -> Conflict | None:
    """What a server told, or None for what this program can't read: a newer server may know more."""
    try:
        tid = None if told.tid is None else TicketHandle(bytes.fromhex(told.tid))
        if tid is not None and len(tid) != TID_BYTES:
            return None
        return Conflict(
            scan=FactId(UUID(hex=told.scan)),
            kind=told.kind,
            tid=tid,
            severity=Severity(told.severity),
            is_order_provable=told.is_order_provable,
            loser=_side(told.loser),
            winner=None if told.winner is None else _side(told.winner),
        )
    except ValueError:
        return None


def _side(told: DoorSide) -> Side:
    return Side(
        gate=GateId(told.gate),
        device_name=told.device_name,
        at_ms=Millis(told.at_ms),
        uncertainty_ms=told.uncertainty_ms,
        quality=ClockQuality(told.quality),
        is_own=told.is_own,
        operator=told.operator,
        shown=Outcome(told.shown) if told.shown in set(Outcome) else None,
    )


def inbox_of(
    heard: Iterable[DoorIncident], aside: Iterable[Conflict], resolved: Collection[Key]
) -> tuple[Conflict, ...]:
    """What still waits for a word: the severe before the others, the newest first.

    What somebody here has said a word about is gone at once, whether the server has heard it or not.
    """
    told = [conflict for each in heard if (conflict := heard_conflict(each)) is not None]
    waiting = {conflict.key: conflict for conflict in (*told, *aside) if conflict.key not in resolved}
    return tuple(sorted(waiting.values(), key=lambda each: (each.severity is not Severity.HIGH, -each.loser.at_ms)))
