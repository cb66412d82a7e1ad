"""How a manifest comes into force: checked, fetched to its last byte, stored, and only then swapped in.

Owns the order of these effects, the same for a server and a USB stick; the steps themselves are `genuine`,
`manifest_files` and `manifest_lists`. Whatever is refused is a value and leaves what is held in force. Belongs to one
thread, with a store of its own: no scan ever waits for it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.clock import Clock
from app.device.vault import Vault
from app.log import logger
from app.net.gate_client import FreshManifest, Unchanged
from app.runtime.genuine import Examiner, Genuine, SignedAway
from app.runtime.link import LinkMonitor
from app.runtime.manifest_files import ManifestFiles, ManifestSource, Progress, Unfinished, files_of
from app.runtime.manifest_lists import ManifestLists, segment_of
from app.runtime.trust_box import Taken, TrustBox
from app.store.trust_store import Stored, TrustStore
from core.model.ids import DeviceId, EventId
from core.model.outcomes import Outcome
from core.sync.adoption import Held, Lease, Objection
from core.sync.answers import Done, Later, Rejected
from core.sync.attendees import MOST_BYTES, Attendee, Unreadable, attendees_text, people_in
from core.sync.health import Trouble
from core.sync.manifest import Unusable, trust_of
from core.ticket.segments import ATTENDEES
from core.ticket.verify import Trust

SLOW_MANIFEST_MS = 10_000
PAUSE_MS = 60_000
"""How long a refused version is not asked for again: a newer one is taken at once."""
CONFIRM_EVERY_MS = 60_000
"""How often a restart would learn that the manifest was still the newest."""
MOST_ATTENDEES_BYTES = MOST_BYTES
_DEVICE_REVOKED = "device_revoked"
_WITHOUT_RIGHTS = {"not_authorised", "not_confirmed"}
"""The problems' codes by which our server says that this device may not have the manifest."""
_KNOWN_DEVICE_PROBLEMS = {_DEVICE_REVOKED, "device_unknown"} | _WITHOUT_RIGHTS


@dataclass(frozen=True, slots=True)
class PeopleText:
    """The attendees' list in clear: the JSON of `core.sync.attendees`, and which list it is."""

    sha256: str
    plain: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Refusal:
    version: int
    until_ms: int


class ManifestKeeper:
    """Loads the stored manifest, refreshes it, ends its lease. `stop` from any thread, all else from its own."""

    def __init__(
        self,
        *,
        event: EventId,
        device: DeviceId,
        root: bytes,
        box: TrustBox,
        store: TrustStore,
        vault: Vault,
        link: LinkMonitor,
        clock: Clock,
        progress: Progress = lambda done, total: None,  # noqa: ARG005
        is_past: Callable[[int], None] = lambda at_ms: None,  # noqa: ARG005
    ) -> None:
        self._event = event
        self._root = root
        self._box = box
        self._store = store
        self._link = link
        self._clock = clock
        self._is_past = is_past
        self._stopper = threading.Event()
        self._examiner = Examiner(
            event=event, device=device, root=root, store=store, vault=vault, clock=clock, refuse=self._refuse
        )
        self._files = ManifestFiles(store, clock, progress, self._stopper)
        self._lists = ManifestLists(box, store)
        self._refusal: _Refusal | None = None
        self._loaded: Held | None = None
        self._confirmed_ms = 0
        self.is_unfinished = False
        """Whether the last refresh ended before all lists were there, so that another one soon is worth it."""

    def close(self) -> None:
        """Closes the store."""
        self._store.close()

    def stop(self) -> None:
        """Ends a running download soon; what has come of it stays."""
        self._stopper.set()

    # --- what the lines call ------------------------------------------------------------------------------------

    def load(self) -> Objection | None:
        """Puts the stored manifest in force, checked as if it came just now; None too when there is none.

        A revocation that was heard before stands: the box is barred, whatever is stored.
        """
        objection = self._load()
        if self._store.is_revoked(self._event):
            self._box.bar(Outcome.DEVICE_REVOKED)
        return objection

    def _load(self) -> Objection | None:
        stored = self._store.manifest(self._event)
        if stored is None:
            return None
        self._loaded = self._store.held(self._event)
        genuine = self._examiner.opened(stored)
        found = self._taken(genuine) if isinstance(genuine, Genuine) else genuine
        if found is Objection.LEASE_OVER:
            self._end_lease()
        if isinstance(found, Taken):
            self._box.adopt(found, stored.fetched_ms)
            return None
        return self._objected(found, None) if isinstance(found, Objection) else None

    def refresh(self, source: ManifestSource) -> Objection | None:
        """Asks once for a newer manifest, fetches for a while what is missing of it, and takes it when it is whole.

        Our server's word that this device has no rights bars the box; any other refusal may be a captive portal's or a
        proxy's, and leaves in force what is held. Returns what speaks against a manifest that came.
        """
        self.check_lease()
        self._catch_up()
        asked = self._version_to_beat()
        answer = source.manifest(asked)
        self._link.note(_said_of_the_link(answer), slow_from_ms=SLOW_MANIFEST_MS)
        self.is_unfinished = False
        match answer:
            case Done(value=FreshManifest(body=body, signature=signature)):
                found = self._take(body, signature, source)
                if isinstance(found, Unfinished):
                    self._note_unfinished(found)
                    return None
                return found
            case Done() if self._box.taken is not None and asked == self._box.version:
                self._confirm()
            case Rejected(code=code) if code == _DEVICE_REVOKED:
                self._box.bar(Outcome.DEVICE_REVOKED)
                self._store.revoke(self._event)
            case Rejected(code=code) if code in _WITHOUT_RIGHTS:
                self._box.bar(Outcome.NOT_AUTHORISED)
            case Done() | Rejected() | Later():
                pass
        return None

    def take_from(self, source: ManifestSource) -> Objection | None:
        """Takes the manifest of a source that is at hand, such as a folder, or says what speaks against it."""
        self._catch_up()
        answer = source.manifest(None)
        if not (isinstance(answer, Done) and isinstance(answer.value, FreshManifest)):
            return Objection.LIST_MISSING
        found: Objection | Unfinished | None = Unfinished()
        while isinstance(found, Unfinished) and not self._stopper.is_set():
            found = self._take(answer.value.body, answer.value.signature, source)
        return Objection.LIST_MISSING if isinstance(found, Unfinished) else found

    def check_lease(self) -> None:
        """Erases keys and lists once their lease is over for certain. The queue stays, and which version was held."""
        if self._box.taken is not None and self._box.lease(self._clock.now()) is Lease.OVER:
            self._end_lease()

    def people_text(self) -> "PeopleText | Objection | None":
        """The attendees' list, decrypted and unread; None where the manifest has none."""
        taken = self._box.taken
        row = None if taken is None else segment_of(taken.manifest, ATTENDEES)
        if taken is None or row is None:
            return None
        secrets = self._examiner.secrets_of(taken.manifest)
        if isinstance(secrets, Objection) or secrets.attendees is None:
            return Objection.NO_KEYS_FOR_THIS_DEVICE
        locked = self._store.read(bytes.fromhex(row.base.sha256))
        plain = attendees_text(secrets.attendees, locked, self._event, MOST_ATTENDEES_BYTES)
        return _OBJECTION_TO_PEOPLE[plain] if isinstance(plain, Unreadable) else PeopleText(row.sha256, plain)

    def attendees(self) -> list[Attendee] | Objection:
        """The attendees' list, decrypted for this one call; empty where the manifest has none."""
        text = self.people_text()
        if not isinstance(text, PeopleText):
            return [] if text is None else text
        people = people_in(text.plain)
        return _OBJECTION_TO_PEOPLE[people] if isinstance(people, Unreadable) else people

    # --- one manifest, step by step -----------------------------------------------------------------------------

    def _take(self, body: bytes, signature: str, source: ManifestSource) -> Objection | Unfinished | None:
        """Judges bytes, fetches their files, stores and swaps.

        1. signature, shape, event, version, lease, sizes, this device's keys
        2. every file: fetched, of its size, of its hash
        3. every list: in order, of its count, of its hash; and what follows makes sense
        4. stored, then in force
        """
        stored = Stored(body, signature, self._root, self._clock.now().at_ms)
        genuine = self._examiner.opened(stored)  # (1)
        if isinstance(genuine, SignedAway):
            self._store.revoke(self._event)
            self._store.hold(self._event, genuine.held, genuine.server_key)
            self._store.erase(self._event)
            self._box.clear(Outcome.DEVICE_REVOKED)
            return None
        if isinstance(genuine, Objection):
            return self._objected(genuine, None)
        self._box.declare(genuine.manifest)
        self._lists.keep_what_is_known(genuine.manifest)
        missing = self._files.fetch(genuine.manifest, source)  # (2)
        if isinstance(missing, Unfinished):
            return missing
        found = missing or self._taken(genuine)  # (3)
        if isinstance(found, Objection):
            return self._objected(found, genuine.manifest.version)
        server_key = bytes.fromhex(genuine.manifest.server_key)
        if not self._store.save(self._event, genuine.held, server_key, genuine.stored):  # (4)
            return self._objected(Objection.OLDER, genuine.manifest.version)
        self._box.adopt(found, stored.fetched_ms)
        self._is_past(genuine.manifest.issued_at_ms)
        self._loaded, self._refusal, self._confirmed_ms = genuine.held, None, stored.fetched_ms
        self._store.keep_only(bytes.fromhex(file.sha256) for file in files_of(genuine.manifest))
        return None

    def _taken(self, genuine: Genuine) -> Taken | Objection:
        """(3) The lists of a manifest whose files are all here, and the trust that follows."""
        lists = self._lists.lists_of(genuine.manifest)
        if isinstance(lists, Objection):
            return lists
        trust = trust_of(genuine.manifest, lists=lists, secrets=genuine.secrets, profile=genuine.profile)
        if isinstance(trust, Unusable):
            return Objection.UNREADABLE
        return Taken(genuine.manifest, trust, genuine.secrets.operators)

    # --- what is remembered of it -------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Another program on this folder may have taken a manifest: what is stored and newer is loaded."""
        held = self._store.held(self._event)
        if held is not None and held != self._loaded and held.version > self._box.version:
            self.load()

    def _version_to_beat(self) -> int | None:
        """The version that the source need not send: the one held, or one that was refused a moment ago."""
        refusal = self._refusal
        if refusal is not None and self._clock.monotonic_ms() < refusal.until_ms:
            return refusal.version
        return self._box.version if self._box.taken is not None else None

    def _confirm(self) -> None:
        now_ms = self._clock.now().at_ms
        self._store.reinstate(self._event)
        self._box.confirm(now_ms)
        if now_ms - self._confirmed_ms >= CONFIRM_EVERY_MS:
            self._store.confirm(self._event, now_ms)
            self._confirmed_ms = now_ms

    def _objected(self, objection: Objection, version: int | None) -> Objection:
        if objection is not self._box.objection:
            logger(__name__).warning("manifest not taken", objection=objection.value, version=version)
        self._box.object_to(objection)
        if objection is Objection.NO_KEYS_FOR_THIS_DEVICE and not isinstance(self._box.trust, Trust):
            self._box.bar(Outcome.NOT_AUTHORISED)
        if version is not None:
            self._refuse(version)
        return objection

    def _refuse(self, version: int) -> None:
        self._refusal = _Refusal(version, self._clock.monotonic_ms() + PAUSE_MS)

    def _note_unfinished(self, found: Unfinished) -> None:
        self.is_unfinished = True
        if found.answer is not None:
            self._link.note(found.answer, slow_from_ms=SLOW_MANIFEST_MS)

    def _end_lease(self) -> None:
        self._store.erase(self._event)
        self._box.clear(Outcome.SNAPSHOT_EXPIRED)
        self._box.object_to(Objection.LEASE_OVER)
        logger(__name__).warning("lease over, keys erased")


def _said_of_the_link(answer: Done[FreshManifest | Unchanged] | Later | Rejected) -> Done[object] | Later | Rejected:
    """What an answer is worth to the link: a refusal that is not our server's about this device is trouble."""
    if isinstance(answer, Rejected) and answer.code not in _KNOWN_DEVICE_PROBLEMS:
        return Later(Trouble.REFUSED)
    return answer


_OBJECTION_TO_PEOPLE = {
    Unreadable.LOCKED: Objection.LIST_DIFFERS,
    Unreadable.DAMAGED: Objection.LIST_DIFFERS,
    Unreadable.TOO_LARGE: Objection.LISTS_TOO_LARGE,
}
