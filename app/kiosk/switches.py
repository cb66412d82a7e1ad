"""What the window opens and switches by itself: six signs, More, practice, sound, surroundings, language."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.kiosk.help_page import HelpPage
from app.kiosk.more_sheet import MoreSheet
from app.kiosk.practice_sheet import PracticeSheet
from app.kiosk.sheet import SHORTCUTS, Offer, SheetName, switch
from app.kiosk.sheet_desk import SheetDesk
from app.kiosk.status import SoundState
from app.kiosk.words import KioskWords
from app.widgets.theme import ThemeName
from core.model.settings import Language


class Switches(QObject):
    """Offers them at a desk. `theme` says which colours are in use."""

    sound_chosen = Signal(bool)
    """Whether this kiosk shall be heard."""
    theme_chosen = Signal(str)
    """A `ThemeName`."""
    language_chosen = Signal(str)
    """A `Language`."""

    def __init__(self, words: KioskWords, desk: SheetDesk, theme: Callable[[], ThemeName], parent: QObject) -> None:
        super().__init__(parent)
        self.language = Language.ENGLISH
        """The language of now."""
        self._words = words
        self._desk = desk
        self._theme = theme
        self._sound = SoundState.ON
        desk.offer(SheetName.HELP, Offer(self._make_help))
        desk.offer(SheetName.MORE, Offer(self._make_more))
        desk.offer(SheetName.PRACTICE, Offer(lambda: PracticeSheet(words)))
        desk.offer(SheetName.SOUND, Offer(self._turn_sound, title=self._sound_title, is_ready=self._has_sound))
        desk.offer(SheetName.LANGUAGE, Offer(switch(self._turn_language), title=lambda: words.actions.language))
        desk.offer(SheetName.THEME, Offer(self._turn_theme, title=self._theme_title))

    def show_sound(self, sound: SoundState) -> None:
        """Offers the other state of the sound; nothing where there is no loudspeaker."""
        if sound is not self._sound:
            self._sound = sound
            self._desk.offers_changed.emit()

    def _make_help(self) -> HelpPage:
        offered = self._desk.offered
        keys = [f"{key} {self._desk.title(name)}" for name, key in SHORTCUTS.items() if name in offered]
        return HelpPage(self._words, [*keys, f"Esc {self._words.sheet.close}"])

    def _make_more(self) -> MoreSheet:
        sheet = MoreSheet(self._words.sheet_titles[SheetName.MORE], self._desk, self._words.sheet.locked)
        sheet.wanted.connect(self._desk.touch)
        return sheet

    def _turn_sound(self) -> None:
        self.sound_chosen.emit(self._sound is not SoundState.ON)

    def _has_sound(self) -> bool:
        return self._sound is not SoundState.MISSING

    def _sound_title(self) -> str:
        return self._words.actions.sound_off if self._sound is SoundState.ON else self._words.actions.sound_on

    def _turn_theme(self) -> None:
        self.theme_chosen.emit(self._theme().following.value)

    def _turn_language(self) -> None:
        self.language_chosen.emit(self.language.following.value)

    def _theme_title(self) -> str:
        told = self._words.actions
        named = {ThemeName.DARK: told.dark, ThemeName.LIGHT: told.light, ThemeName.HIGH_CONTRAST: told.high_contrast}
        return named[self._theme().following]
