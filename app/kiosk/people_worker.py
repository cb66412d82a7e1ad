"""The kiosk's thread for people: it looks for guests, counts who is inside, and keeps the inbox.

Owns its life. It is a QObject that lives in a thread of its own, opens its journal there and closes it there; what it
has to tell goes out as signals. A list of a million is read in pieces, between which everything else has its turn.
"""

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.errors import AppError
from app.runtime.guest_line import GuestLine, Party
from app.runtime.inbox_line import InboxLine
from app.runtime.inside import Inside, InsideCounter
from app.runtime.station import Station
from app.store.journal import Journal
from app.store.journal_looks import JournalLooks
from core.model.ids import FactId, TicketHandle
from core.people.inbox import Conflict
from core.sync.adoption import Objection


@dataclass(frozen=True, slots=True)
class ListState:
    """How the guest list stands: how many are on it, or how much has been read, or why it can't be."""

    count: int = 0
    share: float | None = None
    objection: Objection | None = None
    is_loaded: bool = False


@dataclass(frozen=True, slots=True)
class NamedConflict:
    """A conflict with its guest's name, where the list says it."""

    conflict: Conflict
    name: str


class PeopleWorker(QObject):
    """Lives in its own thread. `want` may be called from any."""

    list_changed = Signal(object)
    """A `ListState`."""
    found = Signal(int, object)
    """The number of a search, and `Parties`."""
    party_found = Signal(object)
    """A `Party`, or None: the ticket is not on the list."""
    number_known = Signal(object, object)
    """A number that staff typed, and what the list says: an `Attendee`, a group in which one differs, or None."""
    inside_changed = Signal(object)
    """An `Inside`, or None."""
    inbox_changed = Signal(object)
    """A tuple of `NamedConflict`."""
    failed = Signal(object)
    """An AppError: the disk."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._journal: Journal | None = None
        self._looks: JournalLooks | None = None
        self._guests: GuestLine | None = None
        self._inbox: InboxLine | None = None
        self._counter: InsideCounter | None = None
        self._inside: Inside | None = None
        self._waiting: tuple[NamedConflict, ...] | None = None
        self._wanted = 0
        self._is_reading = False
        self._is_over = False

    def want(self, number: int) -> None:
        """Says which search is wanted: whatever runs for an older one ends. From any thread."""
        self._wanted = number

    def stop(self) -> None:
        """Ends whatever runs, soon. From any thread."""
        self._is_over = True

    @Slot()
    def open(self) -> None:
        """Opens the journal in this thread; to be called by the thread's start."""
        self._open()
        self.look()

    @Slot()
    def close(self) -> None:
        """Closes the journal in this thread; to be called by the thread's end."""
        for each in (self._journal, self._looks):
            if each is not None:
                each.close()
        self._journal = self._looks = None

    @Slot()
    def open_anew(self) -> None:
        """The lane has rebuilt the journal, under another file."""
        self.close()
        self.open()

    @Slot()
    def look(self) -> None:
        """Something has happened: counts anew, and looks what waits. A journal that failed is opened once more."""
        if self._looks is None:
            self._open()
        if self._counter is None or self._inbox is None or self._looks is None:
            return
        try:
            inside = self._counter.count(self._station.box.in_force, self._station.clock.now())
            waiting = tuple(NamedConflict(each, self._name(each)) for each in self._inbox.waiting())
        except AppError as err:
            self._fail(err)
            return
        if inside != self._inside:
            self._inside = inside
            self.inside_changed.emit(inside)
        if waiting != self._waiting:
            self._waiting = waiting
            self.inbox_changed.emit(waiting)

    @Slot()
    def load(self) -> None:
        """Reads the guest list of the manifest in force, unless it is in memory."""
        if self._guests is None or self._is_reading or self._guests.is_current:
            self._tell_list()
            return
        try:
            objection = self._guests.begin()
        except AppError as err:
            self._fail(err)
            return
        if objection is not None:
            self._tell_list(objection)
            return
        self._is_reading = True
        self._read()

    @Slot(int, str)
    def search(self, number: int, typed: str) -> None:
        """Looks for whom these words mean, unless another search is wanted by now."""
        if self._guests is None or number != self._wanted:
            return
        try:
            parties = self._guests.search(typed, lambda: self._is_over or number != self._wanted)
        except AppError as err:
            self._fail(err)
            return
        if number == self._wanted:
            self.found.emit(number, parties)

    @Slot(object)
    def find_number(self, tid: TicketHandle) -> None:
        """Looks for the ticket of a number that staff typed."""
        self.number_known.emit(tid, self._guests.numbered(tid) if self._guests is not None else None)

    @Slot(object)
    def find_party(self, scan: FactId) -> None:
        """Looks for everybody of the order that a scan's ticket belongs to."""
        party: Party | None = None
        try:
            told = self._looks.scan(scan) if self._looks else None
            if told is not None and told.stamp.tid is not None and self._guests is not None:
                party = self._guests.party_of(told.stamp.tid)
        except AppError as err:
            self._fail(err)
        self.party_found.emit(party)

    def _open(self) -> None:
        station = self._station
        try:
            self._journal, self._looks = station.open_journal(), station.open_looks()
        except AppError as err:
            self._fail(err)
            return
        knowledge = station.knowledge(self._journal)
        self._guests = self._guests or GuestLine(station)
        self._guests.know_by(knowledge)
        self._inbox = InboxLine(station.news, self._looks, lambda: station.place.name, self._person)
        device = station.profile.device_id
        self._counter = InsideCounter(device, station.news, self._journal, self._looks, knowledge)

    def _fail(self, error: AppError) -> None:
        self.close()
        self.failed.emit(error)

    def _read(self) -> None:
        """One piece; the rest when whatever waits in this thread has had its turn."""
        if self._guests is None or self._is_over:
            return
        if self._guests.read():
            QTimer.singleShot(0, self, self._read)
        else:
            self._is_reading = False
            self.look()  # conflicts have names now
        self._tell_list()

    def _tell_list(self, objection: Objection | None = None) -> None:
        guests = self._guests
        if guests is not None:
            share = guests.share if self._is_reading else None
            self.list_changed.emit(ListState(guests.count, share, objection, guests.is_loaded))

    def _person(self, id_: str) -> str:
        """Whom an operator's id stands for; nobody's name for one who is no more of the door staff."""
        staff = self._station.box.in_force.operators
        return next((each.name for each in staff if each.id == id_), "")

    def _name(self, conflict: Conflict) -> str:
        return self._guests.name_of(conflict.tid) if self._guests is not None and conflict.tid is not None else ""
