"""What the keys of pages say besides their names: open incidents, kiosks that are heard, what was not delivered.

Owns the questions for it, which are those of the pages themselves, and what is new since the last look: the first
answer of all is no news, but for an account that is refused: that is so until a person mends it. Old answers change a
count, and never tell of something new.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.organizer.deliveries.present_letters import ALARM
from app.organizer.deliveries.questions import SUMMARY
from app.organizer.desk import Desk, Watching
from app.organizer.devices_questions import DEVICES
from app.organizer.incidents_questions import incidents
from app.organizer.page import PageName
from core.insight.kiosk_standing import Newest, standings
from core.insight.question import Question
from core.insight.reading import Reading
from core.sync.delivery_replies import DeliverySummary
from core.sync.incident_replies import IncidentPage
from core.sync.kiosk_replies import KioskReply

OPEN_INCIDENTS: Question[IncidentPage] = incidents("open", None)


class Badges(QObject):
    """Watches for as long as the window is there. `start` with each connection, event and account."""

    changed = Signal(object)
    """A dict from `PageName` to text."""
    incidents_came = Signal(int)
    """So many incidents are open that were not at the last look."""
    letters_came = Signal(int)
    """Something died that had not at the last look; so many are dead by now."""
    account_refused = Signal()
    """An account by which messages leave is refused that was not at the last look."""
    unneeded = Signal(object)
    """The pages that this event has nothing for, as a set of `PageName`: nobody needs their keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watching: list[Watching] = []
        self._texts: dict[PageName, str] = {}
        self._known: frozenset[tuple[str, str]] | None = None
        self._now_ms: Callable[[], int] = int
        self._devices: Reading[tuple[KioskReply, ...]] | None = None
        self._died_ms: int | None = None
        self._refused: frozenset[str] = frozenset()
        self._unneeded: frozenset[PageName] | None = None

    def start(self, desk: Desk) -> None:
        """Watches at this desk from now on, what its account may see."""
        self.stop()
        self._now_ms = desk.now_ms
        if desk.event is None:
            return
        if desk.may(OPEN_INCIDENTS.right):
            self._watching.append(desk.watch(OPEN_INCIDENTS, self._take_incidents))
        if desk.may(DEVICES.right):
            self._watching.append(desk.watch(DEVICES, self._take_devices))
        if desk.may(SUMMARY.right):
            self._watching.append(desk.watch(SUMMARY, self._take_deliveries))

    def stop(self) -> None:
        """Watches nothing any more."""
        while self._watching:
            self._watching.pop().stop()
        self._known = self._devices = self._died_ms = None
        self._refused = frozenset()
        self._texts = {}
        self.changed.emit({})
        self._need(frozenset({PageName.DELIVERIES}))

    def _take_incidents(self, reading: Reading[IncidentPage]) -> None:
        if reading.value is None:
            return
        found = frozenset((each.scan, each.kind) for each in reading.value.incidents)
        more = "+" if reading.value.after is not None else ""
        self._say(PageName.INCIDENTS, f"{len(found)}{more}" if found else "")
        if not reading.is_new:
            return
        before, self._known = self._known, found if self._known is None else self._known | found
        if before is not None and found - before:
            self.incidents_came.emit(len(found - before))

    def _take_deliveries(self, reading: Reading[DeliverySummary]) -> None:
        """The page has a key where anybody uses a channel. What died later than all that was known is news."""
        told = reading.value
        if told is None:
            return
        self._need(frozenset() if told.channels else frozenset({PageName.DELIVERIES}))
        self._say(PageName.DELIVERIES, f"{told.dead or ''}{ALARM if told.refused else ''}")
        if not reading.is_new:
            return
        refused = frozenset(each.channel for each in told.refused)
        is_news, self._refused = bool(refused - self._refused), refused
        if is_news:  # at the first look too: somebody who has just come is to know it
            self.account_refused.emit()
        before, died_ms = self._died_ms, told.newest_ms or 0
        self._died_ms = max(died_ms, before or 0)
        if before is not None and died_ms > before:
            self.letters_came.emit(told.dead)

    def _need(self, unneeded: frozenset[PageName]) -> None:
        if unneeded != self._unneeded:
            self._unneeded = unneeded
            self.unneeded.emit(unneeded)

    def _take_devices(self, reading: Reading[tuple[KioskReply, ...]]) -> None:
        self._devices = reading
        self.tick()

    def tick(self) -> None:
        """A kiosk falls silent by the clock alone."""
        reading = self._devices
        if reading is None or reading.value is None:
            return
        at_ms = self._now_ms() if reading.is_new or reading.as_of_ms is None else reading.as_of_ms
        told = standings(reading.value, Newest(), at_ms)
        active = [each for each in told if each.kiosk.state == "active" and not each.is_off]
        heard = sum(each.is_heard for each in active)
        self._say(PageName.DEVICES, f"{heard}/{len(active)}" if active else "")

    def _say(self, page: PageName, text: str) -> None:
        if self._texts.get(page, "") != text:
            self._texts[page] = text
            self.changed.emit(dict(self._texts))
