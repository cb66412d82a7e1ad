"""Incidents of a device itself: what is wrong with a kiosk, its journal or its clock, and with no scan of its own.

Owns their rows: the subject is the device's id where other incidents name a scan: each device has one of a kind.
What a person has closed stays closed; what went away by itself is withdrawn, and opens again when it comes back.
"""

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from app.ledger.engine import Profile
from app.ledger.schema import incidents
from app.ledger.statements import OPEN, WITHDRAWN
from core.model.ids import DeviceId, EventId
from core.redeem.fold import IncidentKind, Severity

SEVERITY_OF: dict[IncidentKind, Severity] = {
    IncidentKind.JOURNAL_GAP: Severity.HIGH,
    IncidentKind.JOURNAL_FORK: Severity.HIGH,
    IncidentKind.CLOCK_DRIFT: Severity.NORMAL,
}
"""The kinds that a device can own by itself."""

_IS_OPEN = (
    incidents.c.event_id == bindparam("b_event"),
    incidents.c.scan_id == bindparam("b_device"),
    incidents.c.kind == bindparam("b_kind"),
    incidents.c.state == OPEN,
)
_EVIDENCE = select(incidents.c.evidence).where(*_IS_OPEN)
_WITHDRAW = update(incidents).where(*_IS_OPEN).values(state=WITHDRAWN, closed_at=bindparam("b_at"))


def open_incident(
    connection: Connection,
    profile: Profile,
    event: EventId,
    device: DeviceId,
    kind: IncidentKind,
    evidence: str,
    now_ms: int,
) -> None:
    """Opens a device's incident, or one that was withdrawn anew; an open one keeps its first evidence."""
    put: Any = profile.insert(incidents)
    row = {
        "event_id": event,
        "scan_id": device,
        "kind": kind.value,
        "severity": SEVERITY_OF[kind].value,
        "is_order_provable": False,
        "evidence": evidence,
        "state": OPEN,
        "opened_at": now_ms,
    }
    fields = {name: put.excluded[name] for name in ("evidence", "state", "opened_at")}
    keys = [incidents.c.event_id, incidents.c.scan_id, incidents.c.kind]
    again = put.on_conflict_do_update(
        index_elements=keys, set_={**fields, "closed_at": None}, where=incidents.c.state == WITHDRAWN
    )
    connection.execute(again, row)


def evidence_of(connection: Connection, event: EventId, device: DeviceId, kind: IncidentKind) -> str | None:
    """Why a device's incident was opened; None where none is open."""
    found = connection.execute(_EVIDENCE, {"b_event": event, "b_device": device, "b_kind": kind.value})
    return found.scalar()


def withdraw_incident(
    connection: Connection, event: EventId, device: DeviceId, kind: IncidentKind, now_ms: int
) -> None:
    """Ends a device's open incident: what it told of is over."""
    connection.execute(_WITHDRAW, {"b_event": event, "b_device": device, "b_kind": kind.value, "b_at": now_ms})
