"""The kiosk's lane: the thread that turns sights into verdicts.

Owns its life, and which code's turn it is. It is a QObject that lives in a thread of its own, opens its journal there
and closes it there; what it has to tell goes out as signals.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from app.errors import AppError
from app.faults import log_fault
from app.kiosk.phones import Phones
from app.kiosk.storage_facts import StorageFacts
from app.log import logger
from app.runtime.mending import Soundness, is_doubtful, soundness_of
from app.runtime.scan_line import Found, ScanLine
from app.runtime.staff_line import StaffLine
from app.runtime.station import Station
from app.store.journal import Journal
from app.store.rescue import rescue
from core.gate.admit import again
from core.gate.badge import is_badge
from core.gate.held import Held, Hold
from core.gate.overruling import wanted_by
from core.gate.readiness import TEST_CODE
from core.gate.sighting import RETURN_MS, NewPresentation, Returned, Several, Sighting
from core.gate.verdict import Detail, Evidence, FaultDetail, Plain, Verdict
from core.journal.scan import Finding
from core.model.ids import TicketHandle
from core.model.outcomes import Outcome, Source
from core.people.inbox import Conflict
from core.sync.setup import is_setup
from core.ticket.verify import Lane

T = TypeVar("T")
LOOK_EVERY_MS = 2_000
"""How soon a disk that is back, or gone, is noticed without a guest."""


class LaneWorker(QObject):
    """One presentation, one verdict. Lives in the lane's thread."""

    verdict_ready = Signal(object, object)
    """A Verdict, durable, and the monotonic nanoseconds at which its frame was captured."""
    several_seen = Signal(int)
    """How many codes were in front of the camera at once."""
    badge_seen = Signal(str)
    """The text of a staff badge: nobody's ticket."""
    skew_changed = Signal(object)
    """How far this clock may be behind what the guests' phones say, in milliseconds; None while nobody doubts it."""
    waiting_changed = Signal(int)
    """How many codes wait until this lane goes on."""
    crowded = Signal()
    """A code came that could not even wait: it has to be shown again."""
    group_told = Signal(object)
    """What the door said to each of a group: a dict from ticket handles to Verdicts. Some come as verdicts, too."""
    resolved = Signal()
    """What somebody found out about a conflict is in the journal."""
    journal_opened = Signal()
    """In this thread: before the first scan, and after a journal was rebuilt."""
    failed = Signal(object)
    """An AppError: this lane can't write its journal."""
    setup_seen = Signal(str)
    """A configuration code was shown, while staff have asked for one."""
    test_seen = Signal()
    """The test code of the go/no-go sheet was shown, while it is looked for."""
    alive = Signal()
    """The answer to `answer`."""
    faulted = Signal()
    """This program failed over a guest; whoever watches is told, and the next one is served."""
    busy = Signal(bool)
    """This thread rebuilds its journal and answers nobody, or has done so."""
    storage_changed = Signal(object)
    """`StorageFacts`: this lane can't write its journal from now on, or it can again."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._sighting = Sighting()
        self._journal: Journal | None = None
        self.line: ScanLine | None = None
        self.staff: StaffLine | None = None
        """What staff decide, on the same journal: for whoever lives in this thread."""
        self._last: Verdict | None = None
        self.is_simulating = False
        """Whether this lane writes nothing, and nobody's word counts."""
        self._held = Held()
        self._phones = Phones()
        self._storage = StorageFacts()
        self._typed: tuple[str, int] | None = None
        self._is_tested = False
        self._is_set_up = False
        self._watch = QTimer(self, interval=LOOK_EVERY_MS)
        self._watch.timeout.connect(self._look_after_journal)

    @Slot()
    def open_journal(self) -> None:
        """Opens the journal in this thread; to be called by the thread's start."""
        self._watch.start()
        try:
            self._journal = self._station.open_journal()
        except AppError as err:
            self.failed.emit(err)
            return
        self.line = self._line_on(self._journal)
        self.staff = self._station.staff_line(self._journal)
        self.journal_opened.emit()

    @Slot()
    def close_journal(self) -> None:
        """Closes the journal in this thread; to be called by the thread's end."""
        self._watch.stop()
        if self._journal is not None:
            self._journal.close()
        self._journal = self.line = self.staff = None

    @Slot(bool)
    def be_tested(self, is_tested: bool) -> None:
        """Whether somebody shows the test code to see that this door reads: then it is no guest's."""
        self._is_tested = is_tested

    @Slot(bool)
    def be_set_up(self, is_set_up: bool) -> None:
        """Whether staff have asked for a configuration code: at any other time it is a guest's, and no ticket."""
        self._is_set_up = is_set_up

    @Slot()
    def answer(self) -> None:
        """Whoever watches over the program asks whether this thread goes on."""
        self.alive.emit()

    @Slot()
    def mend(self) -> None:
        """Looks by a real write whether the journal can be written, and rebuilds what the disk has damaged.

        A rebuilt journal is another file: whoever else has the old one open opens it anew (`storage_changed`).
        """
        path, found = self._station.journal_path, None
        soundness = soundness_of(path, self._journal)
        is_broken = soundness is Soundness.BROKEN
        if is_broken:
            self.busy.emit(True)
            self.close_journal()
            found = rescue(path)
            self.open_journal()
            self.busy.emit(False)
            soundness = soundness_of(path, self._journal)
            logger(__name__).error("journal_mended", state=soundness.value, cause=found.cause if found else "")
        is_failing = soundness is not Soundness.SOUND
        is_reopened = is_broken and self._journal is not None
        self._tell_storage(self._storage.after(found, is_failing=is_failing, is_reopened=is_reopened))

    @Slot(object, object)
    def take_sight(self, texts: tuple[str, ...], captured_ns: int) -> None:
        """What one frame showed: scans a new presentation, repeats the verdict on one that came back."""
        for sight in self._sighting.seen(texts, captured_ns // 1_000_000):
            match sight:
                case NewPresentation(text=text):
                    self._take(text, captured_ns)
                case Returned() if self._last is not None and not self._held.is_held:
                    self._say_again(self._last, captured_ns)
                case Several(texts=several):
                    self.several_seen.emit(len(several))
                case _:
                    pass

    @Slot(object, object)
    def take_code(self, text: str, captured_ns: int) -> None:
        """A code that came at once and whole, by another way than the camera.

        The same once more within `RETURN_MS`, with no other between, is the same guest.
        """
        now_ms = self._station.clock.monotonic_ms()
        was, self._typed = self._typed, (text, now_ms)
        is_again = was is not None and was[0] == text == self._held.asked and now_ms - was[1] <= RETURN_MS
        if is_again and self._last is not None and not self._held.is_held:
            self._say_again(self._last, captured_ns)
        else:
            self._take(text, captured_ns)

    @Slot(bool)
    def hold(self, is_held: bool) -> None:
        """Staff are at a page that wants an answer, or have left it: what has come meanwhile is scanned then."""
        self._held = self._held.with_reason(Hold.SHEET) if is_held else self._held.without(Hold.SHEET)
        self._scan_next()

    @Slot()
    def go_on(self) -> None:
        """The verdict has been read: the next code that waits is scanned."""
        self._held = self._held.without(Hold.VERDICT)
        self._scan_next()

    @Slot()
    def be_left(self) -> None:
        """Staff have left the page on which the last verdict wanted an answer."""
        self._held = self._held.without(Hold.ANSWER)
        self._scan_next()

    @Slot(bool)
    def simulate(self, is_on: bool) -> None:
        """Writes nothing and asks nobody from now on; or works again."""
        self.is_simulating = is_on
        if self._journal is not None:
            self.line = self._line_on(self._journal)
        self.begin_anew()

    def _line_on(self, journal: Journal) -> ScanLine:
        return self._station.simulated_line(journal) if self.is_simulating else self._station.scan_line(journal)

    @Slot()
    def begin_anew(self) -> None:
        """What was before the camera is forgotten: the lane goes the other way now, or the scan was taken back."""
        self._last, self._typed = None, None

    @Slot(object)
    def take_found(self, found: Found) -> None:
        """Staff have found a guest by name, and say that this is them."""
        self._tell(self._present_found(found), time.monotonic_ns(), self._held.asked)

    @Slot(object)
    def take_group(self, group: tuple[Found, ...]) -> None:
        """Those who came with a guest: one scan each, in their order.

        The page that asked says what became of them: a green verdict after it would let somebody in twice. What wants a
        person's word is shown as any other.
        """
        told = {found.ticket.tid: self._present_found(found) for found in group}
        self.group_told.emit(told)
        for verdict in told.values():
            if verdict.outcome is Outcome.STORAGE_FAILED:
                self._tell_storage(self._storage.failing())
            if wanted_by(verdict.outcome) is not None:
                self._tell(verdict, time.monotonic_ns(), self._held.asked)

    @Slot(object, object, object)
    def resolve(self, conflict: Conflict, finding: Finding, operator: str | None) -> None:
        """Somebody has said what a conflict was: kept as a fact, and sent like any other."""
        if self._journal is None or self.is_simulating:
            return
        try:
            now = self._station.clock.now()
            self._journal.record_resolution(conflict.scan, conflict.tid, conflict.kind, finding, now, operator)
        except AppError as err:
            self.failed.emit(err)
            return
        self.resolved.emit()

    @Slot(object)
    def take_number(self, tid: TicketHandle) -> None:
        """Staff have typed the number on a ticket that the guest list here does not have."""
        self._tell(self._asked(lambda line: line.present_number(tid)), time.monotonic_ns(), self._held.asked)

    def _present_found(self, found: Found) -> Verdict:
        return self._asked(lambda line: line.present_found(found))

    def _take(self, text: str, captured_ns: int) -> None:
        if is_badge(text):
            self.badge_seen.emit(text)
            return
        if self._is_set_up and is_setup(text):
            self.setup_seen.emit(text)
            return
        if self._is_tested and text == TEST_CODE:
            self.test_seen.emit()
            return
        if not self._held.is_held:
            self._scan(text, captured_ns)
        elif self._held.is_full and not self._held.knows(text):
            self.crowded.emit()
        else:
            self._keep(self._held.after_code(text))

    def _scan_next(self) -> None:
        text, held = self._held.taken()
        if text is not None:
            self._keep(held)
            self._scan(text, time.monotonic_ns())

    def _keep(self, held: Held) -> None:
        before, self._held = self._held, held
        if len(before.waiting) != len(held.waiting):
            self.waiting_changed.emit(len(held.waiting))

    def _scan(self, text: str, captured_ns: int) -> None:
        self._tell(self._asked(lambda line: line.present(text)), captured_ns, text)
        self._hear_phone(text)

    def _asked(self, ask: Callable[[ScanLine], Verdict]) -> Verdict:
        """What the line says of a guest, where there is one."""
        if self.line is None:
            self.open_journal()
        line = self.line
        return self.without_journal() if line is None else self.tried(lambda: ask(line))

    def tried(self, work: Callable[[], T]) -> T | Verdict:
        """What came of something about a guest, or a verdict that lets nobody in where the program itself fails at it.

        The journal is opened anew, with lines that remember nothing of it: a scan that was recorded and never shown is
        asked about as after a restart.
        """
        try:
            return work()
        except Exception as err:  # noqa: BLE001 — the top of a guest's turn: the next one is served
            log_fault("lane", err)
            self.close_journal()
            self.open_journal()
            self.faulted.emit()
            return self._unsaid(Outcome.QUARANTINED, FaultDetail())

    def show(self, verdict: Verdict) -> None:
        """Says what came of a person's word: in place of the verdict before it, about the same guest."""
        self._held = self._held.without(Hold.ANSWER)
        self._tell(verdict, time.monotonic_ns(), self._held.asked)
        if verdict.outcome is Outcome.UNDONE:
            self._typed = None  # the same code by hand is a guest who comes in after all

    def _say_again(self, last: Verdict, captured_ns: int) -> None:
        self._tell(again(last, self._station.clock.now().at_ms), captured_ns, self._held.asked)

    def _tell(self, verdict: Verdict, captured_ns: int, text: str | None) -> None:
        self._last = verdict
        if isinstance(verdict.detail, FaultDetail):
            self._typed = None  # the same code by hand is another try
        if verdict.outcome is Outcome.STORAGE_FAILED:
            self._tell_storage(self._storage.failing())
        self._held = self._held.after_verdict(text, wants_answer=wanted_by(verdict.outcome) is not None)
        self.verdict_ready.emit(verdict, captured_ns)

    def _hear_phone(self, text: str) -> None:
        """What the code says of the time, once its guest has been answered."""
        station, before_ms = self._station, self._phones.alarm_ms
        lane = Lane(station.place.gate, station.post.direction())
        self._phones = self._phones.after(text, station.box.trust, lane, station.clock.now())
        if self._phones.alarm_ms != before_ms:
            self.skew_changed.emit(self._phones.alarm_ms)

    @Slot()
    def _look_after_journal(self) -> None:
        if self._storage.is_failing or is_doubtful(self._journal):
            self.mend()

    def _tell_storage(self, storage: StorageFacts) -> None:
        before, self._storage = self._storage, storage
        if storage != before:
            self.storage_changed.emit(storage)

    def without_journal(self) -> Verdict:
        """The door learns that nobody is admitted here, as with any other disk that can't be written."""
        return self._unsaid(Outcome.STORAGE_FAILED, Plain())

    def _unsaid(self, outcome: Outcome, detail: Detail) -> Verdict:
        """A verdict that is in no journal: it lets nobody in."""
        now = self._station.clock.now()
        return Verdict(outcome, detail, Evidence(Source.OFFLINE, now.quality, None), None, now.at_ms)


def start_thread(name: str, worker: QObject) -> QThread:
    """A thread with `worker` living in it, not yet started."""
    thread = QThread()
    thread.setObjectName(name)
    worker.moveToThread(thread)
    return thread
