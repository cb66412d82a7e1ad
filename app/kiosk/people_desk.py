"""The pages about people, put together: who is looked for, who comes in a group, what has to be cleared up.

Owns their life, and which of them is open. Lives in the window's thread: the looking is done by `PeopleWorker`, what is
written goes through the lane.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from app.kiosk.group_sheet import GroupSheet
from app.kiosk.guest_present import FoundText, Reader, may_join, present_found, present_group, present_guest
from app.kiosk.inbox_present import present_conflict, present_inbox
from app.kiosk.inbox_sheet import InboxSheet
from app.kiosk.lane import LaneWorker, start_thread
from app.kiosk.people_worker import ListState, NamedConflict, PeopleWorker
from app.kiosk.search_sheet import SearchSheet
from app.kiosk.sheet import Offer, SheetName
from app.kiosk.sheet_desk import SheetDesk
from app.kiosk.words import KioskWords
from app.runtime.guest_line import Parties, Party
from app.runtime.inside import Inside
from app.runtime.scan_line import Found
from app.runtime.station import Station
from core.gate.verdict import Verdict
from core.journal.scan import Finding
from core.model.event import Direction
from core.model.ids import FactId, TicketHandle
from core.model.outcomes import TABLE, Outcome, OutcomeClass
from core.model.roles import Right
from core.people.view import Guest, fields_for
from core.sync.attendees import Attendee
from core.ticket.lists import Listed
from core.ticket.verify import Trust

VOUCHING = {OutcomeClass.ADMIT, OutcomeClass.LEAVE, OutcomeClass.ADMIT_AND_ACT}
"""Whom the door let pass vouches for the others of the order: of others each shows an ID."""
LOOK_EVERY_MS = 2_000
KEPT_MS = 60_000
"""How long a search that was left unfinished comes back as it was."""


class PeopleDesk(QObject):
    """Offers the pages at a sheet desk. `operator` names who is on shift, for the facts; None: nobody has said it."""

    inside_changed = Signal(object)
    """An `Inside`, or None."""
    failed = Signal(object)
    """An AppError."""
    group_differs = Signal(object, int)
    """No ticket has a number that staff typed; one differs in this group alone, counted from 1."""
    _found_wanted = Signal(object)
    _number_wanted = Signal(object)
    _unknown_wanted = Signal(object)
    _group_wanted = Signal(object)
    _finding_told = Signal(object, object, object)
    _search_wanted = Signal(int, str)
    _party_wanted = Signal(object)
    _load_wanted = Signal()
    _look_wanted = Signal()
    _reopened = Signal()

    def __init__(
        self, station: Station, words: Callable[[], KioskWords], desk: SheetDesk, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._station = station
        self._words_now = words
        self._desk = desk
        self.operator: Callable[[], str | None] = lambda: None
        self.inside: Inside | None = None
        self._worker = PeopleWorker(station)
        self._thread: QThread = start_thread("doorlight-people", self._worker)
        self._search: SearchSheet | None = None
        self._group: GroupSheet | None = None
        self._inbox: InboxSheet | None = None
        self._state = ListState()
        self._parties, self._typed, self._found = Parties(), "", FoundText("")
        self._before = ("", 0)
        self._number = 0
        self._doubted: TicketHandle | None = None
        self._scan: FactId | None = None
        self._scanned: Outcome | None = None
        self._party: Party | None = None
        self._is_looking = False
        self._ticked: set[TicketHandle] = set()
        self._told: dict[TicketHandle, Verdict] = {}
        self._waiting: tuple[NamedConflict, ...] = ()
        self._conflict: NamedConflict | None = None
        self._loaded_of: str | None = None
        self._ticker = QTimer(self)
        self._ticker.timeout.connect(self.look)
        self._wire()
        self._offer()

    def start(self) -> None:
        """Starts looking, and goes on: a manifest comes, a check-out passes, and nobody says so."""
        self._thread.start()
        self._ticker.start(LOOK_EVERY_MS)
        self.look()

    def stop(self) -> None:
        """Ends whatever runs."""
        self._ticker.stop()
        self._worker.stop()
        self._worker.want(-1)
        self._thread.quit()
        self._thread.wait()

    def join(self, lane: LaneWorker) -> None:
        """What is decided here is carried out by a lane."""
        self._found_wanted.connect(lane.take_found)
        self._unknown_wanted.connect(lane.take_number)
        self._group_wanted.connect(lane.take_group)
        self._finding_told.connect(lane.resolve)
        lane.group_told.connect(self._take_group)
        lane.resolved.connect(self.look)

    def note_verdict(self, verdict: Verdict) -> None:
        """A door has said something: the next group is this guest's."""
        if verdict.scan_id is not None and verdict.outcome is not Outcome.JUST_SCANNED_HERE:
            self._scan, self._scanned = verdict.scan_id, verdict.outcome
            self._desk.offers_changed.emit()
        self.look()

    @Slot()
    def look(self) -> None:
        """Something has happened: the counts and what waits are looked at anew. The first list is read by itself."""
        taken = self._station.box.taken
        if taken is not None and self._loaded_of is None:
            self._loaded_of = taken.people_sha256 or ""
            self._load_wanted.emit()
        self._look_wanted.emit()

    @Slot()
    def open_anew(self) -> None:
        """The lane has rebuilt the journal."""
        self._reopened.emit()

    @property
    def _words(self) -> KioskWords:
        return self._words_now()

    # --- wiring ---------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        worker = self._worker
        self._thread.started.connect(worker.open)
        self._thread.finished.connect(worker.close)
        self._search_wanted.connect(worker.search)
        self._party_wanted.connect(worker.find_party)
        self._number_wanted.connect(worker.find_number)
        self._load_wanted.connect(worker.load)
        self._look_wanted.connect(worker.look)
        self._reopened.connect(worker.open_anew)
        worker.list_changed.connect(self._take_list)
        worker.found.connect(self._take_found)
        worker.party_found.connect(self._take_party)
        worker.number_known.connect(self._take_number)
        worker.inside_changed.connect(self._take_inside)
        worker.inbox_changed.connect(self._take_inbox)
        worker.failed.connect(self.failed)

    def _offer(self) -> None:
        self._desk.offer(SheetName.SEARCH, Offer(self._make_search))
        self._desk.offer(SheetName.GROUP, Offer(self._make_group, is_ready=lambda: self._scan is not None))
        self._desk.offer(SheetName.INCIDENTS, Offer(self._make_inbox, right=Right.RESOLVE_INCIDENTS))

    def _reader(self) -> Reader:
        trust = self._station.box.trust
        event = trust.event if isinstance(trust, Trust) else None
        zone = ZoneInfo(event.time_zone if event else "UTC")
        now_ms = self._station.clock.now().at_ms
        return Reader(self._words, zone, now_ms, fields_for(self._desk.rights), event)

    # --- search ---------------------------------------------------------------------------------------------------

    def _make_search(self) -> SearchSheet:
        sheet = SearchSheet(self._words.sheet_titles[SheetName.SEARCH], self._words.people.search)
        sheet.typed.connect(self._look_for)
        sheet.picked.connect(self._pick)
        sheet.wanted.connect(self._present)
        sheet.left.connect(self._forget_search)
        self._search, self._parties, self._typed = sheet, Parties(), ""
        self._load_wanted.emit()  # a newer list may have come
        self._show_found()
        before, left_ms = self._before
        if before and self._station.clock.monotonic_ms() - left_ms < KEPT_MS:
            sheet.field.insert(before)
            sheet.field.selectAll()  # whoever looks for somebody else just types
        return sheet

    @Slot()
    def _forget_search(self) -> None:
        """Nobody looks any more: no name stays in the window. A guest's code may have come between: the words stay."""
        self._worker.want(-1)
        self._search = None
        self._before = (self._typed, self._station.clock.monotonic_ms())
        self._parties, self._found, self._typed = Parties(), FoundText(""), ""

    def _look_for(self, typed: str) -> None:
        self._number += 1
        self._typed = typed
        self._worker.want(self._number)
        self._search_wanted.emit(self._number, typed)

    @Slot(int, object)
    def _take_found(self, number: int, parties: Parties) -> None:
        if number == self._number:
            self._parties = parties
            self._show_found()

    @Slot(object)
    def _take_list(self, state: ListState) -> None:
        was_loaded, self._state = self._state.is_loaded, state
        if state.is_loaded and not was_loaded and self._typed:
            self._look_for(self._typed)
        self._show_found()
        if self._is_looking and self._scan is not None and state.share is None:
            self._party_wanted.emit(self._scan)

    def _show_found(self) -> None:
        if self._search is not None:
            self._found = present_found(self._parties, self._typed, self._state, self._reader())
            self._search.show_found(self._found)

    def _pick(self, row: int) -> None:
        guest = self._found.guests[row] if row < len(self._found.guests) else None
        if self._search is not None and guest is not None:
            is_exit = self._station.post.direction() is Direction.EXIT
            self._search.show_guest(guest, present_guest(guest, self._reader(), is_exit=is_exit))

    def _present(self, guest: Guest, is_checked: bool) -> None:
        ticket = guest.person.ticket
        self._typed = ""
        if ticket is not None:
            self._found_wanted.emit(Found(ticket, is_identity_checked=is_checked, operator=self.operator()))

    # --- number ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def present_number(self, tid: TicketHandle) -> None:
        """Staff have typed the number on a ticket: who it is for is looked up, and then the lane decides.

        The same number once more is meant: then one that differs in a group is not asked about again.
        """
        if self._doubted == tid:
            self._doubted = None
            self._unknown_wanted.emit(tid)
        else:
            self._number_wanted.emit(tid)

    @Slot(object, object)
    def _take_number(self, tid: TicketHandle, known: Attendee | int | None) -> None:
        match known:
            case int() as group:
                self._doubted = tid
                self.group_differs.emit(tid, group)
            case Attendee(ticket=Listed() as ticket):
                self._found_wanted.emit(Found(ticket, operator=self.operator()))
            case _:
                self._unknown_wanted.emit(tid)

    # --- group ----------------------------------------------------------------------------------------------------

    def _make_group(self) -> GroupSheet:
        sheet = GroupSheet(self._words.sheet_titles[SheetName.GROUP], self._words.people)
        sheet.turned.connect(self._turn)
        sheet.all_wanted.connect(self._tick_all)
        sheet.admit_wanted.connect(self._admit)
        sheet.left.connect(self._forget_group)
        self._group, self._party, self._ticked, self._told = sheet, None, set(), {}
        self._is_looking = True
        self._load_wanted.emit()  # its answer asks for the party, once the list is there
        self._show_group()
        return sheet

    @Slot()
    def _forget_group(self) -> None:
        self._group, self._party, self._is_looking = None, None, False

    @Slot(object)
    def _take_party(self, party: Party | None) -> None:
        self._party, self._is_looking = party, False
        self._show_group()

    def _turn(self, row: int) -> None:
        guest = None if self._party is None else self._party.guests[row]
        if guest is not None and row > 0 and may_join(guest) and not self._told:
            self._ticked ^= {guest.person.tid}
        self._show_group()

    def _tick_all(self) -> None:
        others = self._party.guests[1:] if self._party else ()
        self._ticked = {each.person.tid for each in others if may_join(each)}
        self._show_group()

    def _admit(self) -> None:
        party, scan = self._party, self._scan
        if party is None or scan is None or self._told:
            return
        wanted = [each.person.ticket for each in party.guests if each.person.tid in self._ticked]
        came_in = self._scanned is not None and TABLE[self._scanned].outcome_class in VOUCHING
        group = tuple(
            Found(each, group=scan, is_vouched_for=came_in, operator=self.operator())
            for each in wanted
            if each is not None
        )
        if group:
            self._ticked = set()
            self._group_wanted.emit(group)

    @Slot(object)
    def _take_group(self, told: dict[TicketHandle, Verdict]) -> None:
        self._told = told
        self._show_group()

    def _show_group(self) -> None:
        if self._group is not None:
            reader = self._reader()
            first, is_looking = self._scanned, self._is_looking
            text = present_group(self._party, self._ticked, self._told, reader, first=first, is_looking=is_looking)
            self._group.show_group(text)

    # --- incidents ------------------------------------------------------------------------------------------------

    def _make_inbox(self) -> InboxSheet:
        sheet = InboxSheet(self._words.sheet_titles[SheetName.INCIDENTS], self._words.people)
        sheet.picked.connect(self._pick_conflict)
        sheet.found.connect(self._tell)
        sheet.left.connect(self._forget_inbox)
        self._inbox, self._conflict = sheet, None
        self._show_inbox()
        return sheet

    @Slot()
    def _forget_inbox(self) -> None:
        self._inbox, self._conflict = None, None

    @Slot(object)
    def _take_inbox(self, waiting: tuple[NamedConflict, ...]) -> None:
        self._waiting = waiting
        self._desk.show_count(SheetName.INCIDENTS, len(waiting))
        self._show_inbox()

    def _pick_conflict(self, row: int) -> None:
        if self._inbox is not None and row < len(self._waiting):
            self._conflict = self._waiting[row]
            self._inbox.show_conflict(present_conflict(self._conflict, self._reader()))

    def _tell(self, finding: Finding) -> None:
        named, self._conflict = self._conflict, None
        if named is not None and self._inbox is not None:
            self._finding_told.emit(named.conflict, finding, self.operator())
            self._inbox.show_list()

    def _show_inbox(self) -> None:
        if self._inbox is not None:
            heard = self._station.news.heard
            at_ms = None if heard is None else heard.reply.at_ms
            has_more = heard is not None and heard.reply.has_more
            self._inbox.show_inbox(present_inbox(self._waiting, at_ms, self._reader(), has_more=has_more))

    @Slot(object)
    def _take_inside(self, inside: Inside | None) -> None:
        self.inside = inside
        self.inside_changed.emit(inside)
