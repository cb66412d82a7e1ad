"""The kiosk put together: camera, decoder, lane, sync and window, each in its thread.

Owns the wiring, the order of starting and stopping, and what the status line is told. A camera, a loudspeaker or a
server that is missing is shown and survived; a disk that is missing is shown, and nobody is admitted.
"""

import argparse
import os
import sys
import time
from collections import deque
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.device.camera import CameraSource, Frame, Phase
from app.device.camera import CameraState as SourceState
from app.device.decoding import DecodeLane, Sighted
from app.device.device_camera import DeviceCamera, camera_names
from app.device.opening import open_camera
from app.device.vault import PassphraseVault, VaultKind, kind_of
from app.device.vaults import passphrases
from app.errors import AppError
from app.kiosk.enrol_lane import EnrolLane
from app.kiosk.enrol_steps import FolderEnroller
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.eye import Eye, state_for_window
from app.kiosk.lane import LaneWorker, SyncWorker, start_thread
from app.kiosk.sounds import SoundPlayer
from app.kiosk.status import StatusFacts
from app.kiosk.trust_reading import Standing, read_trust
from app.kiosk.unlock_window import UnlockWindow
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState, load_kiosk_words
from app.log import kept_in, logger
from app.runtime.station import CredentialLost, EnrolledBefore, Station
from app.settings import PROFILE_FILE, VAULT_FOLDER, load_profile
from app.store.clock_memory import clock_of
from app.store.journal import Journal
from core.gate.verdict import Verdict
from core.model.event import Event
from core.model.outcomes import Outcome, is_admission
from core.model.timekeeping import ClockTrust
from core.ticket.verify import Trust

STATUS_EVERY_MS = 1_000
PREVIEW_EVERY_NS = 90_000_000
"""About eleven pictures a second: smooth enough to aim by, and cheap."""
RATE_WINDOW_MS = 60_000
MOST_LATENCIES = 10_000


class NoDisplay(AppError):
    """There is no screen to open a window on."""

    def __init__(self) -> None:
        super().__init__("no_display")


class Kiosk(QObject):
    """One door. Lives in the window's thread; `start` it once, `stop` it before its station is closed."""

    verdict_shown = Signal(object)
    """A Verdict that the window has just got."""
    _sight_taken = Signal(object, object)
    _code_taken = Signal(object, object)

    def __init__(self, station: Station, camera: CameraSource | None, window: KioskWindow) -> None:
        super().__init__()
        self._station = station
        self._camera = camera
        self._window = window
        self._eye = Eye()
        self._sounds = SoundPlayer(self)
        self._decoder = DecodeLane()
        self._lane = LaneWorker(station)
        self._sync = SyncWorker(station)
        self._lane_thread = start_thread("doorlight-lane", self._lane)
        self._sync_thread = start_thread("doorlight-sync", self._sync)
        self._journal: Journal | None = None
        self._admissions: deque[int] = deque()
        self._admitted = 0
        self._last_preview_ns = 0
        self._standing = Standing(are_keys_lost=station.are_keys_lost, rescue=station.rescue)
        self._skew_ms: int | None = None
        self._unpainted: tuple[Verdict, int] | None = None
        self.latencies_ms: deque[float] = deque(maxlen=MOST_LATENCIES)
        self._ticker = QTimer(self)
        self._wire()

    def start(self) -> None:
        """Starts the threads and the camera, and shows the state of things."""
        self._open_journal()
        self._lane_thread.start()
        self._sync_thread.start()
        self._decoder.start()
        if self._camera is None:
            self._window.show_camera_state(CameraState.MISSING)
        else:
            self._camera.start()
        self._ticker.start(STATUS_EVERY_MS)
        self.show_status()

    @Slot()
    def stop(self) -> None:
        """Ends everything that runs; what is queued stays queued."""
        self._ticker.stop()
        if self._camera is not None:
            self._camera.stop()
        self._decoder.stop()
        self._sync.stop()
        for thread in (self._lane_thread, self._sync_thread):
            thread.quit()
            thread.wait()
        self._sounds.stop()
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def present(self, text: str) -> None:
        """A code that came by another way than the camera."""
        self._code_taken.emit(text, time.monotonic_ns())

    @Slot()
    def show_status(self) -> None:
        """Tells the window the state of link, queue, list and clock."""
        event = self._take_event()
        self._window.show_status(self._status(event))

    # --- wiring -------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        self._sight_taken.connect(self._lane.take_sight)
        self._code_taken.connect(self._lane.take_code)
        self._lane_thread.started.connect(self._lane.open_journal)
        self._lane_thread.finished.connect(self._lane.close_journal)
        self._sync_thread.started.connect(self._sync.run_line)
        self._lane.verdict_ready.connect(self._take_verdict)
        self._lane.failed.connect(self._note_failure)
        self._sync.failed.connect(self._note_failure)
        self._sync.queue_changed.connect(self.show_status)
        self._lane.skew_changed.connect(self._take_skew)
        self._sync.standing_changed.connect(self._take_standing)
        self._decoder.decoded.connect(self._take_sighted)
        self._decoder.failed.connect(self._note_failure)
        self._window.verdict_painted.connect(self._note_painted)
        self._window.sound_chosen.connect(self._sounds.set_heard)
        self._sounds.state_changed.connect(self._take_sound_state)
        self._ticker.timeout.connect(self.show_status)
        if self._camera is not None:
            self._camera.frame_arrived.connect(self._take_frame)
            self._camera.state_changed.connect(self._take_camera_state)
            self._camera.sources_changed.connect(self._offer_cameras)
        if isinstance(self._camera, DeviceCamera):
            self._window.camera_wanted.connect(self._camera.take_next)
            self._offer_cameras()

    @Slot(object)
    def _take_frame(self, frame: Frame) -> None:
        self._decoder.offer(frame)
        if frame.at_ns - self._last_preview_ns >= PREVIEW_EVERY_NS:
            self._last_preview_ns = frame.at_ns
            self._window.show_frame(frame.picture())

    @Slot(object)
    def _take_sighted(self, sighted: Sighted) -> None:
        texts = self._eye.texts(sighted.reading)
        if texts:
            self._sight_taken.emit(texts, sighted.at_ns)
        self._window.show_hint(self._eye.hint(sighted.reading, sighted.at_ms))

    @Slot(object)
    def _take_camera_state(self, state: SourceState) -> None:
        if state.phase in {Phase.STALLED, Phase.FAILED}:
            logger(__name__).warning("camera", phase=state.phase.value, reason=state.reason)
        self._window.show_camera_state(state_for_window(state))

    @Slot()
    def _offer_cameras(self) -> None:
        self._window.show_cameras(len(camera_names()) if isinstance(self._camera, DeviceCamera) else 0)

    @Slot(object)
    def _take_sound_state(self, _state: object) -> None:
        self.show_status()

    @Slot(object, object)
    def _take_verdict(self, verdict: Verdict, captured_ns: int) -> None:
        self._unpainted = (verdict, captured_ns)
        self._take_event()  # the manifest may have come since the last second: times are the event's
        self._window.show_verdict(verdict)
        self._sounds.play(verdict)
        if is_admission(verdict.outcome):
            self._admitted += 1
            self._admissions.append(verdict.at_ms)
        self._sync.wake()
        self.show_status()
        self.verdict_shown.emit(verdict)

    @Slot(object)
    def _take_skew(self, skew_ms: int | None) -> None:
        self._skew_ms = skew_ms
        self.show_status()

    @Slot(object)
    def _take_standing(self, standing: Standing) -> None:
        self._standing = standing
        self.show_status()

    @Slot(object)
    def _note_painted(self, verdict: Verdict) -> None:
        if self._unpainted is not None and self._unpainted[0] is verdict:
            self.latencies_ms.append((time.monotonic_ns() - self._unpainted[1]) / 1e6)
            self._unpainted = None

    @Slot(object)
    def _note_failure(self, error: AppError) -> None:
        logger(__name__).error("kiosk", key=error.key)
        self.show_status()

    # --- what the status line is told ---------------------------------------------------------------------------

    def _open_journal(self) -> None:
        try:
            self._journal = self._station.open_journal()
            self._admitted = sum(
                count for name, count in self._journal.summary().by_outcome.items() if is_admission(Outcome(name))
            )
        except AppError as err:
            self._note_failure(err)

    def _take_event(self) -> Event | None:
        """The event of the manifest in force; the window shows its times from now on."""
        trust = self._station.box.trust
        if not isinstance(trust, Trust):
            return None
        self._window.show_time_zone(ZoneInfo(trust.event.time_zone))
        return trust.event

    def _status(self, event: Event | None) -> StatusFacts:
        station, profile = self._station, self._station.profile
        now = station.clock.now()
        health = station.link.health
        place = station.place
        gate = event.gates.get(place.gate) if event else None
        while self._admissions and self._admissions[0] < now.at_ms - RATE_WINDOW_MS:
            self._admissions.popleft()
        return StatusFacts(
            event_name=event.name if event else profile.event_name,
            gate_name=gate.name if gate else place.gate,
            device_name=place.name,
            direction=profile.direction,
            now_ms=now.at_ms,
            link=health.link,
            trouble=health.trouble,
            since_ms=health.since_ms,
            queue_length=self._queue_length(),
            trust=read_trust(station.box, now, self._standing),
            clock=ClockTrust(now.quality, now.uncertainty_ms, self._skew_ms),
            sound=self._sounds.state,
            admitted=self._admitted,
            per_minute=len(self._admissions),
        )

    def _queue_length(self) -> int:
        if self._journal is None:
            return 0
        try:
            return self._journal.queue_length()
        except AppError:
            return 0


class Front(QObject):
    """What stands in front of the staff: the page that this computer needs first, and then the door.

    1. keys under a passphrase that nobody has given yet → the unlocking
    2. a folder that is no kiosk yet, or whose credential is lost → the enrolment
    3. the door

    `open` it once; `close` it when the application has ended.
    """

    failed = Signal(object)
    """An AppError: there is no door to be had."""

    def __init__(self, folder: Path, camera: str, server: str | None) -> None:
        super().__init__()
        self._folder = folder
        self._camera = camera
        self._server = server
        self._words = load_kiosk_words()
        self._clock = clock_of(folder)
        self._parts = ExitStack()
        self._kept: list[QObject] = []  # a page that has just said that it is done must outlive saying so
        self.shown: QWidget | None = None
        """The window of now."""

    @Slot()
    def open(self) -> None:
        """Opens what comes first."""
        if is_locked(self._folder):  # (1)
            self._open_unlocking()
            return
        if not is_kiosk(self._folder):  # (2)
            self._open_enrolment()
            return
        try:
            self._open_door()  # (3)
        except (CredentialLost, EnrolledBefore) as err:
            logger(__name__).error("kiosk", key=err.key)
            self._open_enrolment()

    def close(self) -> None:
        """Ends whatever runs."""
        self._parts.close()

    def _open_enrolment(self) -> None:
        window = EnrolWindow(self._words)
        lane = EnrolLane(
            lambda: FolderEnroller(self._folder, self._clock), open_camera(self._camera), window, self._words
        )
        lane.done.connect(self._go_on)
        self._kept.append(lane)
        self._parts.callback(lane.stop)
        lane.start()
        self._show(window)

    def _open_unlocking(self) -> None:
        window = UnlockWindow(self._words.unlock, self._words.window, lambda typed: unlock(self._folder, typed))
        window.unlocked.connect(self._go_on)
        self._parts.callback(window.stop)
        self._show(window)

    def _open_door(self) -> None:
        profile = load_profile(self._folder)
        if self._server:
            profile = replace(profile, server=self._server)
        station = Station(self._folder, profile, self._clock)
        self._parts.callback(station.close)
        if station.rescue is not None:
            logger(__name__).error("journal_rescued", cause=station.rescue.cause, files=station.rescue.set_aside)
        window = KioskWindow(self._words, ZoneInfo("UTC"), self._clock)
        door = Kiosk(station, open_camera(self._camera), window)
        self._parts.callback(door.stop)
        window.closed.connect(door.stop)
        self._kept.append(door)
        door.start()
        self._show(window)

    @Slot()
    def _go_on(self) -> None:
        """The page has done its work: the next one takes its place, in the same moment."""
        self._parts.close()
        try:
            self.open()
        except AppError as err:
            self.failed.emit(err)

    def _show(self, window: QWidget) -> None:
        before, self.shown = self.shown, window
        self._kept.append(window)
        window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
        window.showMaximized()
        if before is not None:
            before.close()


def kiosk(args: argparse.Namespace) -> int:
    """`doorlight kiosk`: opens the window of a folder and runs until it is closed."""
    if not has_display():
        raise NoDisplay
    app = QApplication.instance() or QApplication(sys.argv[:1])
    front = Front(args.profile, args.camera, args.server)
    failures: list[AppError] = []
    front.failed.connect(failures.append)
    front.failed.connect(app.quit)
    with kept_in(args.profile, "kiosk"), closing(front):
        front.open()
        code = int(app.exec())
    if failures:
        raise failures[0]
    return code


def is_kiosk(folder: Path) -> bool:
    """Whether a folder has been enrolled."""
    return (folder / PROFILE_FILE).exists()


def is_locked(folder: Path) -> bool:
    """Whether somebody has to type a passphrase before this folder's keys can be read."""
    vault = folder / VAULT_FOLDER
    if kind_of(vault) is not VaultKind.PASSPHRASE or not PassphraseVault(vault).is_set:
        return False
    return passphrases.from_environment() is None and not passphrases.is_told(vault)


def unlock(folder: Path, passphrase: str) -> None:
    """Tries a passphrase on a folder's keys; the right one opens all that this program opens of them from now on.

    Raises PassphraseWrong, VaultDamaged, VaultFailed.
    """
    vault = folder / VAULT_FOLDER
    PassphraseVault(vault).unlock(passphrase)
    passphrases.tell(vault, passphrase)


def has_display() -> bool:
    """Whether a window can be opened: a screen server, or a platform that was chosen on purpose."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
