"""What the bytes of a manifest are: the organizer's word to this device, or what speaks against them.

Owns the checks that need nothing but the bytes, this device's keys and what is held: signature, shape, event, version,
lease, sizes, and the secrets that were sealed to this device. Changes nothing.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from app.clock import Clock
from app.device.vault import Vault
from app.runtime.manifest_files import files_of
from app.store.trust_store import Stored, TrustStore
from core.model.ids import DeviceId, EventId
from core.sync.adoption import Held, Objection, objection_to_bytes, objection_to_manifest
from core.sync.manifest import Secrets, secrets_from_json
from core.sync.messages import DeviceRow, Manifest
from core.sync.signing import about_keys
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

SEALING_KEY = "sealing-key"
"""The vault's name for the X25519 private key that a manifest's secrets are sealed to."""
_REVOKED = "revoked"
_MANIFEST = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Genuine:
    """A manifest that the organizer signed for this event, opened with this device's key."""

    manifest: Manifest
    stored: Stored
    held: Held
    profile: VerifyProfile
    secrets: Secrets = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedAway:
    """A genuine manifest that says that this device is revoked."""

    held: Held
    server_key: bytes


class Examiner:
    """Judges manifests for one device of one event. `refuse` hears of a version that came when its lease was over."""

    def __init__(
        self,
        *,
        event: EventId,
        device: DeviceId,
        root: bytes,
        store: TrustStore,
        vault: Vault,
        clock: Clock,
        refuse: Callable[[int], None],
    ) -> None:
        self._event = event
        self._device = device
        self._root = root
        self._store = store
        self._vault = vault
        self._clock = clock
        self._refuse = refuse

    def opened(self, stored: Stored) -> Genuine | SignedAway | Objection:
        """What the bytes are, once nothing speaks against them."""
        objection = objection_to_bytes(stored.body, stored.signature, self._root)
        if objection is not None:
            return objection
        try:
            manifest = _MANIFEST.validate_json(stored.body)
        except ValidationError:
            return Objection.UNREADABLE
        held = Held(manifest.version, seal.sha256(stored.body))
        objection = objection_to_manifest(
            manifest, held.body_sha256, event=self._event, held=self._store.held(self._event), now=self._clock.now()
        )
        if objection is not None:
            if objection is Objection.LEASE_OVER:
                self._refuse(manifest.version)
            return objection
        if not _is_well_formed(manifest):
            return Objection.UNREADABLE
        row = _device_row(manifest, self._device)
        if row is not None and row.state == _REVOKED:
            return SignedAway(held, bytes.fromhex(manifest.server_key))
        secrets = self.secrets_of(manifest)
        if row is None or isinstance(secrets, Objection):
            return Objection.NO_KEYS_FOR_THIS_DEVICE
        return Genuine(manifest, stored, held, VerifyProfile(row.profile), secrets)

    def secrets_of(self, manifest: Manifest) -> Secrets | Objection:
        """The event's secrets as the manifest has them sealed to this device."""
        row = _device_row(manifest, self._device)
        private = self._vault.get(SEALING_KEY)
        if row is None or private is None or row.profile not in set(VerifyProfile):
            return Objection.NO_KEYS_FOR_THIS_DEVICE
        try:
            sealed = base64.b64decode(row.sealed, validate=True)
        except (ValueError, binascii.Error):
            return Objection.NO_KEYS_FOR_THIS_DEVICE
        about = about_keys(self._event, self._device, manifest.version)
        plain = seal.open_sealed(private, sealed, about=about)
        secrets = None if plain is None else secrets_from_json(plain)
        return secrets if isinstance(secrets, Secrets) else Objection.NO_KEYS_FOR_THIS_DEVICE


def _device_row(manifest: Manifest, device: DeviceId) -> DeviceRow | None:
    return next((row for row in manifest.devices if row.id == device.hex), None)


def _is_well_formed(manifest: Manifest) -> bool:
    """Whether each list comes once, each file goes by the hex of a hash, and the server's key has a key's length."""
    kinds = [row.kind for row in manifest.segments]
    octets = [manifest.server_key, *(file.sha256 for file in files_of(manifest))]
    return len(set(kinds)) == len(kinds) and all(map(_is_32_octets, octets))


def _is_32_octets(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
