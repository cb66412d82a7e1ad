"""The telephones of whoever is logged in at the window: what their server has still to hear is told beside the pages.

Owns when: at each log-in, and once a minute after that. Nothing is asked, and no file is made, where nobody ever wanted
a telephone. Nothing of it reaches the window: `doorlight push status` says how it stands.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.errors import AppError
from app.log import logger
from app.organizer.log_in import Session
from app.organizer.network_desk import NetworkDesk
from app.runtime.telephones import Telephones, speaker_of
from core.delivery.push_intent import Speaker

EVERY_MS = 60_000


class TelephoneDesk(QObject):
    """Goes round for one window, as whoever is logged in. Lives in the window's thread; what it asks, others do."""

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._telephones = Telephones(folder)
        self._desk: NetworkDesk | None = None
        self._speaker: Speaker | None = None
        self._is_round = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.go_round)

    def speak(self, desk: NetworkDesk, session: Session) -> None:
        """Somebody is logged in: tells their server what it has to hear, now and from now on."""
        self._is_round = self._is_round and desk is self._desk  # a connection that was closed tells no end
        self._desk, self._speaker = desk, speaker_of(session.me.name, session.token)
        self._timer.start()
        self.go_round()

    def rest(self) -> None:
        """Nobody is logged in, or the window closes."""
        self._timer.stop()
        self._desk = self._speaker = None

    def log_out(self, server: str, session: Session, end: Callable[[], bool]) -> None:
        """Ends a session by `end`, which says whether the server heard it; else whoever logs in next tells it.

        Not for the window's thread.
        """
        waiting = None
        try:
            waiting = self._telephones.log_out(server, session.token)
        except AppError as err:
            logger(__name__).warning("telephones not forgotten", why=err.key)
        if end() and waiting is not None:
            self._telephones.logged_out(waiting)

    def go_round(self) -> None:
        """One round, where none goes on already."""
        if self._desk is None or self._speaker is None or self._is_round:
            return
        self._is_round = True
        self._desk.aside(partial(self._tell, self._desk, self._speaker), self._rounded)

    def _tell(self, desk: NetworkDesk, speaker: Speaker) -> None:
        """In a thread of the connection's own. A disk that fails costs this round."""
        try:
            if self._telephones.of_server(desk.server):
                self._telephones.go_round(desk.client.made(), speaker)
        except AppError as err:
            logger(__name__).warning("telephones not told", why=err.key)

    def _rounded(self, _: None) -> None:
        self._is_round = False
