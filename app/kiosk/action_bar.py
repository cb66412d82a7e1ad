"""The keys below the verdict, and the counts beside them. Only what works is shown.

Owns the keys. They take the focus from the Tab key alone, so that a hand scanner's Enter or space presses nothing by
accident after a touch.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.kiosk.measures import ACTIONS_PX
from app.kiosk.words import ActionWords
from app.widgets.plain_text import plain_label, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, ThemeName
from app.widgets.typeface import font


class ActionBar(QWidget):
    """Help, sound, the next theme, and the next camera where there is more than one."""

    help_wanted = Signal()
    sound_chosen = Signal(bool)
    """Whether this kiosk shall be heard."""
    theme_chosen = Signal(str)
    """A `ThemeName`."""
    camera_wanted = Signal()
    """The camera after the one in use."""

    def __init__(self, theme: Theme, words: ActionWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._is_heard = True
        self.help_key = self._key(words.help, "F1", self.help_wanted.emit)
        self.sound_key = self._key(words.sound_off, "F2", self._choose_sound)
        self.theme_key = self._key(words.light, "F3", self._choose_theme)
        self.camera_key = self._key(words.camera, "F4", self.camera_wanted.emit)
        self.camera_key.hide()
        self._counts = plain_label("", self)
        self._counts.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._arrange()
        self.show_theme(theme)

    @property
    def keys(self) -> tuple[QPushButton, ...]:
        """All keys, shown or not."""
        return self.help_key, self.sound_key, self.theme_key, self.camera_key

    @property
    def counts(self) -> str:
        """What stands beside the keys."""
        return self._counts.text()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours, and offers the next ones."""
        self._theme = theme
        offered = {ThemeName.DARK: self._words.dark, ThemeName.LIGHT: self._words.light}
        show_on_button(self.theme_key, offered.get(theme.name.following, self._words.high_contrast))
        self.setStyleSheet(_style(theme))

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for key in self.keys:
            key.setFont(font(base_px))
        self._counts.setFont(font(base_px))

    def show_counts(self, counts: str) -> None:
        """Shows how many are inside and how fast they come."""
        self._counts.show_text(counts)

    def show_sound(self, *, is_heard: bool, is_available: bool) -> None:
        """Offers the other state of the sound; nothing where there is no loudspeaker."""
        self._is_heard = is_heard
        show_on_button(self.sound_key, self._words.sound_off if is_heard else self._words.sound_on)
        self.sound_key.setEnabled(is_available)

    def show_cameras(self, count: int) -> None:
        """Offers the next camera where there is more than one."""
        self.camera_key.setVisible(count > 1)

    def _key(self, text: str, shortcut: str, pressed: Callable[[], None]) -> QPushButton:
        key = QPushButton(self)
        show_on_button(key, text)
        key.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        key.setMinimumSize(2 * TOUCH_PX, TOUCH_PX)
        key.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        key.clicked.connect(pressed)
        QShortcut(QKeySequence(shortcut), self, key.click, context=Qt.ShortcutContext.WindowShortcut)
        return key

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.setSpacing(GRID_PX)
        for key in self.keys:
            row.addWidget(key)
        row.addWidget(self._counts, 1)
        self.setMinimumHeight(ACTIONS_PX)

    def _choose_sound(self) -> None:
        self.sound_chosen.emit(not self._is_heard)

    def _choose_theme(self) -> None:
        self.theme_chosen.emit(self._theme.name.following.value)


def _style(theme: Theme) -> str:
    """Flat keys on the raised ground; a ring shows the focus."""
    return f"""
        ActionBar {{ background: {theme.raised}; }}
        QLabel {{ color: {theme.muted}; background: transparent; }}
        QPushButton {{ color: {theme.text}; background: {theme.ground}; border: 2px solid {theme.line};
                       border-radius: {GRID_PX}px; padding: 0 {2 * GRID_PX}px; }}
        QPushButton:pressed {{ background: {theme.sunken}; }}
        QPushButton:disabled {{ color: {theme.muted}; border-color: {theme.ground}; }}
        QPushButton:focus {{ border: 3px solid {theme.focus}; }}
    """
