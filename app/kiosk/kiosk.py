"""One door put together: camera, lane, sync and window, each in its thread.

Owns the wiring and the order of starting and stopping. A camera, a loudspeaker or a server that is missing is shown and
survived; a disk that is missing is shown, and nobody is admitted.
"""

import time
from collections import deque
from dataclasses import replace
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.device.camera import CameraSource
from app.errors import AppError
from app.faults import log_fault
from app.kiosk.check_desk import CheckDesk
from app.kiosk.input_facts import InputFacts
from app.kiosk.input_pages import InputPages
from app.kiosk.inputs import Inputs
from app.kiosk.lane import LaneWorker, start_thread
from app.kiosk.lookout import Lookout
from app.kiosk.people_desk import PeopleDesk
from app.kiosk.pulse import Pulse
from app.kiosk.set_up_desk import SetUpDesk
from app.kiosk.settings_desk import SettingsDesk
from app.kiosk.sounds import SoundPlayer
from app.kiosk.staff_desks import StaffDesks
from app.kiosk.status import StatusFacts
from app.kiosk.status_reading import StatusReader
from app.kiosk.storage_facts import StorageFacts
from app.kiosk.sync_worker import SyncWorker
from app.kiosk.trust_reading import Standing
from app.kiosk.window import KioskWindow
from app.log import logger
from app.runtime.inside import Inside
from app.runtime.station import Station
from core.gate.overruling import wanted_by
from core.gate.verdict import Verdict
from core.model.ids import TicketHandle
from core.model.outcomes import Outcome
from core.model.settings import CameraSettings, Setting, Settings

STATUS_EVERY_MS = 1_000
MOST_LATENCIES = 10_000


class Kiosk(QObject):
    """One door. Lives in the window's thread; `start` it once, `stop` it before its station is closed."""

    verdict_shown = Signal(object)
    """A Verdict that the window has just got."""
    _code_taken = Signal(object, object)
    _unasked = Signal()

    def __init__(
        self,
        station: Station,
        camera: CameraSource | None,
        window: KioskWindow,
        settings: SettingsDesk | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings if settings is not None else SettingsDesk(station.folder, self)
        self._station = station
        self._window = window
        self._lookout = Lookout(camera, window, self, settings=self._settings.settings.camera)
        self._inputs = Inputs(window, station.clock, self)
        self._pages = InputPages(window, self._lookout, self._inputs, self)
        self._sounds = SoundPlayer(self)
        self._lane = LaneWorker(station)
        self._sync = SyncWorker(station)
        self._lane_thread = start_thread("doorlight-lane", self._lane)
        self._sync_thread = start_thread("doorlight-sync", self._sync)
        self._people = PeopleDesk(station, lambda: window.words, window.desk, self)
        self._people.operator = station.post.operator
        self._reader = StatusReader(station)
        self._staff = StaffDesks(station, window, self._reader, self)
        self.check = CheckDesk(station, window, self._sounds, self._settings, self._facts, self._has_staff, self)
        self.set_up = SetUpDesk(station, window, self._settings, self._has_staff, self)
        self._unpainted: tuple[Verdict, int] | None = None
        self.latencies_ms: deque[float] = deque(maxlen=MOST_LATENCIES)
        self._pulse: Pulse | None = None
        self._ticker = QTimer(self)
        self._wire()
        self._wire_inputs()
        self._wire_lane()
        self._wire_people()
        self._staff.join(self._lane, self._lane_thread)
        self._staff.changed.connect(self.show_status)
        self._staff.failed.connect(self._note_failure)

    def start(self) -> None:
        """Starts the threads and the camera, and shows the state of things."""
        self._reader.open_journal()
        self._lane_thread.start()
        self._sync_thread.start()
        self._people.start()
        self.check.start()
        self._lookout.start()
        self._inputs.start()
        self._sounds.set_heard(self._settings.settings.is_heard)
        self.set_up.tell_losses()
        self._ticker.start(STATUS_EVERY_MS)
        self.show_status()

    @Slot()
    def stop(self) -> None:
        """Ends everything that runs; what is queued stays queued."""
        self._ticker.stop()
        self._lookout.stop()
        self._inputs.stop()
        self._sync.stop()
        self._people.stop()
        self.check.stop()
        for thread in (self._lane_thread, self._sync_thread):
            thread.quit()
            thread.wait()
        self._tell_end()
        self._sounds.stop()
        self._reader.close()

    def _tell_end(self) -> None:
        """The server hears that this door is closed, once, where it is there: nobody looks for it then.

        After all else has ended: what calls later would say that it is at work.
        """
        waiting = self._reader.waiting
        if waiting is not None and self._station.link.is_worth_asking:
            self._station.vitals.tell_end(waiting)

    @Slot(str)
    def present(self, text: str) -> None:
        """A code that came by another way than the camera."""
        self._code_taken.emit(text, time.monotonic_ns())

    def beat_with(self, pulse: Pulse) -> None:
        """From now on the program counts as alive only while this door's lane answers."""
        pulse.go_through_lane()
        pulse.asked.connect(self._lane.answer)
        self._lane.alive.connect(pulse.be_answered)
        self._lane.busy.connect(pulse.excuse)
        self._pulse = pulse

    @property
    def standing(self) -> Standing:
        """What the sync has told of itself."""
        return self._reader.standing

    @Slot()
    def show_status(self) -> None:
        """Tells the window the state of link, queue, list and clock."""
        self._take_event()
        if self._pulse is not None and self._reader.event is not None and not self._reader.storage.is_failing:
            self._pulse.note_scanning()
        self._staff.look()
        self._window.show_status(self._facts())

    @Slot()
    def note_fault(self) -> None:
        """This program has met a fault of its own and goes on: the next status tells of it, for a while.

        An answer that the lane waits for and no page asks for would never come.
        """
        self._reader.note_fault()
        if self._window.desk.sheet is None:
            self._unasked.emit()

    @Slot(bool, bool)
    def _note_look(self, is_read: bool, is_hinted: bool) -> None:
        self._station.vitals.note_sight(is_read=is_read, is_hinted=is_hinted)

    def _facts(self) -> StatusFacts:
        self._station.vitals.note_camera(self._lookout.state.value)
        facts = self._reader.facts(self._sounds.state, self._staff.open_questions)
        return replace(facts, inputs=InputFacts(self._lookout.lens, self._inputs.note))

    def _has_staff(self) -> bool:
        return bool(self._station.box.in_force.operators)

    # --- wiring -------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        self._sync_thread.started.connect(self._sync.run_line)
        self._sync.failed.connect(self._note_failure)
        self._sync.faulted.connect(self.note_fault)
        self._sync.queue_changed.connect(self.show_status)
        self._sync.standing_changed.connect(self._take_standing)
        self._lookout.failed.connect(self._note_failure)
        self._window.verdict_painted.connect(self._note_painted)
        self._window.sound_chosen.connect(self._keep_sound)
        self._sounds.state_changed.connect(self._take_sound_state)
        self._ticker.timeout.connect(self.show_status)

    def _wire_inputs(self) -> None:
        self._inputs.code_given.connect(self.present)
        self._inputs.note_changed.connect(self.show_status)
        self._lookout.changed.connect(self.show_status)
        self._lookout.looked.connect(self._note_look)
        self._pages.code_given.connect(self.present)
        self._pages.number_given.connect(self._people.present_number)
        self._people.group_differs.connect(self._pages.show_doubt)
        self._pages.camera_settings_wanted.connect(self._keep_camera_settings)
        self._settings.settings_changed.connect(self._take_settings)
        self._settings.failed.connect(self._note_failure)

    @Slot(object)
    def _keep_camera_settings(self, camera: CameraSettings) -> None:
        self._settings.take(replace(self._settings.settings, camera=camera))

    @Slot(object)
    def _take_settings(self, settings: Settings) -> None:
        self._lookout.take_settings(settings.camera)
        self._sounds.set_heard(settings.is_heard)

    def _wire_lane(self) -> None:
        """Slots of the lane run in its thread: signals carry everything there and back."""
        lane = self._lane
        self._lane_thread.started.connect(lane.open_journal)
        self._lane_thread.finished.connect(lane.close_journal)
        self._lookout.sight_taken.connect(lane.take_sight)
        self._code_taken.connect(lane.take_code)
        self._window.codes_held.connect(lane.hold)
        self._window.verdict_left.connect(lane.go_on)
        self._unasked.connect(lane.be_left)
        lane.verdict_ready.connect(self._take_verdict)
        lane.waiting_changed.connect(self._window.show_waiting)
        lane.crowded.connect(self._window.show_crowded)
        lane.skew_changed.connect(self._take_skew)
        lane.failed.connect(self._note_failure)
        lane.faulted.connect(self.note_fault)
        self.check.join(lane)
        self.set_up.join(lane)
        lane.storage_changed.connect(self._take_storage)
        self._sync.damage_found.connect(lane.mend)

    def _wire_people(self) -> None:
        self._people.join(self._lane)
        self._people.inside_changed.connect(self._take_inside)
        self._lane.group_told.connect(self._take_group)
        self._people.failed.connect(self._note_failure)
        self._lane.resolved.connect(self._sync.wake, Qt.ConnectionType.DirectConnection)
        self._sync.queue_changed.connect(self._people.look)
        self._sync.news_heard.connect(self._people.look)
        self._sync.standing_changed.connect(self._people.look)

    @Slot(object)
    def _take_inside(self, inside: Inside | None) -> None:
        self._reader.inside = inside
        self.show_status()

    @Slot(bool)
    def _keep_sound(self, is_heard: bool) -> None:
        self._settings.change(Setting.SOUND, is_heard)

    @Slot(object)
    def _take_sound_state(self, _state: object) -> None:
        self.show_status()

    @Slot(object, object)
    def _take_verdict(self, verdict: Verdict, captured_ns: int) -> None:
        self._unpainted = (verdict, captured_ns)
        self._take_event()  # the manifest may have come since the last second: times are the event's
        self._show_verdict(verdict)
        self._sounds.play(verdict)
        if not self._staff.is_simulating:
            self._reader.count(verdict)
            self._people.note_verdict(verdict)
            if verdict.outcome is not Outcome.JUST_SCANNED_HERE:  # the same guest still
                self._station.vitals.note_verdict()
        self._sync.wake()
        self.show_status()
        self.verdict_shown.emit(verdict)

    def _show_verdict(self, verdict: Verdict) -> None:
        """Shows a guest's verdict, or none: the one before must not be taken for this one's."""
        try:
            self._window.show_verdict(verdict)
        except Exception as err:  # noqa: BLE001 — whatever broke there, the guest before is no longer shown
            log_fault("verdict", err)
            self._window.drop_verdict()
            self.note_fault()

    @Slot(object)
    def _take_group(self, told: dict[TicketHandle, Verdict]) -> None:
        """The page has said what became of each; those that want a word come as verdicts."""
        said = [verdict for verdict in told.values() if wanted_by(verdict.outcome) is None]
        for verdict in said:
            self._window.note_verdict(verdict)
            if not self._staff.is_simulating:
                self._reader.count(verdict)
        if said:
            self._sounds.play(next((verdict for verdict in said if not verdict.is_admission), said[0]))
        self._people.look()
        self._sync.wake()
        self.show_status()

    @Slot(object)
    def _take_skew(self, skew_ms: int | None) -> None:
        self._reader.skew_ms = skew_ms
        self.show_status()

    @Slot(object)
    def _take_standing(self, standing: Standing) -> None:
        self._reader.standing = standing
        self.show_status()

    @Slot(object)
    def _take_storage(self, storage: StorageFacts) -> None:
        if storage.openings != self._reader.storage.openings:
            self._sync.open_anew()
            self._people.open_anew()
        self._reader.take_storage(storage)
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

    def _take_event(self) -> None:
        """The event of the manifest in force: its times are shown, and its kinds of code are read, from now on."""
        event = self._reader.event
        if event is not None:
            self._window.show_time_zone(ZoneInfo(event.time_zone))
            self._lookout.look_for(event.codes.symbologies)
            self._inputs.look_for(event.codes.symbologies)
            self._pages.show_rules(event.codes)
