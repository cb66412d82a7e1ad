"""Who is calling: credentials, what they open, and what a device tells of its clock as it calls.

Owns authentication and the rotation of secrets. A proven credential is taken at its word for a second, so that a busy
door costs no query per guest.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from app.errors import AppError
from app.ledger.device_incidents import open_incident, withdraw_incident
from app.ledger.device_rows import (
    ConfirmationExpired,
    DeviceState,
    DeviceSummary,
    is_over,
    may_salvage,
    predecessors,
    summary_of,
)
from app.ledger.engine import Database
from app.ledger.new_devices import hashed, new_secret
from app.ledger.rows import Doubt
from app.ledger.schema import devices
from core.model.ids import DeviceId, EventId
from core.model.moments import ClockQuality
from core.model.timekeeping import DRIFT_MS
from core.redeem.fold import IncidentKind
from core.ticket.seal import are_equal

TRUST_MS = 1_000
"""How long a proven credential is taken at its word: a revoked device is refused within a second."""
SEEN_EVERY_MS = 30_000
"""How often a device's sign of life and its clock are written down."""
_MINE = (devices.c.event_id == bindparam("b_event")) & (devices.c.id == bindparam("b_device"))
_OF_DEVICE = select(devices).where(_MINE)
"""Made once: every caller who is not known for a second is looked up by it."""


class CredentialsWrong(AppError):
    """Whoever calls is nobody that the server knows."""

    def __init__(self) -> None:
        super().__init__("credentials_wrong")


class DeviceRevoked(AppError):
    """The organizer took this device's rights away."""

    def __init__(self) -> None:
        super().__init__("device_revoked")


class NotAuthorised(AppError):
    """A known caller without rights here."""

    def __init__(self) -> None:
        super().__init__("not_authorised")


class NotConfirmed(AppError):
    """Nobody has compared this device's six digits yet."""

    def __init__(self) -> None:
        super().__init__("not_confirmed")


@dataclass(frozen=True, slots=True)
class ToldClock:
    """What a device says of its own clock as it asks: unix milliseconds, their uncertainty, how it knows them."""

    at_ms: int
    uncertainty_ms: int
    quality: ClockQuality


@dataclass(frozen=True, slots=True)
class Calling:
    """A proven device, the devices that it replaced and whose facts it may deliver, and its Ed25519 public key.

    `signing_key` is None for a device that enrolled before kiosks had one. `doubt` puts all that it delivers into
    quarantine: a revoked device may do that alone.
    """

    event: EventId
    device: DeviceId
    predecessors: frozenset[DeviceId] = frozenset()
    signing_key: bytes | None = None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class _Proven:
    secret_sha256: bytes = field(repr=False)
    at_ms: int
    calling: Calling

    def holds_at(self, now_ms: int) -> bool:
        """Within a second of the proof. A server's clock that was set back does not make it last longer."""
        return 0 <= now_ms - self.at_ms < TRUST_MS


class Credentials:
    """The credentials of all devices in one database. Safe between threads."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._proven: dict[tuple[EventId, DeviceId], _Proven] = {}

    def proven(self, event: EventId, device: DeviceId, secret: str) -> Calling | None:
        """The device of a credential that passed within the last second, or None; asks no database."""
        known = self._proven.get((event, device))
        if known is None or not known.holds_at(self._now_ms()):
            return None
        return known.calling if are_equal(known.secret_sha256, hashed(secret)) else None

    def prove(
        self, event: EventId, device: DeviceId, secret: str, clock: ToldClock | None = None, *, salvages: bool = False
    ) -> Calling:
        """Passes an active device of this event; where it `salvages`, one that was revoked in the last 72 h as well.

        Raises CredentialsWrong, NotAuthorised (another event's), NotConfirmed, ConfirmationExpired, DeviceRevoked.
        """
        known = self.proven(event, device, secret)
        if known is not None:
            return known
        now = self._now_ms()
        row = self._row(event, device, secret, salvages=salvages)
        if row.state == DeviceState.PENDING.value:
            raise NotConfirmed
        with self._database.reading() as connection:
            before = predecessors(connection, event, row.replaces) if row.replaces else frozenset()
        if row.state == DeviceState.REVOKED.value:  # never taken at its word: its time runs out
            return Calling(event, device, before, row.signing_key, Doubt.DEVICE_REVOKED)
        calling = Calling(event, device, before, row.signing_key)
        self._note(row, hashed(secret), clock, now)
        with self._lock:
            self._proven = {key: value for key, value in self._proven.items() if value.holds_at(now)}
            self._proven[event, device] = _Proven(hashed(secret), now, calling)
        return calling

    def of(self, event: EventId, device: DeviceId, secret: str) -> DeviceSummary:
        """What a device may know of itself, pending or active. Raises as `prove` does, but for NotConfirmed."""
        return replace(summary_of(self._row(event, device, secret), self._now_ms()), digits=None)

    def next_secret(self, event: EventId, device: DeviceId) -> str:
        """A new secret for a proven device, said once. The old one opens until the new one is used.

        Asking again, because the reply was lost, replaces a new one that was never used.
        """
        secret = new_secret()
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        with self._database.writing() as connection:
            connection.execute(update(devices).where(mine).values(next_secret_sha256=hashed(secret)))
        return secret

    def forget(self, event: EventId, device: DeviceId) -> None:
        """Takes nothing at its word any more that was proven before."""
        with self._lock:
            self._proven.pop((event, device), None)

    def _row(self, event: EventId, device: DeviceId, secret: str, *, salvages: bool = False) -> Any:
        """The row of a device whose secret was told, and which is not revoked or salvages in time."""
        told = hashed(secret)
        with self._database.reading() as connection:
            row = connection.execute(_OF_DEVICE, {"b_event": event, "b_device": device}).one_or_none()
            if row is None:
                elsewhere = select(devices).where(devices.c.event_id != event, devices.c.id == device)
                anywhere = elsewhere.execution_options(spans_events="a caller who is nobody here: seldom")
                stranger = connection.execute(anywhere).first()
                if stranger is not None and _opens(stranger, told):
                    raise NotAuthorised
        if row is None or not _opens(row, told):
            raise CredentialsWrong
        if row.state == DeviceState.REVOKED.value and not (salvages and may_salvage(row, self._now_ms())):
            raise DeviceRevoked
        if is_over(row, self._now_ms()):
            raise ConfirmationExpired
        return row

    def _note(self, row: Any, told: bytes, clock: ToldClock | None, now: int) -> None:
        """Writes down a sign of life, a clock's reading, and that a new secret has come into use."""
        values: dict[str, Any] = {}
        if row.last_seen is None or now - row.last_seen >= SEEN_EVERY_MS:
            values["last_seen"] = now
        if clock is not None and (row.clock_at is None or now - row.clock_at >= SEEN_EVERY_MS):
            values |= {
                "clock_offset_ms": clock.at_ms - now,
                "clock_uncertainty_ms": clock.uncertainty_ms,
                "clock_quality": clock.quality.value,
                "clock_at": now,
            }
        mine = (devices.c.event_id == row.event_id) & (devices.c.id == row.id)
        is_new_secret = row.next_secret_sha256 is not None and are_equal(row.next_secret_sha256, told)
        if not (values or is_new_secret):
            return
        with self._database.writing() as connection:
            if values:
                connection.execute(update(devices).where(mine).values(values))
                self._judge_clock(connection, row, values.get("clock_offset_ms"), now)
            if is_new_secret:
                still_next = mine & (devices.c.next_secret_sha256 == told)
                connection.execute(
                    update(devices).where(still_next).values(secret_sha256=told, next_secret_sha256=None)
                )

    def _judge_clock(self, connection: Connection, row: Any, offset_ms: int | None, now: int) -> None:
        """Opens the incident of a clock that drifted, and withdraws it when the clock is right again."""
        if offset_ms is None:
            return
        event, device = EventId(row.event_id), DeviceId(row.id)
        if is_adrift(offset_ms):
            evidence = json.dumps({"offset_ms": offset_ms})
            open_incident(connection, self._database.profile, event, device, IncidentKind.CLOCK_DRIFT, evidence, now)
        elif row.clock_offset_ms is None or is_adrift(row.clock_offset_ms):
            withdraw_incident(connection, event, device, IncidentKind.CLOCK_DRIFT, now)


def is_adrift(offset_ms: int) -> bool:
    """Whether a device's clock is too far from the server's, ahead or behind."""
    return abs(offset_ms) > DRIFT_MS


def _opens(row: Any, told: bytes) -> bool:
    """Whether a hashed secret is the device's, or the next one that was promised to it."""
    is_own = are_equal(row.secret_sha256, told)
    is_next = row.next_secret_sha256 is not None and are_equal(row.next_secret_sha256, told)
    return is_own or is_next
