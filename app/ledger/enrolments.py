"""How a computer becomes a kiosk: one-time codes, six digits to compare, the organizer's confirmation.

Owns the codes and the way of a device from pending to active. Secrets are kept as SHA-256 alone: they are random, so
that no slow hash is needed. A device is worth nothing before somebody has compared the digits on both screens: whoever
sits between kiosk and server has other keys, and so shows other digits.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger.device_rows import CONFIRM_WITHIN_MS, DeviceState, DeviceUnknown, is_over
from app.ledger.engine import Database
from app.ledger.redemptions import EventUnknown, event_from
from app.ledger.schema import NO_EVENT, devices, enrol_codes, events
from core.model.ids import DeviceId, EventId, GateId
from core.sync.enrolment import letters_of, six_digits
from core.sync.messages import PROTOCOL, EnrolReply, EnrolRequest
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

CODE_LIFE_MS = 15 * 60 * 1000
MOST_TRIES = 5
MOST_WRONG_DIGITS = 3
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_GROUP = 4
_SECRET_GROUPS = 4  # 16 of 32 letters: 80 bits


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


class CodeWithdrawn(AppError):
    """The organizer took the code back."""

    def __init__(self) -> None:
        super().__init__("enrol_code_withdrawn")


class ProtocolUnsupported(AppError):
    """Kiosk and server speak different protocols: the older of the two has to be updated.

    Protocols are named by year and month, so that the texts say which is older.
    """

    def __init__(self, spoken: str) -> None:
        super().__init__("server_outdated" if spoken > PROTOCOL else "kiosk_outdated", spoken=PROTOCOL)


class DeviceKeyWrong(AppError):
    """A kiosk's public key is none: not 32 bytes of hex, or a point that nothing can be sealed to."""

    def __init__(self, which: str) -> None:
        super().__init__("device_key_wrong", which=which)


class GateUnknown(AppError):
    """The event has no such gate."""

    def __init__(self, gate: str, known: str) -> None:
        super().__init__("gate_unknown", gate=gate, known=known)


class NotPending(AppError):
    """The device does not wait for its digits to be compared."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__("device_not_pending", name=name, state=state)


class DigitsWrong(AppError):
    """The digits are not the kiosk's; `left` tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__("digits_wrong", left=left)


class DigitsWrongThrice(AppError):
    """The last try was wrong too: the pending device is revoked."""

    def __init__(self) -> None:
        super().__init__("digits_wrong_thrice")


class ConfirmationExpired(AppError):
    """Nobody compared the digits in time."""

    def __init__(self) -> None:
        super().__init__("confirmation_expired")


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """What makes a computer a kiosk: readable groups, and until when (unix milliseconds)."""

    code: str = field(repr=False)
    expires_at_ms: int


class RaiseVersion(Protocol):
    """Says in an open transaction that kiosks should know something new (`EventBook.raise_version`)."""

    def __call__(self, connection: Connection, event: EventId, *stale: str) -> int:
        """The version that will say it."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device about to be stored."""

    event: EventId
    name: str
    gate: GateId
    profile: VerifyProfile
    sealing_key: bytes
    signing_key: bytes
    state: DeviceState
    digits: str | None = None
    replaces: DeviceId | None = None


class Enrolments:
    """The one-time codes and the pending devices of all events. Safe between threads."""

    def __init__(
        self, database: Database, root_public: bytes, raise_version: RaiseVersion, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._root_public = root_public
        self._raise_version = raise_version
        self._now_ms = now_ms

    def code(
        self, event: EventId, gate: GateId, name: str, profile: VerifyProfile, replaces: DeviceId | None
    ) -> OneTimeCode:
        """A new one-time code for a kiosk of a gate. Raises EventUnknown, GateUnknown, DeviceUnknown (`replaces`)."""
        letters = random_letters(_GROUP + _GROUP * _SECRET_GROUPS)
        expires_at = self._now_ms() + CODE_LIFE_MS

        def keep(connection: Connection) -> None:
            check_gate(connection, event, gate)
            if replaces is not None:
                _check_replaced(connection, event, replaces)
            row = {
                "event_id": NO_EVENT,
                "handle": letters[:_GROUP],
                "secret_sha256": hashed(letters[_GROUP:]),
                "of_event": event,
                "name": name,
                "gate": gate,
                "expires_at": expires_at,
                "tries": 0,
                "profile": profile.value,
                "replaces": replaces,
            }
            connection.execute(insert(enrol_codes), row)

        try:
            self._database.transact(keep)
        except IntegrityError:  # one handle in a million is taken
            return self.code(event, gate, name, profile, replaces)
        return OneTimeCode(grouped(letters), expires_at)

    def withdraw(self, event: EventId, code: str) -> None:
        """Takes a code back that no kiosk has used yet; its first group is enough. Raises CodeWrong, CodeUsed."""
        mine = (
            (enrol_codes.c.event_id == NO_EVENT)
            & (enrol_codes.c.of_event == event)
            & (enrol_codes.c.handle == letters_of(code)[:_GROUP])
        )
        with self._database.writing() as connection:
            row = connection.execute(select(enrol_codes).where(mine).with_for_update()).one_or_none()
            if row is None:
                raise CodeWrong
            if row.used_at is not None:
                raise CodeUsed
            connection.execute(update(enrol_codes).where(mine).values(withdrawn_at=self._now_ms()))

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trades a one-time code for a pending device.

        1. the protocol; the code stays good
        2. the kiosk's public keys; the code stays good
        3. the code: wrong ones are counted

        Raises ProtocolUnsupported, DeviceKeyWrong, CodeWrong, CodeUsed, CodeWithdrawn, CodeExpired.
        """
        if request.protocol != PROTOCOL:  # (1)
            raise ProtocolUnsupported(request.protocol)
        keys = _sealing_key(request.sealing_key), _signing_key(request.signing_key)  # (2)
        letters = letters_of(request.code)
        outcome = self._database.transact(lambda connection: self._trade(connection, letters, *keys))  # (3)
        if isinstance(outcome, AppError):  # returned, not raised: the try that it counts is committed
            raise outcome
        return outcome

    def _trade(self, connection: Connection, letters: str, sealing: bytes, signing: bytes) -> EnrolReply | AppError:
        handle, secret = letters[:_GROUP], letters[_GROUP:]
        mine = (enrol_codes.c.event_id == NO_EVENT) & (enrol_codes.c.handle == handle)
        row = connection.execute(select(enrol_codes).where(mine).with_for_update()).one_or_none()
        flaw = self._flaw(row, secret)
        if row is None or flaw is not None:
            if row is not None and isinstance(flaw, CodeWrong):
                connection.execute(update(enrol_codes).where(mine).values(tries=row.tries + 1))
            return flaw or CodeWrong()
        connection.execute(update(enrol_codes).where(mine).values(used_at=self._now_ms()))
        new = NewDevice(
            event=EventId(row.of_event),
            name=row.name,
            gate=GateId(row.gate),
            profile=VerifyProfile(row.profile),
            sealing_key=sealing,
            signing_key=signing,
            state=DeviceState.PENDING,
            digits=six_digits(letters, self._root_public, sealing, signing),
            replaces=None if row.replaces is None else DeviceId(row.replaces),
        )
        return add_device(connection, new, self._root_public, self._now_ms())

    def _flaw(self, row: "Row[tuple[object, ...]] | None", secret: str) -> AppError | None:
        """What is wrong with a code. Only its holder learns more than that it is wrong, or that its tries are over."""
        if row is None:
            return CodeWrong()
        if row.tries >= MOST_TRIES:
            return CodeExpired()
        if not seal.are_equal(row.secret_sha256, hashed(secret)):
            return CodeWrong()
        if row.used_at is not None:
            return CodeUsed()
        if row.withdrawn_at is not None:
            return CodeWithdrawn()
        return CodeExpired() if row.expires_at <= self._now_ms() else None

    def confirm(self, event: EventId, device: DeviceId, digits: str) -> DeviceId | None:
        """Makes a pending device active; the device that it replaces, which is revoked with it.

        Blanks in `digits` do not count. Raises DeviceUnknown, NotPending, ConfirmationExpired, DigitsWrong,
        DigitsWrongThrice.
        """
        told = "".join(digits.split())
        outcome = self._database.transact(lambda connection: self._compare(connection, event, device, told))
        if isinstance(outcome, AppError):  # returned, not raised: the try that it counts is committed
            raise outcome
        return outcome

    def _compare(
        self, connection: Connection, event: EventId, device: DeviceId, told: str
    ) -> DeviceId | AppError | None:
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        row = connection.execute(select(devices).where(mine).with_for_update()).one_or_none()
        if row is None:
            return DeviceUnknown(device.hex)
        if row.state != DeviceState.PENDING.value:
            return NotPending(row.name, row.state)
        if is_over(row, self._now_ms()):
            return ConfirmationExpired()
        if not seal.are_equal("".join(row.digits.split()).encode(), told.encode()):
            is_last = row.tries + 1 >= MOST_WRONG_DIGITS
            state = DeviceState.REVOKED if is_last else DeviceState.PENDING
            connection.execute(update(devices).where(mine).values(tries=row.tries + 1, state=state.value))
            return DigitsWrongThrice() if is_last else DigitsWrong(MOST_WRONG_DIGITS - row.tries - 1)
        connection.execute(update(devices).where(mine).values(state=DeviceState.ACTIVE.value, digits=None))
        if row.replaces is not None:
            replaced = (devices.c.event_id == event) & (devices.c.id == row.replaces)
            connection.execute(update(devices).where(replaced).values(state=DeviceState.REVOKED.value))
        self._raise_version(connection, event, *stale_with(VerifyProfile(row.profile)))
        return None if row.replaces is None else DeviceId(row.replaces)


def stale_with(profile: VerifyProfile) -> Iterable[str]:
    """The lists that a new kiosk of a profile changes: one that knows tickets by their digests needs all of them."""
    return ("allow",) if profile is VerifyProfile.LIST else ()


def add_device(connection: Connection, new: NewDevice, root_public: bytes, now_ms: int) -> EnrolReply:
    """Stores a new device with a secret of its own, under a name that nobody has.

    A device that was never confirmed in time makes room: it can have said nothing.
    """
    one_at_a_time = select(events.c.policy).where(events.c.event_id == new.event).with_for_update()
    policy = connection.execute(one_at_a_time).scalar_one()
    of_event = devices.c.event_id == new.event
    never_confirmed = (devices.c.state == DeviceState.PENDING.value) & (devices.c.made_at <= now_ms - CONFIRM_WITHIN_MS)
    connection.execute(delete(devices).where(of_event, never_confirmed))
    taken = connection.execute(select(devices.c.name).where(of_event)).scalars()
    name = _free(new.name, set(taken))
    device, secret = DeviceId(UUID(bytes=secrets.token_bytes(16), version=4)), new_secret()
    row = {
        "event_id": new.event,
        "id": device,
        "name": name,
        "gate": new.gate,
        "secret_sha256": hashed(secret),
        "state": new.state.value,
        "incarnation": 1,
        "made_at": now_ms,
        "profile": new.profile.value,
        "sealing_key": new.sealing_key,
        "signing_key": new.signing_key,
        "digits": new.digits,
        "tries": 0,
        "replaces": new.replaces,
    }
    connection.execute(insert(devices), row)
    return EnrolReply(
        device=device.hex,
        secret=secret,
        event=new.event.hex,
        event_name=event_from(policy).name,
        name=name,
        gate=new.gate,
        incarnation=1,
        root_key=root_public.hex(),
        profile=new.profile.value,
    )


def check_gate(connection: Connection, event: EventId, gate: GateId) -> None:
    """Passes a gate of the event. Raises EventUnknown, GateUnknown."""
    policy = connection.execute(select(events.c.policy).where(events.c.event_id == event)).scalar()
    if policy is None:
        raise EventUnknown(event)
    gates = event_from(policy).gates
    if gate not in gates:
        raise GateUnknown(gate, ", ".join(sorted(gates)))


def new_secret() -> str:
    """A credential's secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """What the database keeps of a random secret."""
    return seal.sha256(secret.encode())


def random_letters(count: int) -> str:
    """Random letters that people can read aloud: 5 bits each (RFC 4648, section 6)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def grouped(letters: str) -> str:
    """Letters in groups of four."""
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def _check_replaced(connection: Connection, event: EventId, device: DeviceId) -> None:
    mine = (devices.c.event_id == event) & (devices.c.id == device)
    row = connection.execute(select(devices.c.state).where(mine)).one_or_none()
    if row is None or row.state == DeviceState.PENDING.value:
        raise DeviceUnknown(device.hex)


def _sealing_key(text: str) -> bytes:
    key = _octets(text, "sealing_key")
    try:
        seal.seal_to(key, b"", ephemeral=secrets.token_bytes(seal.KEY_BYTES), about=b"")
    except ValueError as err:  # of small order: everybody could open what is sealed to it (RFC 7748, section 6.1)
        raise DeviceKeyWrong("sealing_key") from err
    return key


def _signing_key(text: str) -> bytes:
    return _octets(text, "signing_key")


def _octets(text: str, which: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError as err:
        raise DeviceKeyWrong(which) from err
    if len(key) != seal.KEY_BYTES:
        raise DeviceKeyWrong(which)
    return key


def _free(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number that nobody has: a verdict names the door by it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free
