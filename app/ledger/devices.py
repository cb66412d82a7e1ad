"""Kiosks as the server knows them: one-time codes, credentials, and who is calling.

Owns enrolment and authentication. Secrets are kept as SHA-256 alone: they are random, so that no slow hash is needed.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger.engine import Database
from app.ledger.redemptions import EventUnknown, event_from
from app.ledger.schema import NO_EVENT, devices, enrol_codes, events
from core.model.ids import DeviceId, EventId, GateId
from core.sync.messages import PROTOCOL, EnrolReply
from core.ticket.seal import are_equal, sha256

CODE_LIFE_MS = 15 * 60 * 1000
MOST_TRIES = 5
TRUST_MS = 1_000
"""How long a proven credential is taken at its word: a revoked device is refused within a second."""
SEEN_EVERY_MS = 30_000
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_GROUP = 4
_SECRET_GROUPS = 4  # 16 of 32 letters: 80 bits
_LOOKALIKES = str.maketrans("018", "OIB", " -")


class DeviceState(StrEnum):
    """Whether a device may call."""

    ACTIVE = "active"
    REVOKED = "revoked"


class CodeWrong(AppError):
    """No such one-time code."""

    def __init__(self) -> None:
        super().__init__("enrol_code_wrong")


class CodeUsed(AppError):
    """The code has made its kiosk already."""

    def __init__(self) -> None:
        super().__init__("enrol_code_used")


class CodeExpired(AppError):
    """The code's quarter of an hour, or its five tries, are over."""

    def __init__(self) -> None:
        super().__init__("enrol_code_expired")


class ProtocolUnsupported(AppError):
    """The kiosk speaks another protocol."""

    def __init__(self) -> None:
        super().__init__("protocol_unsupported", spoken=PROTOCOL)


class GateUnknown(AppError):
    """The event has no such gate."""

    def __init__(self, gate: str, known: str) -> None:
        super().__init__("gate_unknown", gate=gate, known=known)


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


class DeviceUnknown(AppError):
    """The event has no such device."""

    def __init__(self, device: str) -> None:
        super().__init__("device_unknown", device=device)


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """What makes a computer a kiosk: readable groups, and until when (unix milliseconds)."""

    code: str = field(repr=False)
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class _Proven:
    secret_sha256: bytes
    until_ms: int


class Devices:
    """The devices of all events in one database. Safe between threads."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._proven: dict[tuple[EventId, DeviceId], _Proven] = {}

    # --- enrolment ------------------------------------------------------------------------------------------------

    def code(self, event: EventId, gate: GateId, name: str) -> OneTimeCode:
        """A new one-time code for a kiosk of a gate. Raises EventUnknown, GateUnknown."""
        handle, secret = _letters(_GROUP), _letters(_GROUP * _SECRET_GROUPS)
        expires_at = self._now_ms() + CODE_LIFE_MS

        def keep(connection: Connection) -> None:
            _check_gate(connection, event, gate)
            row = {
                "event_id": NO_EVENT,
                "handle": handle,
                "secret_sha256": _hash(secret),
                "of_event": event,
                "name": name,
                "gate": gate,
                "expires_at": expires_at,
                "tries": 0,
            }
            connection.execute(insert(enrol_codes), row)

        try:
            self._database.transact(keep)
        except IntegrityError:  # one handle in a million is taken
            return self.code(event, gate, name)
        return OneTimeCode(_grouped(handle + secret), expires_at)

    def enrol(self, code: str, protocol: str) -> EnrolReply:
        """Trades a one-time code for a device. Raises ProtocolUnsupported, CodeWrong, CodeUsed, CodeExpired."""
        if protocol != PROTOCOL:
            raise ProtocolUnsupported
        letters = code.upper().translate(_LOOKALIKES)
        outcome = self._database.transact(lambda connection: self._trade(connection, letters))
        if isinstance(outcome, AppError):  # returned, not raised: the try that it counts is committed
            raise outcome
        return outcome

    def _trade(self, connection: Connection, letters: str) -> EnrolReply | AppError:
        handle, secret = letters[:_GROUP], letters[_GROUP:]
        mine = (enrol_codes.c.event_id == NO_EVENT) & (enrol_codes.c.handle == handle)
        row = connection.execute(select(enrol_codes).where(mine).with_for_update()).one_or_none()
        if row is None:
            return CodeWrong()
        if row.tries >= MOST_TRIES:
            return CodeExpired()
        if not are_equal(row.secret_sha256, _hash(secret)):
            connection.execute(update(enrol_codes).where(mine).values(tries=row.tries + 1))
            return CodeWrong()
        if row.used_at is not None:
            return CodeUsed()
        if row.expires_at <= self._now_ms():
            return CodeExpired()
        connection.execute(update(enrol_codes).where(mine).values(used_at=self._now_ms()))
        return self._add(connection, EventId(row.of_event), row.name, row.gate)

    def _add(self, connection: Connection, event: EventId, name: str, gate: str) -> EnrolReply:
        one_at_a_time = select(events.c.policy).where(events.c.event_id == event).with_for_update()
        policy = connection.execute(one_at_a_time).scalar_one()
        taken = connection.execute(select(devices.c.name).where(devices.c.event_id == event)).scalars()
        free_name = _free(name, set(taken))
        device, secret = DeviceId(UUID(bytes=secrets.token_bytes(16), version=4)), secrets.token_urlsafe(32)
        row = {
            "event_id": event,
            "id": device,
            "name": free_name,
            "gate": gate,
            "secret_sha256": _hash(secret),
            "state": DeviceState.ACTIVE.value,
            "incarnation": 1,
            "made_at": self._now_ms(),
        }
        connection.execute(insert(devices), row)
        return EnrolReply(device.hex, secret, event.hex, event_from(policy).name, free_name, gate, 1)

    # --- calls ----------------------------------------------------------------------------------------------------

    def authenticate(self, event: EventId, device: DeviceId, secret: str) -> None:
        """Passes a device of this event. Raises CredentialsWrong, DeviceRevoked, NotAuthorised (another event's)."""
        if self.is_proven(event, device, secret):
            return
        told, now = _hash(secret), self._now_ms()
        self._prove(event, device, told, now)
        with self._lock:
            self._proven = {key: value for key, value in self._proven.items() if value.until_ms > now}
            self._proven[event, device] = _Proven(told, now + TRUST_MS)

    def is_proven(self, event: EventId, device: DeviceId, secret: str) -> bool:
        """Whether this credential passed within the last second; asks no database."""
        proven = self._proven.get((event, device))
        if proven is None or self._now_ms() >= proven.until_ms:
            return False
        return are_equal(proven.secret_sha256, _hash(secret))

    def _prove(self, event: EventId, device: DeviceId, told: bytes, now: int) -> None:
        columns = (devices.c.secret_sha256, devices.c.state, devices.c.last_seen)
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        with self._database.reading() as connection:
            row = connection.execute(select(*columns).where(mine)).one_or_none()
            if row is None:
                elsewhere = select(*columns).where(devices.c.event_id != event, devices.c.id == device)
                row = connection.execute(elsewhere).first()
                if row is not None and are_equal(row.secret_sha256, told):
                    raise NotAuthorised
        if row is None or not are_equal(row.secret_sha256, told):
            raise CredentialsWrong
        if row.state != DeviceState.ACTIVE.value:
            raise DeviceRevoked
        if row.last_seen is None or now - row.last_seen >= SEEN_EVERY_MS:
            with self._database.writing() as connection:
                connection.execute(update(devices).where(mine).values(last_seen=now))

    def revoke(self, event: EventId, device: DeviceId) -> None:
        """Takes a device's rights away. Raises DeviceUnknown."""
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        with self._database.writing() as connection:
            changed = connection.execute(update(devices).where(mine).values(state=DeviceState.REVOKED.value))
            if changed.rowcount == 0:
                raise DeviceUnknown(device.hex)
        with self._lock:
            self._proven.pop((event, device), None)


def _check_gate(connection: Connection, event: EventId, gate: GateId) -> None:
    policy = connection.execute(select(events.c.policy).where(events.c.event_id == event)).scalar()
    if policy is None:
        raise EventUnknown(event)
    gates = event_from(policy).gates
    if gate not in gates:
        raise GateUnknown(gate, ", ".join(sorted(gates)))


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def _free(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number that nobody has: a verdict names the door by it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def _hash(secret: str) -> bytes:
    return sha256(secret.encode())
