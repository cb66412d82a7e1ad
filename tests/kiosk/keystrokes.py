"""Keys as a keyboard sends them: to the window that has the focus, each with the system's own time."""

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent, QWindow

NONE = Qt.KeyboardModifier.NoModifier
_KEYS = {"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space}


class Keyboard:
    """Types to a window. Time passes only as it is typed: `at_ms` is when the last key went down."""

    def __init__(self, window: QWindow, at_ms: int = 10_000) -> None:
        self._window = window
        self.at_ms = at_ms

    def type(self, text: str, every_ms: int) -> None:
        """A person or a scanner, by how fast it is."""
        for character in text:
            self.press(character, every_ms)

    def scan(self, text: str, end: str = "\r") -> None:
        """A scanner that needs 5 ms for a character."""
        self.at_ms += 1_000
        self.type(text + end, 5)

    def press(
        self,
        text: str,
        after_ms: int,
        *,
        key: Qt.Key | None = None,
        modifiers: Qt.KeyboardModifier = NONE,
        is_repeat: bool = False,
    ) -> None:
        """One key goes down, `after_ms` after the one before, and up again."""
        self.at_ms += after_ms
        which = key or _KEYS.get(text) or Qt.Key(ord(text.upper() if len(text.upper()) == 1 else text))
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, which, modifiers, text, is_repeat)
            event.setTimestamp(self.at_ms)
            QCoreApplication.sendEvent(self._window, event)

    def press_all(self, keys: Iterable[Qt.Key]) -> None:
        """Keys that type nothing, one after the other."""
        for key in keys:
            self.press("", 5, key=key)
