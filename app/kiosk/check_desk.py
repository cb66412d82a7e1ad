"""The self-test, put together: what the door knows of itself, one look at disk and vault, the sheet, and its print.

Owns the life of the look's thread and of the page. Lives in the window's thread.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.errors import AppError
from app.kiosk.awake import Awake
from app.kiosk.check_present import CheckText, present_check
from app.kiosk.check_sheet import CheckSheet
from app.kiosk.check_worker import CheckWorker, Looked
from app.kiosk.lane import LaneWorker, start_thread
from app.kiosk.settings_desk import SettingsDesk
from app.kiosk.sheet import Offer, SheetName
from app.kiosk.sounds import SoundPlayer
from app.kiosk.status import SoundState, StatusFacts
from app.kiosk.trust_facts import Bar
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState
from app.log import logger
from app.paper.check_sheet import PaperCheck, PaperRow, check_sheet
from app.runtime.station import Station
from app.settings import write_bytes
from app.widgets.times import instant_text
from core.gate.readiness import TEST_CODE, DoorFacts, Ear, ListsHeld, Reach, Safe, lines_of
from core.model.outcomes import Sound
from core.sync.adoption import Lease
from core.sync.health import Link, Trouble
from core.ticket.keyring import VerifyProfile
from core.ticket.verify import Trust

LOOK_EVERY_MS = 1_000
SHEETS_FOLDER = "sheets"
_REFUSED = {Trouble.REFUSED, Trouble.DEVICE_REVOKED}
_REFUSED_BARS = {Bar.DEVICE_REVOKED, Bar.NOT_AUTHORISED}


class CheckDesk(QObject):
    """Offers the self-test at the window's desk. `facts` are the status of now, `has_pin` whether staff have PINs."""

    tested = Signal(bool)
    """Whether the test code is looked for from now on."""
    _look_wanted = Signal()

    def __init__(
        self,
        station: Station,
        window: KioskWindow,
        sounds: SoundPlayer,
        settings: SettingsDesk,
        facts: Callable[[], StatusFacts],
        has_pin: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._station = station
        self._window = window
        self._sounds = sounds
        self._settings = settings
        self._facts_now = facts
        self._has_pin = has_pin
        self.awake: Awake | None = None
        self._ear: Ear | None = None
        self._has_read = False
        self._looked = Looked()
        self._sheet: CheckSheet | None = None
        self._worker = CheckWorker(station)
        self._thread = start_thread("doorlight-check", self._worker)
        self._look_wanted.connect(self._worker.look)
        self._worker.looked.connect(self._take_look)
        self._beat = QTimer(self, interval=LOOK_EVERY_MS)
        self._beat.timeout.connect(self._show)
        window.desk.offer(SheetName.SELF_TEST, Offer(self._make))

    def join(self, lane: LaneWorker) -> None:
        """The test code is told from others where codes arrive."""
        self.tested.connect(lane.be_tested)
        lane.test_seen.connect(self._take_reading)

    def start(self) -> None:
        """Starts the look's thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._beat.stop()
        self._thread.quit()
        self._thread.wait()

    def text(self) -> CheckText:
        """The sheet of now."""
        return present_check(lines_of(self.facts()), self._window.words)

    def facts(self) -> DoorFacts:
        """What the sheet is made of."""
        status, looked, trust = self._facts_now(), self._looked, self._station.box.trust
        is_looking = looked.safe is Safe.LOOKING
        return DoorFacts(
            has_read=self._has_read,
            has_picture=self._window.camera is CameraState.WORKING,
            ear=self._heard(),
            free_bytes=None if is_looking else looked.free_bytes,
            write_ms=looked.write_ms,
            facts=looked.facts or 0,
            was_rebuilt=status.trust.rescue is not None,
            has_loss=looked.has_loss or status.trust.bar is Bar.STORAGE_FAILED,
            quality=status.clock.quality,
            uncertainty_ms=status.clock.uncertainty_ms,
            is_doubted=status.clock.skew_ms is not None,
            safe=looked.safe,
            can_forge=self._profile() is VerifyProfile.MAC,
            knows_old_codes=isinstance(trust, Trust) and bool(trust.legacy_key or trust.adapter_keys),
            lists=_lists(status),
            waiting=status.queue_length,
            reach=_reach(status),
            is_awake=self.awake is not None and bool(self.awake.kept_by),
            is_locked=self._settings.settings.is_locked,
            has_pin=self._has_pin(),
            settings_flaws=len(self._settings.loaded.flaws) + bool(self._settings.loaded.set_aside),
        )

    # --- the page -------------------------------------------------------------------------------------------------

    def _make(self) -> CheckSheet:
        words = self._window.words
        sheet = CheckSheet(words.sheet_titles[SheetName.SELF_TEST], words.check.sheet, words.people.search)
        sheet.play_wanted.connect(self._play)
        sheet.ear_told.connect(self._take_ear)
        sheet.again_wanted.connect(self.look)
        sheet.print_wanted.connect(self._print)
        sheet.left.connect(self._be_left)
        self._sheet = sheet
        self._ear, self._has_read, self._looked = None, False, Looked()
        self.tested.emit(True)
        self._beat.start()
        self.look()
        return sheet

    @Slot()
    def look(self) -> None:
        """Looks at disk, journal and vault once more."""
        self._look_wanted.emit()
        self._show()

    @Slot()
    def _show(self) -> None:
        if self._sheet is not None:
            self._sheet.show_check(self.text())

    @Slot()
    def _be_left(self) -> None:
        self._sheet = None
        self._beat.stop()
        self.tested.emit(False)

    @Slot(object)
    def _take_look(self, looked: Looked) -> None:
        self._looked = looked
        self._show()

    @Slot()
    def _take_reading(self) -> None:
        self._has_read = True
        self._show()

    # --- sound ----------------------------------------------------------------------------------------------------

    def _heard(self) -> Ear:
        match self._sounds.state:
            case SoundState.MISSING:
                return Ear.MISSING
            case SoundState.MUTED:
                return Ear.MUTED
            case SoundState.ON:
                return self._ear or Ear.UNTRIED

    @Slot()
    def _play(self) -> None:
        self._sounds.try_out(Sound.RISING)

    @Slot(bool)
    def _take_ear(self, is_heard: bool) -> None:
        self._ear = Ear.HEARD if is_heard else Ear.UNHEARD
        self._show()

    # --- paper ----------------------------------------------------------------------------------------------------

    @Slot()
    def _print(self) -> None:
        """A PDF in the kiosk's folder: whoever has a printer takes it from there, or from a stick."""
        said, now_ms = self._window.words.check.sheet, self._station.clock.now().at_ms
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        path = self._station.folder / SHEETS_FOLDER / f"self-test-{at:%Y%m%d-%H%M%S}.pdf"
        try:
            write_bytes(path, check_sheet(self._paper(now_ms)))
            told = said.printed.fill(file=str(path))
        except AppError as err:
            logger(__name__).error("check", key=err.key)
            told = said.not_printed
        if self._sheet is not None:
            self._sheet.show_note(told)

    def _paper(self, now_ms: int) -> PaperCheck:
        words, status, text = self._window.words, self._facts_now(), self.text()
        said, trust = words.check.sheet, self._station.box.trust
        zone = ZoneInfo(trust.event.time_zone) if isinstance(trust, Trust) else ZoneInfo("UTC")
        return PaperCheck(
            title=said.sheet_title.fill(name=status.device_name),
            place=said.sheet_place.fill(event=status.event_name, gate=status.gate_name),
            made=said.sheet_made.fill(time=instant_text(now_ms, zone, 0, words.calendar)),
            outcome=text.title,
            intro=text.intro,
            rows=[PaperRow(row.part, row.told, row.word, row.cure) for row in text.rows],
            code=TEST_CODE,
            code_told=said.sheet_test,
            signed=said.sheet_signed,
        )

    def _profile(self) -> VerifyProfile:
        taken = self._station.box.taken
        return taken.trust.profile if taken is not None else self._station.profile.trusted_with


def _lists(status: StatusFacts) -> ListsHeld | None:
    trust = status.trust
    if trust.lists is None or trust.lease_until_ms is None:
        return None
    return ListsHeld(
        version=trust.version,
        age_ms=trust.lists.age_ms,
        held=trust.lists.held,
        total=trust.lists.total,
        lease_left_ms=trust.lease_until_ms - status.now_ms,
        ends_soon=trust.lease in {Lease.ENDS_TODAY, Lease.ENDS_SOON},
    )


def _reach(status: StatusFacts) -> Reach:
    if status.trust.bar is Bar.NOT_CONFIRMED:
        return Reach.UNCONFIRMED
    if status.trouble in _REFUSED or status.trust.bar in _REFUSED_BARS:
        return Reach.REFUSES
    match status.link:
        case Link.ONLINE:
            return Reach.ANSWERS
        case Link.DEGRADED:
            return Reach.SLOW
        case Link.OFFLINE:
            return Reach.SILENT
