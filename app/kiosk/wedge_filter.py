"""Keys on their way to the window, looked at before anybody gets them: a hand scanner's go to the lane alone.

Owns the keystrokes that are held back until `core.gate.wedge` knows whose they are, for at most 80 ms. It stands at a
kiosk's window and its dialogs while they have the focus, before fields, keys and pages; a person's keystrokes arrive
there late and in order.
"""

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QWidget

from core.gate.wedge import Code, Told, Typing, Wedge

_ENDS = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab}
_MODIFIERS = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
}
_ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_MOST_ABOVE = 8
"""Dialogs above dialogs."""
_COMMANDS = _ALT_GR | Qt.KeyboardModifier.MetaModifier


class WedgeFilter(QObject):
    """Watches a window and its dialogs, whichever has the focus. `start` and `stop` it; `now_ms` is monotonic.

    Another kiosk's window in the same program is that one's.
    """

    code_scanned = Signal(str)
    """A hand scanner has typed this; nobody else has seen its keystrokes."""

    def __init__(self, owner: QWidget, now_ms: Callable[[], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._owner = owner
        self._now_ms = now_ms
        self._wedge = Wedge()
        self._held: list[tuple[QWindow, QKeyEvent]] = []
        self._swallowed: set[int] = set()
        self._window: QWindow | None = None
        self._is_watching = False
        self._is_giving_back = False
        self._silence = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._silence.timeout.connect(self._ask_once_more)
        self._last_look = QTimer(self, singleShot=True, interval=0)
        self._last_look.timeout.connect(self._pass_time)

    def start(self) -> None:
        """Watches from now on."""
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication) and not self._is_watching:
            self._is_watching = True
            application.focusWindowChanged.connect(self.watch)
            self.watch(QGuiApplication.focusWindow())

    @Slot()
    def stop(self) -> None:
        """Watches no more; what is held is let go of."""
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication) and self._is_watching:
            application.focusWindowChanged.disconnect(self.watch)
        self._is_watching = False
        self.watch(None)

    @Slot(QWindow)
    def watch(self, window: QWindow | None) -> None:
        """Stands at another window. Keystrokes that were held for the one before are nobody's now."""
        window = window if window is not None and self._is_own(window) else None
        if window is self._window:
            return
        if self._window is not None:
            with suppress(RuntimeError):  # a window that is gone has let go of its filters
                self._window.removeEventFilter(self)
        self._window = window
        self._forget()
        if window is not None:
            window.installEventFilter(self)

    def _is_own(self, window: QWindow) -> bool:
        """Whether it is the owner's window, or lies above it as a dialog does."""
        own, seen = self._owner.windowHandle(), 0
        above: QWindow | None = window
        while above is not None and above is not own and seen < _MOST_ABOVE:
            above, seen = above.transientParent(), seen + 1
        return above is not None and above is own

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keeps a keystroke from the window, or lets it pass."""
        if self._is_giving_back or not isinstance(event, QKeyEvent) or not isinstance(watched, QWindow):
            return False
        if event.type() is QEvent.Type.KeyPress:
            return self._press(watched, event)
        if event.type() is QEvent.Type.KeyRelease:
            return self._release(watched, event)
        return False

    def _press(self, window: QWindow, event: QKeyEvent) -> bool:
        if event.key() in _MODIFIERS:
            return False  # part of a capital letter, and nothing by itself
        at_ms = int(event.timestamp()) or self._now_ms()  # the system's own time: a busy window makes nobody fast
        is_kept = self._is_kept(window, event, at_ms)
        if is_kept:
            self._swallowed.add(event.key())
        return is_kept

    def _is_kept(self, window: QWindow, event: QKeyEvent, at_ms: int) -> bool:
        if event.key() in _ENDS and not event.modifiers() & _COMMANDS:
            self._wedge, told, is_kept = self._wedge.after_end(at_ms)
            self._take(told)
            return is_kept
        if not _is_character(event) or event.isAutoRepeat():  # a key that is leant on is no scanner
            self._wedge, told = self._wedge.after_other(at_ms)
            self._take(told)
            return False
        self._wedge, told = self._wedge.after_character(event.text(), at_ms)
        self._take(told)
        self._held.append((window, _copy(event)))
        self._await_silence()
        return True

    def _release(self, window: QWindow, event: QKeyEvent) -> bool:
        """A key goes up: held with its press, or gone with it."""
        if event.key() not in self._swallowed or event.isAutoRepeat():
            return False
        self._swallowed.discard(event.key())
        if self._held:
            self._held.append((window, _copy(event)))
        return True

    def _await_silence(self) -> None:
        self._last_look.stop()
        due_ms = self._wedge.due_ms
        if due_ms is not None:
            self._silence.start(due_ms - self._wedge.last_ms)

    @Slot()
    def _ask_once_more(self) -> None:
        """Keystrokes that came while the window was busy are in Qt's queue, and are heard before a timer of nothing."""
        self._last_look.start()

    @Slot()
    def _pass_time(self) -> None:
        if self._wedge.due_ms is not None:
            self._wedge, told = self._wedge.at(self._wedge.due_ms)
            self._take(told)

    def _take(self, told: Told | None) -> None:
        if told is None:
            return
        self._silence.stop()
        self._last_look.stop()
        held, self._held = self._held, []
        if isinstance(told, Typing):
            self._give_back(held)
        elif isinstance(told, Code):
            self.code_scanned.emit(told.text)

    def _give_back(self, held: list[tuple[QWindow, QKeyEvent]]) -> None:
        self._is_giving_back = True
        try:
            for window, event in held:
                if event.type() is QEvent.Type.KeyPress:
                    self._swallowed.discard(event.key())
                QCoreApplication.sendEvent(window, event)
        finally:
            self._is_giving_back = False

    def _forget(self) -> None:
        self._silence.stop()
        self._last_look.stop()
        self._held.clear()
        self._swallowed.clear()
        self._wedge = Wedge()


def _is_character(event: QKeyEvent) -> bool:
    """Whether a key types one character and commands nothing; AltGr types characters."""
    commands = event.modifiers() & _COMMANDS
    return len(event.text()) == 1 and event.text().isprintable() and commands in {Qt.KeyboardModifier(0), _ALT_GR}


def _copy(event: QKeyEvent) -> QKeyEvent:
    """The event, to be kept beyond its delivery."""
    return QKeyEvent(
        event.type(),
        event.key(),
        event.modifiers(),
        event.nativeScanCode(),
        event.nativeVirtualKey(),
        event.nativeModifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )
