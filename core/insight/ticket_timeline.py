"""The life of one ticket as one line of time, the newest first.

Owns how facts, incidents and deeds of a history become steps: a scan and what its door showed are one step, whichever
of the two arrived; entries are said with their scan. Nothing that the history has is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.sync.ticket_messages import Done, History, Passing, Trouble


class StepKind(StrEnum):
    """What a step is about."""

    SCAN = "scan"
    UNDO = "undo"
    OVERRIDE = "override"
    RECOVERY = "recovery"
    RESOLUTION = "resolution"
    RECORD = "record"  # a record that is none of these, kept aside
    INCIDENT = "incident"
    DEED = "deed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `at_ms` by the clock of whoever wrote it (unix ms).

    `outcome` is what the door showed, else what the server answered; `is_online`: the server had been asked before the
    guest went on, None where that is not known. `entry` is the number of the entry that it took. `aside` says why a
    record is in quarantine. `late_ms`: how long after it happened the server heard of it.
    """

    at_ms: int
    kind: StepKind
    device_name: str = ""
    gate: str = ""
    direction: str = ""
    outcome: str = ""
    is_online: bool | None = None
    entry: int | None = None
    operator: str = ""
    said: str = ""
    aside: str = ""
    late_ms: int = 0
    is_clock_sure: bool = True
    incident: str = ""
    severity: str = ""
    state: str = ""
    deed: str = ""
    by: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


LATE_MS = 60_000
"""What the server hears of within a minute came at once."""
_ABOUT = {
    "undo": StepKind.UNDO,
    "override": StepKind.OVERRIDE,
    "recovery": StepKind.RECOVERY,
    "resolution": StepKind.RESOLUTION,
}


def timeline(told: History) -> tuple[Step, ...]:
    """The steps of a ticket's life, the newest first."""
    shown = {fact.refers_to: fact for fact in told.facts if fact.kind == "shown"}
    scans = {fact.id for fact in told.facts if fact.kind == "scan"}
    entries = {entry.scan: entry.entry_number for entry in told.entries}
    steps = [
        _step_of(fact, shown.get(fact.id), entries.get(fact.id))
        for fact in told.facts
        if fact.kind != "shown" or fact.refers_to not in scans
    ]
    steps += [_incident(trouble) for trouble in told.incidents]
    steps += [_deed(done) for done in told.deeds]
    return tuple(sorted(steps, key=lambda step: step.at_ms, reverse=True))


def _step_of(fact: Passing, shown: Passing | None, entry: int | None) -> Step:
    at_ms = fact.received_ms if fact.at_ms is None else fact.at_ms
    seen = fact if fact.kind == "shown" else shown
    late_ms = fact.received_ms - at_ms
    return Step(
        at_ms=at_ms,
        kind=StepKind.SCAN if fact.kind in {"scan", "shown"} else _ABOUT.get(fact.kind, StepKind.RECORD),
        device_name=fact.device_name or fact.device[:8],
        gate=fact.gate or "",
        direction=fact.direction or "",
        outcome=(seen.outcome if seen is not None and seen.outcome else fact.outcome) or "",
        is_online=None if seen is None or seen.source is None else seen.source == "online",
        entry=entry,
        operator=fact.operator or "",
        said=fact.said or "",
        aside=(fact.reason or fact.arrival) if fact.arrival == "quarantined" else "",
        late_ms=late_ms if late_ms >= LATE_MS else 0,
        is_clock_sure=fact.is_clock_sure,
    )


def _incident(trouble: Trouble) -> Step:
    return Step(
        trouble.opened_ms,
        StepKind.INCIDENT,
        incident=trouble.kind,
        severity=trouble.severity,
        state=trouble.state,
        said=trouble.finding or "",
    )


def _deed(done: Done) -> Step:
    return Step(done.at_ms, StepKind.DEED, deed=done.deed, by=done.by, details=done.details)
