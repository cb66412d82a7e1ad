"""The files of a manifest's lists, fetched to their last byte from wherever they are.

Owns what is fetched, how long, and when a file is whole: of its size and of its hash. What came stays where a download
breaks, and the next one goes on at the next byte. Says nothing of what the files hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from app.clock import Clock
from app.net.gate_client import FreshManifest, Received, Sink, Unchanged
from app.store.trust_store import PART_BYTES, TrustStore
from core.sync.adoption import Objection, is_known_kind
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import FileRow, Manifest

SLICE_MS = 10_000
"""How long one refresh may fetch: then the queue has its turn, and the next refresh goes on at the next byte."""
Progress = Callable[[int, int], None]
"""Hears how many bytes of how many are there."""


class ManifestSource(Protocol):
    """Where manifests and the files of their lists come from: a server, a folder."""

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:
        """The newest manifest, unless it is the version held."""

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
        """The bytes of a file from `offset` on, at most `most`, as they come."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Bytes are still missing; nothing is wrong. `answer` is why they stopped, where the source said it."""

    answer: Later | None = None


class ManifestFiles:
    """Fetches what is missing. `stopper` ends a download soon, from any thread."""

    def __init__(self, store: TrustStore, clock: Clock, progress: Progress, stopper: Event) -> None:
        self._store = store
        self._clock = clock
        self._progress = progress
        self._stopper = stopper

    def fetch(self, manifest: Manifest, source: ManifestSource) -> Objection | Unfinished | None:
        """Whatever of the manifest's files is not here yet; None when all are."""
        files = files_of(manifest)
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
    ) -> Objection | Unfinished | None:
        """What a download has come to: None when the file is whole and right."""
        name = bytes.fromhex(file.sha256)
        if self._store.bytes_held(name) == file.bytes:
            if self._store.hash_of(name) == name:
                return None
            self._store.drop(name)
            return Objection.LIST_DIFFERS
        match answer:
            case Later():
                return Unfinished(answer)
            case Done(value=Received(is_end=True)) if came == 0:
                self._store.drop(name)  # it ends before the size that was signed
                return Objection.LIST_DIFFERS
            case Rejected(status=416):
                self._store.drop(name)
                return Objection.LIST_DIFFERS
            case Rejected():
                return Objection.LIST_MISSING
            case Done():
                return Unfinished()

    def _may_go_on(self, until_ms: int) -> bool:
        return not self._stopper.is_set() and self._clock.monotonic_ms() < until_ms


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


def files_of(manifest: Manifest) -> list[FileRow]:
    """Every file that this program uses of a manifest, each once."""
    rows = [row for row in manifest.segments if is_known_kind(row)]
    return list({file.sha256: file for row in rows for file in (row.base, *row.deltas)}.values())
