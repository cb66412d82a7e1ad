"""The kiosk's two working threads: the lane that turns sights into verdicts, and the sync that empties the queue.

Owns their life. Both are QObjects that live in a thread of their own, open their journal there and close it there;
what they have to tell goes out as signals.
"""

from contextlib import closing

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.errors import AppError
from app.runtime.scan_line import ScanLine
from app.runtime.station import Station
from app.runtime.sync_line import SyncLine
from app.store.journal import Journal
from core.gate.admit import again
from core.gate.sighting import NewPresentation, Returned, Several, Sighting
from core.gate.verdict import Evidence, Plain, Verdict
from core.model.outcomes import Outcome, Source
from core.sync.manifest import Unusable


class LaneWorker(QObject):
    """One presentation, one verdict. Lives in the lane's thread."""

    verdict_ready = Signal(object, object)
    """A Verdict, durable, and the monotonic nanoseconds at which its frame was captured."""
    several_seen = Signal(int)
    """How many codes were in front of the camera at once."""
    failed = Signal(object)
    """An AppError: this lane can't write its journal."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._sighting = Sighting()
        self._journal: Journal | None = None
        self._line: ScanLine | None = None
        self._last: Verdict | None = None

    @Slot()
    def open_journal(self) -> None:
        """Opens the journal in this thread; to be called by the thread's start."""
        try:
            self._journal = self._station.open_journal()
        except AppError as err:
            self.failed.emit(err)
            return
        self._line = self._station.scan_line(self._journal)

    @Slot()
    def close_journal(self) -> None:
        """Closes the journal in this thread; to be called by the thread's end."""
        if self._journal is not None:
            self._journal.close()

    @Slot(object, object)
    def take_sight(self, texts: tuple[str, ...], captured_ns: int) -> None:
        """What one frame showed: scans a new presentation, repeats the verdict on one that came back."""
        for sight in self._sighting.seen(texts, captured_ns // 1_000_000):
            match sight:
                case NewPresentation(text=text):
                    self._scan(text, captured_ns)
                case Returned() if self._last is not None:
                    verdict = again(self._last, self._station.clock.now().at_ms)
                    self.verdict_ready.emit(verdict, captured_ns)
                case Several(texts=several):
                    self.several_seen.emit(len(several))
                case _:
                    pass

    @Slot(object, object)
    def take_code(self, text: str, captured_ns: int) -> None:
        """A code that came at once and whole, by another way than the camera: always a presentation of its own."""
        self._scan(text, captured_ns)

    def _scan(self, text: str, captured_ns: int) -> None:
        if self._line is None:
            self.open_journal()
        self._last = self._line.present(text) if self._line else self._without_journal()
        self.verdict_ready.emit(self._last, captured_ns)

    def _without_journal(self) -> Verdict:
        """The door learns that nobody is admitted here, as with any other disk that can't be written."""
        now = self._station.clock.now()
        evidence = Evidence(Source.OFFLINE, now.quality, None)
        return Verdict(Outcome.STORAGE_FAILED, Plain(), evidence, None, now.at_ms)


class SyncWorker(QObject):
    """Empties the queue and fetches the manifest, for as long as its thread runs."""

    queue_changed = Signal()
    failed = Signal(object)
    """An AppError of the disk or the vault; the line goes on and tries again."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._line: SyncLine | None = None
        self._is_stopped = False

    @Slot()
    def run_line(self) -> None:
        """Runs until `stop`, in this worker's thread."""
        try:
            self._run()
        except AppError as err:
            self.failed.emit(err)

    def _run(self) -> None:
        keeper, snapshot = self._station.open_keeper()
        with closing(snapshot), closing(self._station.open_journal()) as journal:
            self._line = self._station.sync_line(
                journal,
                refresh=lambda: self._note(keeper.refresh(self._station.client)),
                drained=lambda _: self.queue_changed.emit(),
                failed=self.failed.emit,
            )
            if not self._is_stopped:
                self._line.run()

    def _note(self, refusal: Unusable | None) -> None:
        """A manifest that can't be used leaves the old one in force; the window says why it grows old."""
        if refusal is not None:
            self.failed.emit(AppError("manifest_unusable", cause=refusal.reason))

    def stop(self) -> None:
        """Ends `run_line` soon. From any thread."""
        self._is_stopped = True
        if self._line is not None:
            self._line.stop()

    def wake(self) -> None:
        """Says that there is something new to send. From any thread."""
        if self._line is not None:
            self._line.wake()


def start_thread(name: str, worker: QObject) -> QThread:
    """A thread with `worker` living in it, not yet started."""
    thread = QThread()
    thread.setObjectName(name)
    worker.moveToThread(thread)
    return thread
