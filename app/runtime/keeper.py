"""How a manifest comes into force: checked, fetched to its last byte, stored, and only then swapped in.

Owns the order of these effects, the same for a server and a USB stick. Whatever is refused is a value and leaves what
is held in force. Belongs to one thread, with a store of its own: no scan ever waits for it.
"""

import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from app.clock import Clock
from app.device.vault import Vault
from app.log import logger
from app.net.gate_client import FreshManifest, Received, Sink, Unchanged
from app.runtime.link import LinkMonitor
from app.runtime.trust_box import Taken, TrustBox
from app.store.trust_store import PART_BYTES, Stored, TrustStore
from core.model.ids import DeviceId, EventId
from core.model.outcomes import Outcome
from core.sync.adoption import Held, Lease, Objection, is_known_kind, objection_to_bytes, objection_to_manifest
from core.sync.answers import Done, Later, Rejected
from core.sync.attendees import MOST_BYTES, Attendee, Unreadable, attendees_from
from core.sync.health import Trouble
from core.sync.manifest import Secrets, Unusable, secrets_from_json, trust_of
from core.sync.messages import DeviceRow, FileRow, Manifest, SegmentRow
from core.sync.signing import about_keys
from core.ticket import seal
from core.ticket.keyring import VerifyProfile
from core.ticket.segments import ATTENDEES, Flawed, Kind, ListsOfSegments, Records, applied, records_from
from core.ticket.verify import Trust

SLOW_MANIFEST_MS = 10_000
SLICE_MS = 10_000
"""How long one refresh may fetch: then the queue has its turn, and the next refresh goes on at the next byte."""
PAUSE_MS = 60_000
"""How long a refused version is not asked for again: a newer one is taken at once."""
CONFIRM_EVERY_MS = 60_000
"""How often a restart would learn that the manifest was still the newest."""
MOST_ATTENDEES_BYTES = MOST_BYTES
SEALING_KEY = "sealing-key"
"""The vault's name for the X25519 private key that a manifest's secrets are sealed to."""
_REVOKED = "revoked"
_DEVICE_REVOKED = "device_revoked"
_WITHOUT_RIGHTS = {"not_authorised", "not_confirmed"}
"""The problems' codes by which our server says that this device may not have the manifest."""
_KNOWN_DEVICE_PROBLEMS = {_DEVICE_REVOKED, "device_unknown"} | _WITHOUT_RIGHTS

_MANIFEST = TypeAdapter(Manifest)
Progress = Callable[[int, int], None]
"""Hears how many bytes of how many are there."""


class ManifestSource(Protocol):
    """Where manifests and the files of their lists come from: a server, a folder."""

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:
        """The newest manifest, unless it is the version held."""

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
        """The bytes of a file from `offset` on, at most `most`, as they come."""


@dataclass(frozen=True, slots=True)
class _Genuine:
    """A manifest that the organizer signed for this event, opened with this device's key."""

    manifest: Manifest
    stored: Stored
    held: Held
    profile: VerifyProfile
    secrets: Secrets = field(repr=False)


@dataclass(frozen=True, slots=True)
class _SignedAway:
    """A genuine manifest that says that this device is revoked."""

    held: Held
    server_key: bytes


@dataclass(frozen=True, slots=True)
class _Unfinished:
    """Bytes are still missing; nothing is wrong. `answer` is why they stopped, where the source said it."""

    answer: Later | None = None


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
        self._device = device
        self._root = root
        self._box = box
        self._store = store
        self._vault = vault
        self._link = link
        self._clock = clock
        self._progress = progress
        self._is_past = is_past
        self._stopper = threading.Event()
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
        genuine = self._genuine(stored)
        found = self._taken(genuine) if isinstance(genuine, _Genuine) else genuine
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
                if isinstance(found, _Unfinished):
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
        found: Objection | _Unfinished | None = _Unfinished()
        while isinstance(found, _Unfinished) and not self._stopper.is_set():
            found = self._take(answer.value.body, answer.value.signature, source)
        return Objection.LIST_MISSING if isinstance(found, _Unfinished) else found

    def check_lease(self) -> None:
        """Erases keys and lists once their lease is over for certain. The queue stays, and which version was held."""
        if self._box.taken is not None and self._box.lease(self._clock.now()) is Lease.OVER:
            self._end_lease()

    def attendees(self) -> list[Attendee] | Objection:
        """The attendees' list, decrypted for this one call; empty where the manifest has none."""
        taken = self._box.taken
        row = None if taken is None else _segment(taken.manifest, ATTENDEES)
        if taken is None or row is None:
            return []
        secrets = self._opened(taken.manifest, _device_row(taken.manifest, self._device))
        if isinstance(secrets, Objection) or secrets.attendees is None:
            return Objection.NO_KEYS_FOR_THIS_DEVICE
        locked = self._store.read(bytes.fromhex(row.base.sha256))
        people = attendees_from(secrets.attendees, locked, self._event, MOST_ATTENDEES_BYTES)
        return _OBJECTION_TO_PEOPLE[people] if isinstance(people, Unreadable) else people

    # --- one manifest, step by step -----------------------------------------------------------------------------

    def _take(self, body: bytes, signature: str, source: ManifestSource) -> Objection | _Unfinished | None:
        """Judges bytes, fetches their files, stores and swaps.

        1. signature, shape, event, version, lease, sizes, this device's keys
        2. every file: fetched, of its size, of its hash
        3. every list: in order, of its count, of its hash; and what follows makes sense
        4. stored, then in force
        """
        stored = Stored(body, signature, self._root, self._clock.now().at_ms)
        genuine = self._genuine(stored)  # (1)
        if isinstance(genuine, _SignedAway):
            self._store.revoke(self._event)
            self._store.hold(self._event, genuine.held, genuine.server_key)
            self._store.erase(self._event)
            self._box.clear(Outcome.DEVICE_REVOKED)
            return None
        if isinstance(genuine, Objection):
            return self._objected(genuine, None)
        self._box.declare(genuine.manifest)
        missing = self._fetch(genuine.manifest, source)  # (2)
        if isinstance(missing, _Unfinished):
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
        self._store.keep_only(bytes.fromhex(file.sha256) for file in _files(genuine.manifest))
        return None

    def _genuine(self, stored: Stored) -> _Genuine | _SignedAway | Objection:
        """(1) What the bytes are, once nothing speaks against them."""
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
            return _SignedAway(held, bytes.fromhex(manifest.server_key))
        secrets = self._opened(manifest, row)
        if row is None or isinstance(secrets, Objection):
            return Objection.NO_KEYS_FOR_THIS_DEVICE
        return _Genuine(manifest, stored, held, VerifyProfile(row.profile), secrets)

    def _opened(self, manifest: Manifest, row: DeviceRow | None) -> Secrets | Objection:
        """The event's secrets as they were sealed to this device."""
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

    def _fetch(self, manifest: Manifest, source: ManifestSource) -> Objection | _Unfinished | None:
        """(2) Whatever of the manifest's files is not here yet; None when all are."""
        files = _files(manifest)
        self._keep_what_is_known(manifest)
        total = sum(file.bytes for file in files)
        done = sum(self._store.bytes_held(bytes.fromhex(file.sha256)) for file in files)
        until_ms = self._clock.monotonic_ms() + SLICE_MS
        self._progress(done, total)
        for file in files:
            name = bytes.fromhex(file.sha256)
            before = self._store.bytes_held(name)
            if before == file.bytes:
                continue
            if before > file.bytes:
                self._store.drop(name)
                done, before = done - before, 0
            download = _Download(self._store, name, before, lambda: self._may_go_on(until_ms))
            download.heard = lambda came, done=done: self._progress(done + came, total)  # type: ignore[misc]
            answer = source.file(file.sha256, before, download.take, file.bytes - before)
            download.flush()
            flaw = self._judge(file, download.came, answer)
            if flaw is not None:
                return flaw
            done += download.came
        return None

    def _judge(
        self, file: FileRow, came: int, answer: Done[Received] | Later | Rejected
    ) -> Objection | _Unfinished | None:
        """What a download has come to: None when the file is whole and right."""
        name = bytes.fromhex(file.sha256)
        if self._store.bytes_held(name) == file.bytes:
            if self._store.hash_of(name) == name:
                return None
            self._store.drop(name)
            return Objection.LIST_DIFFERS
        match answer:
            case Later():
                return _Unfinished(answer)
            case Done(value=Received(is_end=True)) if came == 0:
                self._store.drop(name)  # it ends before the size that was signed
                return Objection.LIST_DIFFERS
            case Rejected(status=416):
                self._store.drop(name)
                return Objection.LIST_DIFFERS
            case Rejected():
                return Objection.LIST_MISSING
            case Done():
                return _Unfinished()

    def _keep_what_is_known(self, manifest: Manifest) -> None:
        """A new base that is just what is in memory needs no download: so a server may sweep up its deltas."""
        for row in manifest.segments:
            known = self._known(row.kind)
            if known is None:
                continue
            _, records = known
            name = bytes.fromhex(row.base.sha256)
            is_here = self._store.bytes_held(name) == row.base.bytes
            if not is_here and len(records.body) == row.base.bytes and records.sha256 == name:
                self._store.put(name, records.body)

    def _taken(self, genuine: _Genuine) -> Taken | Objection:
        """(3) The lists of a manifest whose files are all here, and the trust that follows."""
        found: dict[Kind, Records] = {}
        for row in genuine.manifest.segments:
            kind = Kind.named(row.kind)
            if kind is None:
                continue
            records = self._list_of(kind, row)
            if isinstance(records, Flawed) or records.count != row.count or records.sha256.hex() != row.sha256:
                return self._list_differs(row)
            found[kind] = records
        none = ListsOfSegments()
        lists = ListsOfSegments(
            allow=found.get(Kind.ALLOW, none.allow),
            deny=found.get(Kind.DENY, none.deny),
            legacy=found.get(Kind.LEGACY, none.legacy),
            uses=found.get(Kind.USED, none.uses),
        )
        trust = trust_of(genuine.manifest, lists=lists, secrets=genuine.secrets, profile=genuine.profile)
        if isinstance(trust, Unusable):
            return Objection.UNREADABLE
        return Taken(genuine.manifest, trust)

    def _list_of(self, kind: Kind, row: SegmentRow) -> Records | Flawed:
        """A list from its base and its deltas, or from the one in memory and the deltas that are new."""
        known = self._known(row.kind)
        deltas = row.deltas
        records: Records | Flawed
        if known is not None and (known[0].sha256, known[0].count) == (row.sha256, row.count):
            return known[1]
        if known is not None and known[0].base == row.base and deltas[: len(known[0].deltas)] == known[0].deltas:
            records, deltas = known[1], deltas[len(known[0].deltas) :]
        else:
            records = records_from(kind, self._store.read(bytes.fromhex(row.base.sha256)))
        for delta in deltas:
            if isinstance(records, Flawed):
                break
            records = applied(records, self._store.read(bytes.fromhex(delta.sha256)))
        return records

    def _list_differs(self, row: SegmentRow) -> Objection:
        """A list that is not what was signed; a file of it that lies here damaged is fetched anew."""
        is_whole = True
        for file in (row.base, *row.deltas):
            name = bytes.fromhex(file.sha256)
            if self._store.hash_of(name) != name:
                self._store.drop(name)
                is_whole = False
        return Objection.LIST_DIFFERS if is_whole else Objection.LIST_MISSING

    def _known(self, label: str) -> tuple[SegmentRow, Records] | None:
        """A list that is in memory, with its row."""
        taken = self._box.taken
        row = None if taken is None else _segment(taken.manifest, label)
        lists = None if taken is None else taken.trust.lists
        if row is None or not isinstance(lists, ListsOfSegments):
            return None
        every = {each.kind.label: each for each in (lists.allow, lists.deny, lists.legacy, lists.uses)}
        return (row, every[label]) if label in every else None

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

    def _note_unfinished(self, found: _Unfinished) -> None:
        self.is_unfinished = True
        if found.answer is not None:
            self._link.note(found.answer, slow_from_ms=SLOW_MANIFEST_MS)

    def _end_lease(self) -> None:
        self._store.erase(self._event)
        self._box.clear(Outcome.SNAPSHOT_EXPIRED)
        self._box.object_to(Objection.LEASE_OVER)
        logger(__name__).warning("lease over, keys erased")

    def _may_go_on(self, until_ms: int) -> bool:
        return not self._stopper.is_set() and self._clock.monotonic_ms() < until_ms


def _said_of_the_link(answer: Done[FreshManifest | Unchanged] | Later | Rejected) -> Done[object] | Later | Rejected:
    """What an answer is worth to the link: a refusal that is not our server's about this device is trouble."""
    if isinstance(answer, Rejected) and answer.code not in _KNOWN_DEVICE_PROBLEMS:
        return Later(Trouble.REFUSED)
    return answer


class _Download:
    """Bytes on their way into the store, in parts that are durable one by one."""

    def __init__(self, store: TrustStore, name: bytes, offset: int, may_go_on: Callable[[], bool]) -> None:
        self._store = store
        self._name = name
        self._offset = offset
        self._may_go_on = may_go_on
        self._waiting = bytearray()
        self._is_mine = True
        self.came = 0
        self.heard: Callable[[int], None] = lambda came: None  # noqa: ARG005

    def take(self, part: bytes) -> bool:
        """The next bytes; whether to go on."""
        self.came += len(part)
        self._waiting += part
        while len(self._waiting) >= PART_BYTES:
            self._keep(PART_BYTES)
            self.heard(self.came)
        return self._is_mine and self._may_go_on()

    def flush(self) -> None:
        """Keeps what is left: a download that broke is resumed at the next byte."""
        if self._waiting:
            self._keep(len(self._waiting))
        self.heard(self.came)

    def _keep(self, count: int) -> None:
        """Where another program fetches the same file, this one stops."""
        part = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._is_mine = self._is_mine and self._store.append(self._name, self._offset, part)
        self._offset += count


def _files(manifest: Manifest) -> list[FileRow]:
    """Every file that this program uses of a manifest, each once."""
    rows = [row for row in manifest.segments if is_known_kind(row)]
    return list({file.sha256: file for row in rows for file in (row.base, *row.deltas)}.values())


def _segment(manifest: Manifest, label: str) -> SegmentRow | None:
    return next((row for row in manifest.segments if row.kind == label), None)


def _device_row(manifest: Manifest, device: DeviceId) -> DeviceRow | None:
    return next((row for row in manifest.devices if row.id == device.hex), None)


def _is_well_formed(manifest: Manifest) -> bool:
    """Whether each list comes once, each file goes by the hex of a hash, and the server's key has a key's length."""
    kinds = [row.kind for row in manifest.segments]
    octets = [manifest.server_key, *(file.sha256 for file in _files(manifest))]
    return len(set(kinds)) == len(kinds) and all(map(_is_32_octets, octets))


def _is_32_octets(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


_OBJECTION_TO_PEOPLE = {
    Unreadable.LOCKED: Objection.LIST_DIFFERS,
    Unreadable.DAMAGED: Objection.LIST_DIFFERS,
    Unreadable.TOO_LARGE: Objection.LISTS_TOO_LARGE,
}
