"""Where the settings of a running door lie: whoever needs them asks here, and hears when they change.

Owns the settings of now and their way to the disk. A disk that fails costs the next start the change, never this door:
the change counts all the same, and `failed` says that it will not outlive the program.
"""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.log import logger
from app.settings import LoadedSettings, load_settings, save_settings
from core.model.settings import USUAL, Flaw, Setting, Settings, changed, differing


class SettingsDesk(QObject):
    """The settings of one kiosk's folder, and `usual` ones for what nobody has chosen there; those it never writes.

    Lives in the window's thread.
    """

    settings_changed = Signal(object)
    """The `Settings` from now on."""
    failed = Signal(object)
    """An AppError: the change counts, and will not outlive the program."""

    def __init__(self, folder: Path, parent: QObject | None = None, usual: Settings = USUAL) -> None:
        super().__init__(parent)
        self._folder = folder
        self.loaded: LoadedSettings = load_settings(folder, usual)
        """What the file was at the start, with what could not be had of it."""
        self._settings, self._kept = self.loaded.settings, self.loaded.kept
        if self.loaded.flaws or self.loaded.set_aside:
            told = ", ".join(flaw.setting.value for flaw in self.loaded.flaws)
            logger(__name__).warning("settings", cause=told or "unreadable", file=self.loaded.set_aside)

    @property
    def settings(self) -> Settings:
        """The settings of now."""
        return self._settings

    @Slot(object)
    def take(self, settings: Settings, named: Collection[Setting] = ()) -> None:
        """Makes these the settings from now on, and keeps what differs and what is named."""
        kept = self._kept | differing(self._settings, settings) | frozenset(named)
        if (settings, kept) == (self._settings, self._kept):
            return
        self._kept = kept
        self._settings = settings
        try:
            save_settings(self._folder, settings, self._kept)
        except AppError as err:
            self.failed.emit(err)
        self.settings_changed.emit(settings)

    def change(self, setting: Setting, value: object) -> Flaw | None:
        """Takes one value, as a file tells it; what is wrong with it where it can't be."""
        found = changed(self._settings, setting, value)
        if isinstance(found, Flaw):
            return found
        self.take(found)
        return None
