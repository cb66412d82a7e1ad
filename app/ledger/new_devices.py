"""A device comes into being: its name, its secret, its row.

Owns what every new kiosk has in common, however it comes. Secrets are kept as SHA-256 alone: they are random, so that
no slow hash is needed.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from app.errors import AppError
from app.ledger.device_rows import CONFIRM_WITHIN_MS, DeviceState
from app.ledger.manifest_room import check_room
from app.ledger.redemptions import EventUnknown, event_from
from app.ledger.schema import devices, events
from core.model.ids import DeviceId, EventId, GateId
from core.sync.messages import MAX_NAME, EnrolReply
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_GROUP = 4


class GateUnknown(AppError):
    """The event has no such gate."""

    def __init__(self, gate: str, known: str) -> None:
        super().__init__("gate_unknown", gate=gate, known=known)


class DeviceNameWrong(AppError):
    """A kiosk's name is empty, too long, or holds what no screen shows."""

    def __init__(self) -> None:
        super().__init__("device_name_wrong", most=MAX_NAME)


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


def add_device(connection: Connection, new: NewDevice, root_public: bytes, now_ms: int) -> EnrolReply:
    """Stores a new device with a secret of its own, under a name that nobody has.

    One that is to take the place of another under that one's name waits under a name of its own; it gets the name when
    it is let in (`inherit_name`), and is told it now.

    A device that was never confirmed in time makes room: it can have said nothing. Raises ManifestFull.
    """
    one_at_a_time = select(events.c.policy).where(events.c.event_id == new.event).with_for_update()
    policy = connection.execute(one_at_a_time).scalar_one()
    of_event = devices.c.event_id == new.event
    never_confirmed = (devices.c.state == DeviceState.PENDING.value) & (devices.c.made_at <= now_ms - CONFIRM_WITHIN_MS)
    connection.execute(delete(devices).where(of_event, never_confirmed))
    taken = set(connection.execute(select(devices.c.name).where(of_event)).scalars())
    heir_of = None
    if new.replaces is not None:
        replaced = select(devices.c.name).where(of_event, devices.c.id == new.replaces, devices.c.name == new.name)
        heir_of = connection.execute(replaced).scalar()
    name = free_name(new.name if heir_of is None else f"{heir_of[:_STEM]}{_HEIR}", taken)
    device, secret = DeviceId(new_id()), new_secret()
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
    check_room(connection, new.event)
    return EnrolReply(
        device=device.hex,
        secret=secret,
        event=new.event.hex,
        event_name=event_from(policy).name,
        name=heir_of or name,
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


def check_name(name: str) -> None:
    """Passes what a manifest can name a kiosk. Raises DeviceNameWrong."""
    if not (1 <= len(name) <= MAX_NAME and name.isprintable()):
        raise DeviceNameWrong


def new_id() -> UUID:
    """A random id (UUIDv4)."""
    return UUID(bytes=secrets.token_bytes(16), version=4)


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


def inherit_name(connection: Connection, event: EventId, heir: DeviceId, replaced: DeviceId) -> None:
    """Gives a device that was let in the name of the one that it replaces, where it was to have that name."""
    of_event = devices.c.event_id == event
    names = {row.id: row.name for row in connection.execute(select(devices.c.id, devices.c.name).where(of_event))}
    name = names.get(replaced, "")
    if replaced not in names or not names[heir].startswith(f"{name[:_STEM]}{_HEIR}"):
        return
    gone = free_name(f"{name[:_STEM]}{_REPLACED}", set(names.values()))
    connection.execute(update(devices).where(of_event, devices.c.id == replaced).values(name=gone))
    connection.execute(update(devices).where(of_event, devices.c.id == heir).values(name=name))


_HEIR, _REPLACED = " (new)", " (replaced)"
_STEM = MAX_NAME - len(_REPLACED)


def free_name(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number that nobody has: a verdict names the door by it."""
    number, free = 1, name
    while free in taken:
        number += 1
        tail = f" {number}"
        free = name[: MAX_NAME - len(tail)] + tail
    return free
