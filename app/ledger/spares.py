"""Spare kiosks: made on the server before the night, so that a computer becomes one without a network.

Owns how a spare comes into being. Its private keys leave in the kit alone: the server keeps the public halves, so a
copy of the database can't pretend to be the spare.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from app.ledger import audit
from app.ledger.confirmations import RaiseVersion, stale_with
from app.ledger.device_rows import DeviceState
from app.ledger.engine import Database
from app.ledger.new_devices import NewDevice, add_device, check_gate, check_name, grouped, random_letters
from core.journal.audit import Deed
from core.model.ids import DeviceId, EventId, GateId
from core.sync.export import Spare, locked_spare, spare_file_name
from core.sync.messages import EnrolReply
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

_CODE_LETTERS = 16  # of 5 bits: 80


@dataclass(frozen=True, slots=True)
class SpareKit:
    """A spare kiosk as it travels: the file beside the manifest, and the code that opens it, printed apart."""

    device: DeviceId
    name: str
    kit: bytes = field(repr=False)
    code: str = field(repr=False)

    @property
    def file_name(self) -> str:
        """How the kit's file is called."""
        return spare_file_name(self.device)


class Spares:
    """The spare kiosks of all events. Safe between threads."""

    def __init__(
        self, database: Database, root_public: bytes, raise_version: RaiseVersion, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._root_public = root_public
        self._raise_version = raise_version
        self._now_ms = now_ms

    def make(self, event: EventId, gate: GateId, name: str, profile: VerifyProfile) -> SpareKit:
        """A kiosk that is let in already; whoever holds kit and code is it.

        Raises EventUnknown, GateUnknown, DeviceNameWrong, ManifestFull.
        """
        check_name(name)
        sealing, signing = secrets.token_bytes(seal.KEY_BYTES), secrets.token_bytes(seal.KEY_BYTES)
        new = NewDevice(
            event=event,
            name=name,
            gate=gate,
            profile=profile,
            sealing_key=seal.x25519_public(sealing),
            signing_key=seal.ed25519_public(signing),
            state=DeviceState.ACTIVE,
        )

        def keep(connection: Connection) -> EnrolReply:
            check_gate(connection, event, gate)
            reply = add_device(connection, new, self._root_public, self._now_ms())
            self._raise_version(connection, event, *stale_with(profile))
            audit.note(
                connection, Deed.SPARE_MADE, event, reply.device, now_ms=self._now_ms(), name=reply.name, gate=gate
            )
            return reply

        spare = _spare(self._database.transact(keep), sealing, signing)
        code = grouped(random_letters(_CODE_LETTERS))
        salt, nonce = secrets.token_bytes(seal.SALT_BYTES), secrets.token_bytes(seal.NONCE_BYTES)
        return SpareKit(spare.device, spare.name, locked_spare(spare, code, salt=salt, nonce=nonce), code)


def _spare(reply: EnrolReply, sealing: bytes, signing: bytes) -> Spare:
    return Spare(
        device=DeviceId(UUID(reply.device)),
        secret=reply.secret,
        event=EventId(UUID(reply.event)),
        event_name=reply.event_name,
        name=reply.name,
        gate=GateId(reply.gate),
        incarnation=reply.incarnation,
        root_key=bytes.fromhex(reply.root_key),
        profile=VerifyProfile(reply.profile),
        sealing_private=sealing,
        signing_private=signing,
    )
