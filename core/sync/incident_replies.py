"""What the server tells an organizer of incidents: both sides of each, notes about it, what was found out.

Owns the wire types. Which incidents there are is the fold's to say (`core.redeem.fold`), or a device's own.
"""

from dataclasses import dataclass, field

MOST_LISTED = 200
"""Incidents of one answer."""
MOST_NOTES = 100
MAX_NOTE = 2_000
"""Characters of one note."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the scans behind an incident: where, by whose hand, when by that device's own clock and how surely.

    `shown` is what that door saw; `source` who decided it, the server (`online`) or the kiosk alone (`offline`). Both
    are null where the door has not said so.
    """

    scan: str
    gate: str
    gate_name: str
    device: str
    device_name: str
    operator: str | None
    at_ms: int
    uncertainty_ms: int
    clock_quality: str
    shown: str | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down about an incident."""

    at_ms: int
    author: str
    note: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. `scan` names it together with `kind`; for one of a device itself it is that device's id.

    `loser` is the scan that owns it, `winner` the admission that it is against; `is_order_provable`: their clocks say
    for certain which of the two came first. Of a device's own: `offset_ms` is how far its clock was ahead of the
    server's when it was opened, `missing` how many facts were not here that it said it had.
    """

    scan: str
    kind: str
    severity: str
    state: str
    opened_ms: int
    closed_ms: int | None
    is_order_provable: bool
    tid: str | None
    order: str | None
    loser: Side | None
    winner: Side | None
    device_name: str | None
    finding: str | None
    found_by: str | None
    found_note: str | None
    notes: list[Note] = field(default_factory=list)
    name: str = field(default="", repr=False)
    offset_ms: int | None = None
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Some incidents, the newest first; `after` asks for the next older ones, null after the last."""

    incidents: list[Incident]
    after: str | None
