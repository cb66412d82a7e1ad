"""What a kiosk trusts, and how a newer manifest takes its place while scanning goes on.

Owns the swap: a manifest is checked, stored, and then put in force as one reference, so that a scan sees the old one or
the new one and never a mixture. Secret keys are split off before the rest is stored.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from app.device.vault import Vault
from app.net.gate_client import FreshManifest, Unchanged, manifest_from
from app.runtime.link import LinkMonitor
from app.store.snapshot import Snapshot
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.sync.answers import Done, Later, Rejected
from core.sync.manifest import Unusable, trust_of
from core.sync.messages import Manifest
from core.ticket.verify import Barred, Trust

SLOW_MANIFEST_MS = 10_000
_SECRET_FIELDS = ("verifying", "rotating")


@dataclass(frozen=True, slots=True)
class _Held:
    trust: Trust | Barred
    version: int
    fetched_ms: Millis | None
    tickets: int


class ManifestSource(Protocol):
    """Where manifests come from."""

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:
        """The newest manifest, unless it is the version held."""


class TrustBox:
    """The trust of now. Read from any thread; replaced by the thread that refreshes."""

    def __init__(self, event: EventId) -> None:
        self._event = event
        self._held = _Held(Barred(Outcome.SNAPSHOT_EXPIRED), 0, None, 0)

    @property
    def trust(self) -> Trust | Barred:
        """The trust of now; barred with `snapshot_expired` while there is no manifest."""
        return self._held.trust

    @property
    def version(self) -> int:
        """The manifest's version; 0 without one."""
        return self._held.version

    @property
    def fetched_ms(self) -> Millis | None:
        """When the manifest was last known to be the newest."""
        return self._held.fetched_ms

    @property
    def tickets(self) -> int:
        """How many tickets the server had issued when it made the manifest."""
        return self._held.tickets

    def adopt(self, manifest: Manifest, fetched_ms: int) -> Unusable | None:
        """Puts a manifest in force, or says why not; what was held stays in force then."""
        trust = trust_of(manifest)
        if isinstance(trust, Unusable):
            return trust
        if trust.event.id != self._event:
            return Unusable("the manifest is of another event")
        if manifest.version < self._held.version:
            return Unusable(f"version {manifest.version} is older than {self._held.version}, which is held")
        self._held = _Held(trust, manifest.version, Millis(fetched_ms), manifest.tickets)
        return None

    def confirm(self, at_ms: int) -> None:
        """The manifest held is still the newest."""
        held = self._held
        self._held = _Held(held.trust, held.version, Millis(at_ms), held.tickets)

    def bar(self, outcome: Outcome) -> None:
        """Verifies nothing more, and says why."""
        held = self._held
        self._held = _Held(Barred(outcome), held.version, held.fetched_ms, held.tickets)


class ManifestKeeper:
    """Loads the stored manifest and refreshes it. Belongs to one thread, with a snapshot of its own."""

    def __init__(
        self,
        *,
        event: EventId,
        box: TrustBox,
        snapshot: Snapshot,
        vault: Vault,
        link: LinkMonitor,
        now_ms: Callable[[], int],
    ) -> None:
        self._event = event
        self._box = box
        self._snapshot = snapshot
        self._vault = vault
        self._link = link
        self._now_ms = now_ms

    def load(self) -> Unusable | None:
        """Puts the stored manifest in force; None too when there is none yet."""
        stored = self._snapshot.load(self._event)
        if stored is None:
            return None
        body, fetched_ms = stored
        secrets = self._vault.get(self._secret_name())
        manifest = manifest_from(_joined(body, secrets))
        return (
            Unusable("the stored manifest can't be read") if manifest is None else self._box.adopt(manifest, fetched_ms)
        )

    def refresh(self, source: ManifestSource) -> Unusable | None:
        """Asks for a newer manifest; stores and adopts it. An answer that bars the device bars the box."""
        held = self._box.version if isinstance(self._box.trust, Trust) else None
        answer = source.manifest(held)
        self._link.note(answer, slow_from_ms=SLOW_MANIFEST_MS)
        match answer:
            case Done(value=FreshManifest(body=body, manifest=manifest)):
                return self._take(body, manifest)
            case Done():
                self._box.confirm(self._now_ms())
            case Rejected(code="device_revoked"):
                self._box.bar(Outcome.DEVICE_REVOKED)
            case Rejected(status=403):
                self._box.bar(Outcome.NOT_AUTHORISED)
            case Rejected() | Later():
                pass
        return None

    def _take(self, body: str, manifest: Manifest) -> Unusable | None:
        now_ms = self._now_ms()
        refusal = self._box.adopt(manifest, now_ms)
        if refusal is None:
            public, secrets = _split(body)
            self._vault.put(self._secret_name(), secrets)
            self._snapshot.save(self._event, manifest.version, public, now_ms)
        return refusal

    def _secret_name(self) -> str:
        return f"keys-{self._event.hex}"


def _split(body: str) -> tuple[str, bytes]:
    """A manifest's JSON without its secrets, and the secrets by key id."""
    fields = json.loads(body)
    secrets: dict[str, dict[str, Any]] = {}
    for row in fields["keys"]:
        secrets[str(row["kid"])] = {name: row.get(name) for name in _SECRET_FIELDS}
        row.update(dict.fromkeys(_SECRET_FIELDS))
    return json.dumps(fields), json.dumps(secrets).encode()


def _joined(body: str, secrets: bytes | None) -> str:
    fields = json.loads(body)
    kept = json.loads(secrets) if secrets else {}
    for row in fields["keys"]:
        row.update(kept.get(str(row["kid"]), {}))
    return json.dumps(fields)
