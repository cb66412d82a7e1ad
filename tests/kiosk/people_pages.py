"""The pages about people in each state worth a look, as acts on a window; listed in `shots.py`."""

from dataclasses import replace
from uuid import UUID

from app.kiosk.group_sheet import GroupSheet
from app.kiosk.guest_present import Reader, present_found, present_group, present_guest
from app.kiosk.inbox_present import present_conflict, present_inbox
from app.kiosk.inbox_sheet import InboxSheet
from app.kiosk.people_worker import ListState, NamedConflict
from app.kiosk.search_sheet import SearchSheet
from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from app.runtime.guest_line import Parties, Party
from core.gate.verdict import Verdict
from core.model.ids import ClassId, FactId, GateId, TicketHandle
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome
from core.model.roles import RIGHTS, Role
from core.people.inbox import QUARANTINED, Conflict, Side
from core.people.view import Guest, fields_for
from core.redeem.answer import Answer, FirstUse
from core.redeem.fold import Severity
from core.sync.attendees import Attendee
from core.ticket.lists import Listed
from tests.kiosk.verdicts import LONG_NAME, NOW_MS, ZONE, verdict
from tests.support.door import SUMMER_NIGHT

NAMES = ("Jörg Müller", "Heike Mueller", "Tim Müller", "Anna Obermüller", "Łukasz Kowalski")
PEOPLE_DATA = {
    *NAMES,
    "müller",
    "xyzzy",
    "Ana",
    "South 1",
    "South gate",
    "Day ticket",
    "Weekend ticket",
    "SHOP-7F3A-91",
    "REF-1",
}
FULL = fields_for(RIGHTS[Role.SUPERVISOR])
LANE = fields_for(RIGHTS[Role.OPERATOR])
LOADED = ListState(41_203, is_loaded=True)
_FIRST = FirstUse(NOW_MS - 720_000, "south", "South 1")


def tid(number: int) -> TicketHandle:
    return TicketHandle(number.to_bytes(8))


def guest(number: int, name: str, answer: Answer | None = None, order: str | None = "SHOP-7F3A-91") -> Guest:
    """Somebody of the list, whom the door would let in unless told otherwise."""
    listed = Listed(tid(number), 0, ClassId(1), 0, 2**31)
    person = Attendee(tid(number), name, order, listed, "REF-1")
    return Guest(person, "Day ticket", answer or Answer(Outcome.ADMITTED_OFFLINE, 1, 1, 1))


USED = Answer(Outcome.ALREADY_USED, None, 1, 1, _FIRST)
FAMILY = Party((guest(1, NAMES[0]), guest(2, NAMES[1], USED), guest(3, NAMES[2])), hits=2, has_more=True)
FOUND = Parties(
    (
        FAMILY,
        Party((guest(4, NAMES[3], Answer(Outcome.WRONG_GATE, None, 0, 1), None),)),
        Party((guest(5, NAMES[4], Answer(Outcome.ADMITTED_OFFLINE, 2, 2, 3, _FIRST), None),)),
    ),
    is_cut=True,
)
LONG = Parties((Party((guest(1, LONG_NAME, USED, LONG_NAME),)),) * 12)


def reader(window: KioskWindow, fields: frozenset = FULL) -> Reader:  # type: ignore[type-arg]
    return Reader(window.words, ZONE, NOW_MS, fields, SUMMER_NIGHT)


def search(
    window: KioskWindow, parties: Parties = FOUND, typed: str = "müller", state: ListState = LOADED, who: object = FULL
) -> SearchSheet:
    """The list, as it stands after somebody typed."""
    sheet = SearchSheet(window.words.sheet_titles[SheetName.SEARCH], window.words.people.search)
    sheet.field.setText(typed)
    window.desk.show(sheet)
    sheet.show_found(present_found(parties, typed, state, reader(window, who)))  # type: ignore[arg-type]
    return sheet


def search_before(window: KioskWindow) -> None:
    search(window, Parties(), "")


def search_as_operator(window: KioskWindow) -> None:
    search(window, who=LANE)


def search_nobody(window: KioskWindow) -> None:
    search(window, Parties(), "xyzzy")


def search_reading(window: KioskWindow) -> None:
    search(window, Parties(), "müller", ListState(share=0.42))


def search_long(window: KioskWindow) -> None:
    search(window, LONG).pad.hide()


def search_found(window: KioskWindow) -> None:
    search(window)


def search_without_pad(window: KioskWindow) -> None:
    sheet = search(window)
    sheet.turn_key.click()


def guest_with_id(window: KioskWindow) -> None:
    sheet = search(window)
    one = FAMILY.guests[0]
    sheet.show_guest(one, present_guest(one, reader(window), is_exit=False))


def guest_used(window: KioskWindow) -> None:
    sheet = search(window)
    one = FAMILY.guests[1]
    sheet.show_guest(one, present_guest(one, reader(window), is_exit=False))


def guest_of_older_server(window: KioskWindow) -> None:
    sheet = search(window)
    one = FAMILY.guests[0]
    bare = replace(one, person=replace(one.person, ticket=None))
    sheet.show_guest(bare, present_guest(bare, reader(window), is_exit=False))


def _group(window: KioskWindow, party: Party | None, **state: object) -> GroupSheet:
    sheet = GroupSheet(window.words.sheet_titles[SheetName.GROUP], window.words.people)
    window.desk.show(sheet)
    told = {"ticked": (), "told": {}, "first": Outcome.ADMITTED, "is_looking": False} | state
    sheet.show_group(present_group(party, reader=reader(window), **told))  # type: ignore[arg-type]
    return sheet


def group(window: KioskWindow) -> None:
    _group(window, FAMILY, ticked={tid(3)})


def group_done(window: KioskWindow) -> None:
    told: dict[TicketHandle, Verdict] = {tid(2): verdict(Outcome.ALREADY_USED), tid(3): verdict(Outcome.ADMITTED)}
    _group(window, FAMILY, told=told)


def group_alone(window: KioskWindow) -> None:
    _group(window, Party(FAMILY.guests[:1]))


def group_unknown(window: KioskWindow) -> None:
    _group(window, None)


NORTH = Side(
    GateId("north"), "North 1", Millis(NOW_MS - 720_000), 1_000, ClockQuality.SYNCED, True, "Ana",
    Outcome.ADMITTED_OFFLINE,
)  # fmt: skip
SOUTH = replace(
    NORTH, gate=GateId("south"), device_name="South 1", at_ms=Millis(NOW_MS - 660_000), is_own=False,
    uncertainty_ms=90_000, quality=ClockQuality.HOLDOVER, operator=None,
)  # fmt: skip
DOUBLE = Conflict(FactId(UUID(int=1)), "double_admission", tid(1), Severity.HIGH, False, SOUTH, NORTH)
CANCELED = Conflict(FactId(UUID(int=2)), "late_cancel", tid(2), Severity.HIGH, True, NORTH)
OVERRIDE = Conflict(FactId(UUID(int=3)), "override_used", tid(3), Severity.NORMAL, True, NORTH, SOUTH)
ASIDE = Conflict(FactId(UUID(int=4)), QUARANTINED, tid(4), Severity.NORMAL, True, NORTH, reason="unknown_ticket")
WAITING = (
    NamedConflict(DOUBLE, NAMES[0]),
    NamedConflict(CANCELED, NAMES[1]),
    NamedConflict(OVERRIDE, NAMES[2]),
    NamedConflict(ASIDE, ""),
)


def _inbox(window: KioskWindow, waiting: tuple[NamedConflict, ...] = WAITING) -> InboxSheet:
    sheet = InboxSheet(window.words.sheet_titles[SheetName.INCIDENTS], window.words.people)
    window.desk.show(sheet)
    window.desk.show_count(SheetName.INCIDENTS, len(waiting))
    sheet.show_inbox(present_inbox(waiting, NOW_MS - 60_000, reader(window)))
    return sheet


def inbox(window: KioskWindow) -> None:
    _inbox(window)


def inbox_empty(window: KioskWindow) -> None:
    _inbox(window, ())


def conflict_double(window: KioskWindow) -> None:
    _inbox(window).show_conflict(present_conflict(WAITING[0], reader(window)))


def conflict_canceled(window: KioskWindow) -> None:
    _inbox(window).show_conflict(present_conflict(WAITING[1], reader(window)))


def conflict_aside(window: KioskWindow) -> None:
    _inbox(window).show_conflict(present_conflict(WAITING[3], reader(window)))
