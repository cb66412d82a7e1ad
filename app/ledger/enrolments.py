"""How a computer becomes a kiosk: one-time codes, and what they are traded for.

Owns the codes. A kiosk proves its code and never sends it: what the server keeps of it is the key of that proof. What
they make is a pending device, which is worth nothing before its digits are compared (`confirmations`).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger import audit
from app.ledger.device_rows import DeviceState, DeviceUnknown
from app.ledger.engine import Database
from app.ledger.manifest_room import check_room
from app.ledger.new_devices import NewDevice, add_device, check_gate, check_name, grouped, random_letters
from app.ledger.schema import NO_EVENT, devices, enrol_codes
from core.journal.audit import Deed
from core.model.ids import DeviceId, EventId, GateId
from core.sync.enrolment import code_key, enrol_bytes, enrolled_bytes, is_proven, letters_of, six_digits
from core.sync.messages import EnrolReply, EnrolRequest
from core.sync.protocols import PROTOCOL, Fit, fit_of
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

CODE_LIFE_MS = 15 * 60 * 1000
MOST_TRIES = 5
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
    """Kiosk and server speak different protocols: the older of the two has to be updated."""

    def __init__(self, fit: Fit) -> None:
        super().__init__(fit.value, spoken=PROTOCOL)


def check_protocol(spoken: str) -> None:
    """Raises ProtocolUnsupported where this server does not speak a kiosk's protocol."""
    fit = fit_of(spoken)
    if fit is not Fit.SPOKEN:
        raise ProtocolUnsupported(fit)


class DeviceKeyWrong(AppError):
    """A kiosk's public key is none: not 32 bytes of hex, or a point that protects nothing."""

    def __init__(self, which: str) -> None:
        super().__init__("device_key_wrong", which=which)


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """What makes a computer a kiosk: readable groups, and until when (unix milliseconds)."""

    code: str = field(repr=False)
    expires_at_ms: int


class Enrolments:
    """The one-time codes of all events. Safe between threads."""

    def __init__(self, database: Database, root_public: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._root_public = root_public
        self._now_ms = now_ms

    def code(
        self, event: EventId, gate: GateId, name: str, profile: VerifyProfile, replaces: DeviceId | None
    ) -> OneTimeCode:
        """A new one-time code for a kiosk of a gate.

        Raises EventUnknown, GateUnknown, DeviceNameWrong, DeviceUnknown (`replaces`), ManifestFull.
        """
        check_name(name)
        letters = random_letters(_GROUP + _GROUP * _SECRET_GROUPS)
        handle, key = code_key(letters)
        expires_at = self._now_ms() + CODE_LIFE_MS

        def keep(connection: Connection) -> None:
            check_gate(connection, event, gate)
            check_room(connection, event, more_devices=1)
            if replaces is not None:
                _check_replaced(connection, event, replaces)
            row = {
                "event_id": NO_EVENT,
                "handle": handle,
                "secret_sha256": key,
                "of_event": event,
                "name": name,
                "gate": gate,
                "expires_at": expires_at,
                "tries": 0,
                "profile": profile.value,
                "replaces": replaces,
            }
            connection.execute(insert(enrol_codes), row)
            audit.note(connection, Deed.DEVICE_CODE_MADE, event, handle, now_ms=self._now_ms(), name=name, gate=gate)

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
            & (enrol_codes.c.handle == code_key(code)[0])
        )
        with self._database.writing() as connection:
            row = connection.execute(select(enrol_codes).where(mine).with_for_update()).one_or_none()
            if row is None:
                raise CodeWrong
            if row.used_at is not None:
                raise CodeUsed
            connection.execute(update(enrol_codes).where(mine).values(withdrawn_at=self._now_ms()))
            audit.note(connection, Deed.DEVICE_CODE_WITHDRAWN, event, row.handle, now_ms=self._now_ms())

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trades a one-time code for a pending device.

        1. the protocol; the code stays good
        2. the kiosk's public keys; the code stays good
        3. the code: proofs by another one, or about other keys, are counted

        Raises ProtocolUnsupported, DeviceKeyWrong, CodeWrong, CodeUsed, CodeWithdrawn, CodeExpired, ManifestFull.
        """
        check_protocol(request.protocol)  # (1)
        keys = _sealing_key(request.sealing_key), _signing_key(request.signing_key)  # (2)
        handle, proof = letters_of(request.handle), request.proof
        outcome = self._database.transact(lambda connection: self._trade(connection, handle, proof, *keys))  # (3)
        if isinstance(outcome, AppError):  # returned, not raised: the try that it counts is committed
            raise outcome
        return outcome

    def _trade(
        self, connection: Connection, handle: str, proof: str, sealing: bytes, signing: bytes
    ) -> EnrolReply | AppError:
        mine = (enrol_codes.c.event_id == NO_EVENT) & (enrol_codes.c.handle == handle)
        row = connection.execute(select(enrol_codes).where(mine).with_for_update()).one_or_none()
        flaw = self._flaw(row, enrol_bytes(handle, sealing, signing), proof)
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
            digits=six_digits(handle, row.secret_sha256, self._root_public, sealing, signing),
            replaces=None if row.replaces is None else DeviceId(row.replaces),
        )
        reply = add_device(connection, new, self._root_public, self._now_ms())
        about = enrolled_bytes(self._root_public, DeviceId(UUID(reply.device)), sealing, signing)
        return replace(reply, proof=seal.hmac(row.secret_sha256, about).hex())

    def _flaw(self, row: "Row[tuple[object, ...]] | None", about: bytes, proof: str) -> AppError | None:
        """What is wrong with a code. Only its holder learns more than that it is wrong, or that its tries are over."""
        if row is None:
            return CodeWrong()
        if row.tries >= MOST_TRIES:
            return CodeExpired()
        if not is_proven(row.secret_sha256, about, proof):
            return CodeWrong()
        if row.used_at is not None:
            return CodeUsed()
        if row.withdrawn_at is not None:
            return CodeWithdrawn()
        return CodeExpired() if row.expires_at <= self._now_ms() else None


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
    key = _octets(text, "signing_key")
    if seal.is_weak_ed25519(key):  # everybody could sign for it: queues in its name would prove nothing
        raise DeviceKeyWrong("signing_key")
    return key


def _octets(text: str, which: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError as err:
        raise DeviceKeyWrong(which) from err
    if len(key) != seal.KEY_BYTES:
        raise DeviceKeyWrong(which)
    return key
