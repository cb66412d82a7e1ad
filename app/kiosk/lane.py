"""The kiosk's two working threads: the lane that turns sights into verdicts, and the sync that empties the queue.

Owns their life. Both are QObjects that live in a thread of their own, open their journal there and close it there;
what they have to tell goes out as signals.
"""

from contextlib import closing
from dataclasses import replace

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.errors import AppError
from app.kiosk.phones import Phones
from app.kiosk.trust_facts import Download
from app.kiosk.trust_reading import Standing
from app.runtime.keeper import ManifestKeeper
from app.runtime.scan_line import ScanLine
from app.runtime.station import Station
from app.runtime.sync_line import SyncLine
from app.store.journal import Journal
from core.gate.admit import again
from core.gate.sighting import NewPresentation, Returned, Several, Sighting
from core.gate.verdict import Evidence, Plain, Verdict
from core.model.outcomes import Outcome, Source
from core.sync.answers import Done
from core.ticket.verify import Barred, Lane

_PENDING = "pending"
"""What a server calls a device whose six digits nobody has compared."""
_STEPS = 200
"""A bar across a window has no use for more."""


class LaneWorker(QObject):
    """One presentation, one verdict. Lives in the lane's thread."""

    verdict_ready = Signal(object, object)
    """A Verdict, durable, and the monotonic nanoseconds at which its frame was captured."""
    several_seen = Signal(int)
    """How many codes were in front of the camera at once."""
    skew_changed = Signal(object)
    """How far this clock may be behind what the guests' phones say, in milliseconds; None while nobody doubts it."""
    failed = Signal(object)
    """An AppError: this lane can't write its journal."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._sighting = Sighting()
        self._journal: Journal | None = None
        self._line: ScanLine | None = None
        self._last: Verdict | None = None
        self._phones = Phones()

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
        self._hear_phone(text)

    def _hear_phone(self, text: str) -> None:
        """What the code says of the time, once its guest has been answered."""
        station, before_ms = self._station, self._phones.alarm_ms
        lane = Lane(station.place.gate, station.profile.direction)
        self._phones = self._phones.after(text, station.box.trust, lane, station.clock.now())
        if self._phones.alarm_ms != before_ms:
            self.skew_changed.emit(self._phones.alarm_ms)

    def _without_journal(self) -> Verdict:
        """The door learns that nobody is admitted here, as with any other disk that can't be written."""
        now = self._station.clock.now()
        evidence = Evidence(Source.OFFLINE, now.quality, None)
        return Verdict(Outcome.STORAGE_FAILED, Plain(), evidence, None, now.at_ms)


class SyncWorker(QObject):
    """Empties the queue and fetches the manifest, for as long as its thread runs."""

    queue_changed = Signal()
    standing_changed = Signal(object)
    """A `Standing`: a list is on its way, or the organizer has compared the digits."""
    failed = Signal(object)
    """An AppError of the disk or the vault; the line goes on and tries again."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._line: SyncLine | None = None
        self._keeper: ManifestKeeper | None = None
        self._standing = Standing(are_keys_lost=station.are_keys_lost, rescue=station.rescue)
        self._is_stopped = False

    @Slot()
    def run_line(self) -> None:
        """Runs until `stop`, in this worker's thread."""
        try:
            self._run()
        except AppError as err:
            self.failed.emit(err)

    def _run(self) -> None:
        station = self._station
        with closing(station.open_keeper(self._tell_progress)) as keeper, closing(station.open_journal()) as journal:
            self._keeper = keeper
            self._load(keeper)
            self._line = station.sync_line(
                journal,
                refresh=lambda: self._refresh(keeper),
                drained=lambda _: self.queue_changed.emit(),
                failed=self.failed.emit,
                waiting=keeper.check_lease,
            )
            if not self._is_stopped:
                self._line.run()

    def _load(self, keeper: ManifestKeeper) -> None:
        """What is stored comes into force here, beside the window: a city's lists take their time."""
        if self._station.box.taken is None:
            self._stand(replace(self._standing, is_loading=True))
            keeper.load()
            self._stand(replace(self._standing, is_loading=False))

    def _refresh(self, keeper: ManifestKeeper) -> None:
        """One look for a newer manifest. What is not taken leaves the old one in force: the window says why."""
        keeper.refresh(self._station.client)
        if keeper.is_unfinished and self._station.link.health.is_worth_asking:
            self.wake()  # the queue has its turn, then the rest of the lists
        coming, found = self._standing.download if keeper.is_unfinished else None, self._station.reckoner.found
        self._stand(replace(self._standing, is_pending=self._is_pending(), download=coming, reckoning=found))

    def _is_pending(self) -> bool:
        """Whether the server says no because nobody has compared the six digits yet."""
        trust = self._station.box.trust
        if not isinstance(trust, Barred) or trust.outcome is not Outcome.NOT_AUTHORISED:
            return False
        answer = self._station.client.me()
        return isinstance(answer, Done) and answer.value.state == _PENDING

    def _tell_progress(self, done: int, total: int) -> None:
        """Files that are here already are no download; a step too small to be seen is none either."""
        if done < total:
            step = Download(done * _STEPS // total * total // _STEPS, total)
            self._stand(replace(self._standing, download=step))

    def _stand(self, standing: Standing) -> None:
        if standing != self._standing:
            self._standing = standing
            self.standing_changed.emit(standing)

    def stop(self) -> None:
        """Ends `run_line` soon. From any thread."""
        self._is_stopped = True
        if self._line is not None:
            self._line.stop()
        if self._keeper is not None:
            self._keeper.stop()

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
