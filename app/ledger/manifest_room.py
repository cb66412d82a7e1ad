"""What an event's manifest has room for: a kiosk refuses one that is too large, or that it can't read.

Owns the bounds and both moments when they are held: before a key or a device comes, so that the organizer hears it, and
before the whole is signed, so that no kiosk is sent what all of them would refuse.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Select, func, select

from app.errors import AppError
from app.ledger.device_rows import DeviceState
from app.ledger.schema import NO_EVENT, adapter_keys, devices, events, key_ids, keys, operators
from core.gate.operators import OPERATOR_BYTES
from core.model.ids import EventId
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.adoption import MAX_MANIFEST_BYTES, Objection, objection_to_manifest
from core.sync.messages import MAX_SEALED_TEXT, Manifest
from core.ticket import seal
from core.ticket.keyring import SECRETS_OF, KeyUse, VerifyProfile

MOST_KEYS, MOST_DEVICES = 10_000, 2_000
"""What a manifest names at most."""
_FRAME_BYTES = 32 * 1024
"""All lists with all their differences, and the manifest's own fields."""
_KEY_BYTES = 240
_DEVICE_BYTES = 512
_NAME_BYTES = 64 * 4
"""A name of 64 characters in UTF-8."""
_BOX_BYTES, _BOX_KEY_BYTES = 384, 2 * 96
"""The JSON of a device's secrets: without a key, and with the MAC and the rotating key of each."""
_SEALING_BYTES = seal.KEY_BYTES + seal.NONCE_BYTES + seal.TAG_BYTES
_NO_CLOCK = Moment(Millis(0), 0, ClockQuality.SUSPECT, "")

_MANIFEST = TypeAdapter(Manifest)


class ManifestFull(AppError):
    """The event has as many keys and kiosks as one manifest can name."""

    def __init__(self, keys: int, devices: int) -> None:
        super().__init__("manifest_full", keys=keys, devices=devices)


class ManifestUnfit(AppError):
    """A manifest that every kiosk would refuse; it was not signed. `cause` is their objection."""

    def __init__(self, objection: Objection) -> None:
        super().__init__("manifest_unfit", cause=objection.value)


def check_manifest(body: bytes, event: EventId) -> None:
    """Passes a manifest that a kiosk would take, apart from its version and its lease. Raises ManifestUnfit."""
    if len(body) > MAX_MANIFEST_BYTES:
        raise ManifestUnfit(Objection.TOO_LARGE)
    try:
        manifest = _MANIFEST.validate_json(body)
    except ValidationError as err:
        raise ManifestUnfit(Objection.UNREADABLE) from err
    objection = objection_to_manifest(manifest, b"", event=event, held=None, now=_NO_CLOCK)
    if objection is not None:
        raise ManifestUnfit(objection)


def check_room(connection: Connection, event: EventId, more_devices: int = 0) -> None:
    """Passes an event whose manifest stays within its bounds, with some more devices; an estimate from above.

    Devices that wait for their digits count as those that work. Raises ManifestFull.
    """
    own = _count(connection, select(func.count()).select_from(keys).where(keys.c.event_id == event))
    mine = select(devices.c.state, devices.c.profile).where(devices.c.event_id == event)
    rows = connection.execute(mine).all()
    living = [VerifyProfile(row.profile) for row in rows if row.state != DeviceState.REVOKED.value]
    living += [VerifyProfile.MAC] * more_devices
    boxes = {profile: _box(connection, event, profile, own) for profile in set(living)}
    named = min(len(rows) + more_devices, MOST_DEVICES)
    size = _FRAME_BYTES + _policy(connection, event) + _keys(connection, own)
    size += named * (_DEVICE_BYTES + 2 * _NAME_BYTES) + sum(boxes[profile] for profile in living)
    is_full = size > MAX_MANIFEST_BYTES or len(living) > MOST_DEVICES or _largest(boxes.values()) > MAX_SEALED_TEXT
    if is_full:
        raise ManifestFull(own, len(living))


def _box(connection: Connection, event: EventId, profile: VerifyProfile, own: int) -> int:
    """The characters of base64 that a device's sealed secrets take."""
    staff = select(func.count()).select_from(operators).where(operators.c.event_id == event, operators.c.is_active)
    plain = _BOX_BYTES + _SEALING_BYTES + _count(connection, staff) * OPERATOR_BYTES
    if KeyUse.MAC in SECRETS_OF[profile]:
        mine = select(adapter_keys.c.name, adapter_keys.c.secret).where(adapter_keys.c.event_id == event)
        plain += own * _BOX_KEY_BYTES
        plain += sum(_NAME_BYTES + 2 * len(row.secret) for row in connection.execute(mine))
    return -(-plain // 3) * 4


def _policy(connection: Connection, event: EventId) -> int:
    policy = connection.execute(select(events.c.policy).where(events.c.event_id == event)).scalar()
    return len((policy or "").encode())


def _keys(connection: Connection, own: int) -> int:
    every = select(func.count()).select_from(key_ids).where(key_ids.c.event_id == NO_EVENT)
    return min(max(own, _count(connection, every)), MOST_KEYS) * _KEY_BYTES


def _largest(sizes: Iterable[int]) -> int:
    return max(sizes, default=0)


def _count(connection: Connection, wanted: Select[Any]) -> int:
    return int(connection.execute(wanted).scalar_one())
