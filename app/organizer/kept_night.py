"""What a night's report is made of, asked now and then while nobody looks at it: there shall be one without the server.

Owns how often, and for how long at most. Keeps nothing itself: an answer that the page of reports would have kept is
kept by the same question, and nothing here is shown.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.organizer.desk import Desk
from core.insight.reading import Reading
from core.model.roles import Right

if TYPE_CHECKING:
    from app.organizer.reports_sources import ReportSources
    from core.insight.night_report import Night

FIRST_MS = 20_000
"""After a start what somebody looks at comes first."""
EVERY_MS = 300_000
"""A report without the server lacks no more than these minutes of what this window could have heard."""
LONGEST_MS = 30_000
"""How long answers are waited for."""


class KeptNight(QObject):
    """Asks for as long as the window is there. `start` with each connection, event and account."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk: Desk | None = None
        self._sources: ReportSources | None = None
        self._asking = QTimer(self, interval=EVERY_MS)
        self._asking.timeout.connect(self.ask)
        self._first = QTimer(self, singleShot=True, interval=FIRST_MS)
        self._first.timeout.connect(self.ask)
        self._patience = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._patience.timeout.connect(self._rest)

    def start(self, desk: Desk) -> None:
        """Asks at this desk from now on, where its account may see a report."""
        self.stop()
        if desk.event is not None and desk.may(Right.READ_STATUS):
            self._desk = desk
            self._first.start()
            self._asking.start()

    def stop(self) -> None:
        """Asks nothing any more."""
        self._first.stop()
        self._asking.stop()
        self._rest()
        self._desk = None

    @property
    def is_asking(self) -> bool:
        """Whether answers are awaited now."""
        return self._sources is not None

    def ask(self) -> None:
        """Asks once, for all that a report is made of."""
        if self._desk is None or self._sources is not None:
            return
        from app.organizer.reports_sources import ReportSources  # a start does not wait for what it needs later

        self._sources = ReportSources(self._desk, self._take)
        self._sources.begin()
        self._patience.start()

    def _take(self, reading: "Reading[Night]") -> None:
        """Watches no more once all is new, or something fails: a part of the window would count as down."""
        night, sources = reading.value, self._sources
        if sources is not None and (sources.has_fault or (reading.is_new and night is not None and not night.old)):
            self._rest()

    def _rest(self) -> None:
        self._patience.stop()
        if self._sources is not None:
            self._sources.rest()
            self._sources = None
