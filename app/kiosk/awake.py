"""Keeps the computer of a door awake: no screen saver, no sleep, while its window is open.

Owns two requests of the desktop's message bus: the screen saver's (`org.freedesktop.ScreenSaver`) and the system's
(`org.freedesktop.login1`). Both are asked without waiting, and end with the process, however that ends. Where nobody
answers the computer may fall asleep: the self-test says so, and the door opens all the same.
"""

from enum import StrEnum

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusUnixFileDescriptor

from app.log import logger

WAIT_MS = 5_000
_WHO, _WHY = "Doorlight", "Guests are scanned at this door"
_SAVER = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")
_LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
_WHAT = "idle:sleep:handle-lid-switch"


class Keeper(StrEnum):
    """Who keeps the computer awake."""

    SCREEN = "screen"
    SLEEP = "sleep"


class Awake(QObject):
    """Lives in the window's thread. `start` asks; `kept_by` is what was granted.

    `stop` lets the computer sleep again; the screen's saver comes back with the end of the process.
    """

    changed = Signal()
    """Something was granted, or refused."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kept_by: frozenset[Keeper] = frozenset()
        self._waiting: dict[Keeper, QDBusPendingCallWatcher] = {}
        self._lock: QDBusUnixFileDescriptor | None = None

    @property
    def is_asking(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    def start(self) -> None:
        """Asks both."""
        self._ask(Keeper.SCREEN, QDBusConnection.sessionBus(), _SAVER, [_WHO, _WHY])
        self._ask(Keeper.SLEEP, QDBusConnection.systemBus(), _LOGIN, [_WHAT, _WHO, _WHY, "block"])
        if not self._waiting:
            self.changed.emit()

    def stop(self) -> None:
        """Lets go of the lock."""
        self._waiting.clear()
        self._lock = None  # closing it is the whole of letting go
        self.kept_by = frozenset()

    def _ask(self, keeper: Keeper, bus: QDBusConnection, whom: tuple[str, str, str], words: list[str]) -> None:
        if not bus.isConnected():
            return
        message = QDBusMessage.createMethodCall(*whom, "Inhibit")
        message.setArguments(words)
        watcher = QDBusPendingCallWatcher(bus.asyncCall(message, WAIT_MS), self)
        self._waiting[keeper] = watcher
        watcher.finished.connect(self._hear_screen if keeper is Keeper.SCREEN else self._hear_sleep)

    @Slot()
    def _hear_screen(self) -> None:
        (cookie,) = self._answer(Keeper.SCREEN) or (None,)
        if isinstance(cookie, int):
            self.kept_by |= {Keeper.SCREEN}
        self.changed.emit()

    @Slot()
    def _hear_sleep(self) -> None:
        (lock,) = self._answer(Keeper.SLEEP) or (None,)
        if isinstance(lock, QDBusUnixFileDescriptor) and lock.isValid():
            self._lock = lock
            self.kept_by |= {Keeper.SLEEP}
        self.changed.emit()

    def _answer(self, keeper: Keeper) -> list[object]:
        """What was granted; empty where it was refused, or nobody was there."""
        watcher = self._waiting.pop(keeper, None)
        if watcher is None:
            return []
        reply = watcher.reply()
        watcher.deleteLater()
        if reply.type() is not QDBusMessage.MessageType.ReplyMessage:
            logger(__name__).info("not_kept_awake", what=keeper.value, cause=reply.errorName())
            return []
        return list(reply.arguments())[:1]
