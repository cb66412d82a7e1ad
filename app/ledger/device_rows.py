"""A kiosk's row: its state, what is told of it, and how it is found.

Owns the reading of the `devices` table. What changes it lies in `enrolments` and `credentials`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, select, update

from app.errors import AppError
from app.ledger.schema import devices
from core.model.ids import DeviceId, EventId, GateId
from core.model.moments import ClockQuality
from core.sync.messages import Vitals
from core.ticket.keyring import VerifyProfile

_VITALS = TypeAdapter(Vitals)
CONFIRM_WITHIN_MS = 30 * 60 * 1000
"""How long six digits may wait to be compared; after that the kiosk has to enrol again."""
SALVAGE_MS = 72 * 3_600_000
"""How long a revoked device may deliver what it has not sent: a weekend without a network, and the day after."""
LONGEST_CHAIN = 64
"""Replacements of replacements that are followed; a night has a handful."""


class DeviceState(StrEnum):
    """Whether a device may call: pending until its six digits are compared, revoked for ever."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


class DeviceUnknown(AppError):
    """The event has no such device."""

    def __init__(self, device: str) -> None:
        super().__init__("device_unknown", device=device)


class ConfirmationExpired(AppError):
    """Nobody compared the digits in time."""

    def __init__(self) -> None:
        super().__init__("confirmation_expired")


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """A device's own clock when it last told it: milliseconds ahead of the server, and how sure the device is of it."""

    offset_ms: int
    uncertainty_ms: int
    quality: ClockQuality
    at_ms: int


@dataclass(frozen=True, slots=True)
class DeviceVitals:
    """How a device said it is, and when the server heard it (unix ms)."""

    told: Vitals
    at_ms: int


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """One kiosk as the organizer sees it. `digits` are there while they wait to be compared.

    `is_over`: nobody compared them in time, so that only a new code helps. `replaces` counts from the confirmation on.
    `confirm_until_ms`: until when the digits of a pending one wait. `revoked_at_ms`: when one that was let in went.
    """

    id: DeviceId
    name: str
    gate: GateId
    state: DeviceState
    profile: VerifyProfile
    last_seen_ms: int | None
    clock: DeviceClock | None
    digits: str | None
    replaces: DeviceId | None
    is_over: bool
    vitals: DeviceVitals | None = None
    confirm_until_ms: int | None = None
    revoked_at_ms: int | None = None


def summary_of(row: Any, now_ms: int) -> DeviceSummary:
    """A row of `devices` as a value."""
    clock = None
    if row.clock_at is not None:
        clock = DeviceClock(
            row.clock_offset_ms, row.clock_uncertainty_ms, ClockQuality(row.clock_quality), row.clock_at
        )
    is_pending = row.state == DeviceState.PENDING.value
    return DeviceSummary(
        id=DeviceId(row.id),
        name=row.name,
        gate=GateId(row.gate),
        state=DeviceState(row.state),
        profile=VerifyProfile(row.profile),
        last_seen_ms=row.last_seen,
        clock=clock,
        digits=row.digits,
        replaces=None if row.replaces is None else DeviceId(row.replaces),
        is_over=is_over(row, now_ms),
        vitals=None if row.vitals is None else DeviceVitals(vitals_in(row.vitals), row.vitals_at),
        confirm_until_ms=row.made_at + CONFIRM_WITHIN_MS if is_pending else None,
        revoked_at_ms=row.revoked_at,
    )


def vitals_in(text: str) -> Vitals:
    """A device's last word of itself, as it is stored."""
    return _VITALS.validate_json(text)


def keep_vitals(connection: Connection, event: EventId, device: DeviceId, told: Vitals, now_ms: int) -> None:
    """Keeps a device's last word of itself. No manifest changes by it."""
    mine = (devices.c.event_id == event) & (devices.c.id == device)
    row = {"vitals": _VITALS.dump_json(told).decode(), "vitals_at": now_ms}
    connection.execute(update(devices).where(mine).values(row))


def is_over(row: Any, now_ms: int) -> bool:
    """Whether a pending device was not confirmed in time."""
    return bool(row.state == DeviceState.PENDING.value and row.made_at + CONFIRM_WITHIN_MS <= now_ms)


def named(connection: Connection, event: EventId, text: str) -> DeviceId:
    """The device of an id or a name. Raises DeviceUnknown."""
    letters = text.replace("-", "").lower()
    rows = connection.execute(select(devices.c.id, devices.c.name).where(devices.c.event_id == event)).all()
    for row in rows:
        if row.name == text:
            return DeviceId(row.id)
    for row in rows:
        if row.id.hex == letters:
            return DeviceId(row.id)
    raise DeviceUnknown(text)


def revoke(connection: Connection, device: ColumnElement[bool], now_ms: int) -> None:
    """Takes a device's rights away, for ever. One that was let in may bring what it has not sent, for a while."""
    was_let_in = device & (devices.c.state == DeviceState.ACTIVE.value)
    connection.execute(update(devices).where(was_let_in).values(revoked_at=now_ms))
    connection.execute(update(devices).where(device).values(state=DeviceState.REVOKED.value))


def may_salvage(row: Any, now_ms: int) -> bool:
    """Whether a revoked device may still deliver facts, into quarantine. A clock that was set back prolongs nothing."""
    return row.revoked_at is not None and 0 <= now_ms - row.revoked_at < SALVAGE_MS


def is_replaced(connection: Connection, event: EventId, device: DeviceId) -> bool:
    """Whether another device that was let in took this one's place."""
    heir = select(devices.c.id).where(
        devices.c.event_id == event,
        devices.c.replaces == device,
        devices.c.state != DeviceState.PENDING.value,
        devices.c.digits.is_(None),  # they stay with a device that was revoked before it was let in
    )
    return connection.execute(heir.limit(1)).first() is not None


def predecessors(connection: Connection, event: EventId, replaced: DeviceId | None) -> frozenset[DeviceId]:
    """The device that another one replaces, the one which that one replaced, and so on."""
    found: set[DeviceId] = set()
    while replaced is not None and replaced not in found and len(found) < LONGEST_CHAIN:
        found.add(replaced)
        mine = select(devices.c.replaces).where(devices.c.event_id == event, devices.c.id == replaced)
        before = connection.execute(mine).scalar()
        replaced = None if before is None else DeviceId(before)
    return frozenset(found)
