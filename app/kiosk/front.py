"""What stands in front of the staff: the page that a computer needs first, and then its door.

Owns which page comes first and that one takes the place of the other. What a page does is its own.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLocale, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.device.opening import open_camera
from app.device.vault import PassphraseVault, VaultKind, kind_of
from app.device.vaults import passphrases
from app.errors import AppError
from app.faults import FaultLog
from app.kiosk.awake import Awake
from app.kiosk.enrol_lane import EnrolLane
from app.kiosk.enrol_steps import FolderEnroller
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.kiosk import Kiosk
from app.kiosk.pulse import Pulse
from app.kiosk.rehearsal_start import RehearsalStart
from app.kiosk.settings_desk import SettingsDesk
from app.kiosk.sheet import Offer, SheetName
from app.kiosk.unlock_window import UnlockWindow
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.log import logger
from app.runtime.preferences import NOTHING_CHOSEN, Preferences
from app.runtime.station import CredentialLost, EnrolledBefore, Station
from app.settings import PROFILE_FILE, VAULT_FOLDER, load_profile
from app.store.clock_memory import clock_of
from core.model.roles import Right
from core.model.settings import USUAL, Language, Setting, Settings


class Front(QObject):
    """What stands in front of the staff: the page that this computer needs first, and then the door.

    1. keys under a passphrase that nobody has given yet → the unlocking
    2. a folder that is no kiosk yet, or whose credential is lost → the enrolment
    3. the door

    `usual` holds until somebody chooses here. `open` it once; `close` it when the application has ended.
    """

    failed = Signal(object)
    """An AppError: there is no door to be had."""
    _faulted = Signal()

    def __init__(self, folder: Path, camera: str, server: str | None, usual: Preferences = NOTHING_CHOSEN) -> None:
        super().__init__()
        self._folder = folder
        self._camera = camera
        self._server = server
        fresh = Settings(language=usual.language or USUAL.language, theme=usual.theme or USUAL.theme)
        self._settings = SettingsDesk(folder, self, fresh)
        self._language = self._settings.settings.language
        if usual.language is None and Setting.LANGUAGE not in self._settings.loaded.kept:
            self._language = Language.of_locale(QLocale.system().name())
        self._words = load_kiosk_words(self._language)
        self._clock = clock_of(folder)
        self._parts = ExitStack()
        self._pulse = Pulse(parent=self)
        self._awake = Awake(self)
        self._rehearsal = RehearsalStart()
        self._kept: list[QObject] = []  # a page that has just said that it is done must outlive saying so
        self._door: Kiosk | None = None
        self._faults = FaultLog("kiosk")
        self._faulted.connect(self._tell_fault, Qt.ConnectionType.QueuedConnection)
        self.shown: QWidget | None = None
        """The window of now."""

    @Slot()
    def open(self) -> None:
        """Opens what comes first."""
        self._door = None
        self._pulse.go_alone()
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

    def take_fault(self, error: Exception) -> None:
        """Something in this program broke that nobody foresaw. From any thread."""
        self._faults.note(error)
        self._faulted.emit()

    @Slot()
    def _tell_fault(self) -> None:
        """By a call of its own: what broke may be what is being painted."""
        if self._door is not None:
            self._door.note_fault()

    def close(self) -> None:
        """Ends whatever runs."""
        self._pulse.stop()
        self._awake.stop()
        self._parts.close()

    def _open_enrolment(self) -> None:
        window = EnrolWindow(self._words, theme=self._settings.settings.theme)
        lane = EnrolLane(
            lambda: FolderEnroller(self._folder, self._clock), open_camera(self._camera), window, self._words
        )
        lane.done.connect(self._go_on)
        self._kept.append(lane)
        self._parts.callback(lane.stop)
        lane.start()
        self._show(window)

    def _open_unlocking(self) -> None:
        theme = self._settings.settings.theme
        window = UnlockWindow(self._words.unlock, self._words.window, self._unlock, theme=theme)
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
        window = KioskWindow(self._words, ZoneInfo("UTC"), self._clock, theme=self._settings.settings.theme)
        self._settings.change(Setting.LANGUAGE, self._language)
        window.show_language(self._language)
        window.language_chosen.connect(self._keep_language)
        window.theme_chosen.connect(self._keep_theme)
        self._settings.settings_changed.connect(self._show_settings)
        door = Kiosk(station, open_camera(self._camera), window, self._settings)
        door.check.awake = self._awake
        rehearsal = Offer(self._rehearse, Right.RUN_DEVICES, is_ready=lambda: not self._rehearsal.is_running)
        window.desk.offer(SheetName.REHEARSAL, rehearsal)
        self._door = door
        self._parts.callback(door.stop)
        window.closed.connect(door.stop)
        self._kept.append(door)
        door.beat_with(self._pulse)
        door.start()
        self._show(window)
        door.set_up.show_window()
        self._awake.start()

    def _rehearse(self) -> None:
        """In a process, a folder and an event of its own: this door goes on behind it."""
        self._rehearsal.start(self._settings.settings.language)

    def _unlock(self, typed: str) -> None:
        unlock(self._folder, typed)

    @Slot(object)
    def _show_settings(self, settings: Settings) -> None:
        """Whoever has changed them, the door looks and speaks so from now on."""
        self._language = settings.language
        if isinstance(self.shown, KioskWindow):
            self.shown.show_language(settings.language)
            self.shown.show_theme(settings.theme)

    @Slot(str)
    def _keep_language(self, language: str) -> None:
        self._language = Language(language)
        self._settings.change(Setting.LANGUAGE, language)

    @Slot(str)
    def _keep_theme(self, theme: str) -> None:
        self._settings.change(Setting.THEME, theme)

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
        self._pulse.start()


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
