"""The settings of a running door: their page behind a PIN, a code that sets several, and the screen that is locked.

Owns when a configuration code is listened to at all, that it counts only once somebody has seen what it sets, and that
a locked window is left with a PIN.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.kiosk.lane import LaneWorker
from app.kiosk.settings_desk import SettingsDesk
from app.kiosk.settings_sheet import SettingsSheet
from app.kiosk.sheet import Offer, SheetName
from app.kiosk.window import KioskWindow
from app.log import logger
from app.runtime.station import Station
from core.model.roles import Right
from core.model.settings import Setting, Settings
from core.sync.setup import NoSetup, Setup, setup_from


class SetUpDesk(QObject):
    """Lives in the window's thread. `has_pin`: whether there is anybody whose PIN could open what is locked."""

    listened = Signal(bool)
    """Whether a configuration code is one from now on."""

    def __init__(
        self,
        station: Station,
        window: KioskWindow,
        settings: SettingsDesk,
        has_pin: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._station = station
        self._window = window
        self._settings = settings
        self._has_pin = has_pin
        self._may_leave = False
        self._sheet: SettingsSheet | None = None
        self._setup: Setup | None = None
        settings.settings_changed.connect(self._take)
        settings.failed.connect(self._tell_failure)
        window.may_close = self._may_close
        window.leaving_refused.connect(self._ask_to_leave)
        window.desk.offer(SheetName.SETTINGS, Offer(self._make, right=Right.RUN_DEVICES))

    def join(self, lane: LaneWorker) -> None:
        """Codes arrive there."""
        self.listened.connect(lane.be_set_up)
        lane.setup_seen.connect(self.take_code)

    def tell_losses(self) -> None:
        """Says once, when the door opens, that something of the settings' file could not be had."""
        loaded = self._settings.loaded
        if loaded.flaws or loaded.set_aside:
            self._window.tell(lambda: self._window.words.settings.page.lost)

    def show_window(self) -> None:
        """Fills the screen where it is locked, else what the desktop leaves of it."""
        if self._settings.settings.is_locked:
            self._window.showFullScreen()
        elif self._window.isFullScreen():
            self._window.showMaximized()

    # --- the page -------------------------------------------------------------------------------------------------

    def _make(self) -> SettingsSheet:
        words = self._window.words
        title = words.sheet_titles[SheetName.SETTINGS]
        sheet = SettingsSheet(title, words.settings, words.people.search, self._settings.settings)
        sheet.chosen.connect(self._choose)
        sheet.scan_wanted.connect(self.listened)
        sheet.taken.connect(self._take_setup)
        sheet.left.connect(self._be_left)
        self._sheet, self._setup = sheet, None
        return sheet

    @Slot()
    def _be_left(self) -> None:
        self._sheet = self._setup = None
        self.listened.emit(False)

    @Slot(object, object)
    def _choose(self, setting: Setting, value: object) -> None:
        self._settings.change(setting, value)

    @Slot(object)
    def _take(self, settings: Settings) -> None:
        if self._sheet is not None:
            self._sheet.show_settings(settings)
        self.show_window()

    @Slot(object)
    def _tell_failure(self, error: AppError) -> None:
        logger(__name__).error("settings", key=error.key)
        if self._sheet is not None:
            self._sheet.show_note(self._window.words.settings.page.not_kept)

    # --- a code ---------------------------------------------------------------------------------------------------

    @Slot(str)
    def take_code(self, text: str) -> None:
        """A configuration code was shown while the page waited for one."""
        root = self._station.profile.root
        if self._sheet is None or root is None:
            return
        found = setup_from(text, root, self._station.profile.event_id, self._station.clock.now())
        if isinstance(found, NoSetup):
            logger(__name__).warning("setup_refused", reason=found.flaw.value)
            self._sheet.show_note(self._window.words.settings.no_setup(found))
            return
        self._setup = found
        self.listened.emit(False)
        self._sheet.show_changes(found.values)

    @Slot()
    def _take_setup(self) -> None:
        setup, self._setup = self._setup, None
        if setup is not None and self._sheet is not None:
            self._sheet.show_note(self._window.words.settings.page.taken)
            self._settings.take(setup.applied(self._settings.settings), setup.values)

    # --- leaving --------------------------------------------------------------------------------------------------

    def _may_close(self) -> bool:
        return self._may_leave or not self._settings.settings.is_locked or not self._has_pin()

    @Slot()
    def _ask_to_leave(self) -> None:
        """Whoever is door staff may leave; a page that waits for an answer is answered first."""
        if not self._window.desk.holds_codes:
            self._window.desk.unlock(Right.UNDO_ADMISSIONS, self._leave)

    def _leave(self) -> None:
        self._may_leave = True
        self._window.close()
