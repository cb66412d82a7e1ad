"""A manifest before it is signed: what the tables say of an event, and the secrets that each device is told.

Owns which secrets of an event go to whom, sealed to each device's own key; nothing else in a manifest is secret.
"""

import base64
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from app.ledger.device_rows import DeviceState
from app.ledger.event_book import FRESH_MS, EventBook, count_tickets, lease_until
from app.ledger.key_book import KeyBook, key_rows
from app.ledger.lists import AllowScope, use_mark
from app.ledger.manifest_room import MOST_DEVICES, MOST_KEYS
from app.ledger.operator_book import operators_of
from app.ledger.redemptions import EventUnknown
from app.ledger.schema import NO_EVENT, devices, events, installation
from app.ledger.segment_book import Segment, Wish
from core.gate.operators import Operator
from core.model.codes import CodeMode
from core.model.ids import DeviceId, EventId
from core.sync.manifest import Secrets, secrets_to_json
from core.sync.messages import DeviceRow, EventRow, KeyRow, Manifest, SegmentRow
from core.sync.signing import about_keys
from core.ticket import seal
from core.ticket.keyring import SECRETS_OF, Algorithm, Key, KeyUse, VerifyProfile
from core.ticket.segments import Kind

_RANKS = {
    state.value: rank for rank, state in enumerate((DeviceState.ACTIVE, DeviceState.PENDING, DeviceState.REVOKED))
}

_EVENT_ROW = TypeAdapter(EventRow)
_EPOCH = select(installation.c.epoch).where(installation.c.event_id == NO_EVENT)


@dataclass(frozen=True, slots=True)
class EventSecrets:
    """All secrets of an event's kiosks, before anybody's profile takes some away."""

    own: Sequence[Key] = field(repr=False)
    legacy: bytes = field(repr=False)
    attendees: bytes = field(repr=False)
    adapters: Mapping[str, bytes] = field(repr=False)
    operators: tuple[Operator, ...] = field(default=(), repr=False)

    def of(self, profile: VerifyProfile) -> Secrets:
        """What a kiosk of a profile is told.

        The key of an `hmac` adapter forges its shop's codes, so that only `mac` has it: to the other profiles such a
        code is recognised, and the list says whether it counts.
        """
        uses = SECRETS_OF[profile]
        macs = {
            key.kid: key.verifying
            for key in self.own
            if key.algorithm is Algorithm.HMAC_SHA256_128 and key.verifying is not None
        }
        rotating = {key.kid: key.rotating for key in self.own if key.rotating is not None}
        return Secrets(
            mac=macs if KeyUse.MAC in uses else {},
            rotating=rotating if KeyUse.ROTATING in uses else {},
            legacy=self.legacy if KeyUse.LEGACY in uses else None,
            attendees=self.attendees if KeyUse.ATTENDEES in uses else None,
            adapters=self.adapters if KeyUse.MAC in uses else {},
            operators=self.operators,
        )


def secrets_of(connection: Connection, keys: KeyBook, event: EventId) -> EventSecrets:
    """The event's secrets, derived and unwrapped. Raises WrappedKeyBroken."""
    own = keys.keys_of(connection, event)
    adapters = keys.adapter_keys_of(connection, event)
    staff = tuple(operators_of(connection, event, keys.badge_key(event)))
    return EventSecrets(own, keys.legacy_key(event), keys.attendees_key(event), adapters, staff)


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a manifest is made of but its lists, read at `read_at_ms`, its version first."""

    event: EventId
    version: int
    issued_at_ms: int
    read_at_ms: int
    policy: EventRow
    secrets: EventSecrets = field(repr=False)
    keys: list[KeyRow]
    devices: Sequence[Any] = field(repr=False)
    tickets: int
    use_mark: str
    epoch: str

    @property
    def wish(self) -> Wish:
        """What the lists are made for."""
        is_all = any(
            row.state == DeviceState.ACTIVE.value and row.profile == VerifyProfile.LIST.value for row in self.devices
        )
        scope = AllowScope.of(self.secrets.own, is_all=is_all)
        return Wish(CodeMode(self.policy.codes.mode), scope, self.use_mark, self.tickets, bool(self.policy.attention))

    def manifest(self, every: Iterable[Segment], server_key: bytes) -> Manifest:
        """The whole of it, with these lists and the secrets freshly sealed."""
        return Manifest(
            v=1,
            event=self.event.hex,
            version=self.version,
            issued_at_ms=self.issued_at_ms,
            fresh_until_ms=self.issued_at_ms + FRESH_MS,
            lease_until_ms=lease_until(self.policy),
            policy=self.policy,
            keys=self.keys,
            devices=[self._device(row) for row in self.devices],
            segments=[self._as_of_now(segment) for segment in every],
            server_key=server_key.hex(),
            tickets=self.tickets,
            epoch=self.epoch,
        )

    def _as_of_now(self, segment: Segment) -> SegmentRow:
        """A list that has not changed is as of this reading; that of used tickets may be some seconds behind."""
        is_behind = segment.row.kind == Kind.USED.label and segment.scope != self.use_mark
        return segment.row if is_behind else replace(segment.row, as_of_ms=self.read_at_ms)

    def _device(self, row: Any) -> DeviceRow:
        sealed = self._sealed(row) if row.state == DeviceState.ACTIVE.value and row.sealing_key else b""
        return DeviceRow(
            id=row.id.hex,
            name=row.name,
            gate=row.gate,
            state=row.state,
            profile=row.profile,
            sealing_key=(row.sealing_key or b"").hex(),
            signing_key=(row.signing_key or b"").hex(),
            sealed=base64.b64encode(sealed).decode(),
        )

    def _sealed(self, row: Any) -> bytes:
        """The device's secrets for its eyes alone; nothing for a public key that no kiosk could have made."""
        told = secrets_to_json(self.secrets.of(VerifyProfile(row.profile)))
        about = about_keys(self.event, DeviceId(row.id), self.version)
        try:
            return seal.seal_to(row.sealing_key, told, ephemeral=secrets.token_bytes(seal.KEY_BYTES), about=about)
        except ValueError:
            return b""


def read_draft(connection: Connection, book: EventBook, event: EventId, now_ms: int) -> Draft:
    """What the tables say now. Raises EventUnknown, WrappedKeyBroken."""
    row = connection.execute(select(events).where(events.c.event_id == event)).one_or_none()
    if row is None:
        raise EventUnknown(event)
    told = secrets_of(connection, book.keys, event)
    return Draft(
        event=event,
        version=row.manifest_version,
        issued_at_ms=row.manifest_at,
        read_at_ms=now_ms,
        policy=_EVENT_ROW.validate_json(row.policy),
        secrets=told,
        keys=key_rows(connection, told.own, event, MOST_KEYS),
        devices=_devices(connection, event),
        tickets=count_tickets(connection, event),
        use_mark=use_mark(connection, event),
        epoch=connection.execute(_EPOCH).scalar_one().hex,
    )


def _devices(connection: Connection, event: EventId) -> list[Any]:
    """The devices that a manifest names: those that work, those that wait, those that may no more; older ones first."""
    rows = connection.execute(select(devices).where(devices.c.event_id == event).order_by(devices.c.made_at)).all()
    return sorted(rows, key=lambda row: _RANKS.get(row.state, len(_RANKS)))[:MOST_DEVICES]
