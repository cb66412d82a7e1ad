"""What people decide about a scan, and the rules of passage, through any ledger: SQLite and PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.journal.scan import Fact, Finding, Override, Recovery, Resolution, Scan, Undo
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.ids import FactId, TicketHandle
from core.model.outcomes import Outcome
from core.redeem.fold import IncidentKind
from core.sync.messages import FactResult
from tests.contract.ledger_rig import NOW, SOUTH, STANDARD, House
from tests.contract.test_ledger import outcome

DOUBLE = IncidentKind.DOUBLE_ADMISSION
MINUTE, HOUR = 60_000, 3_600_000


def undo(house: House, scan: Scan, kiosk: int | None = None, after_ms: int = 10_000) -> Undo:
    """A kiosk takes a scan back."""
    return Undo(house.about(scan, kiosk, after_ms), scan.stamp.id, "ana")


def override(house: House, scan: Scan) -> Override:
    """A supervisor at the scan's kiosk lets its guest in."""
    return Override(house.about(scan, None, 20_000), scan.stamp.id, "ana", "artist")


def resolution(house: House, scan: Scan, kind: str = DOUBLE.value) -> Resolution:
    """Staff at another kiosk have looked at an incident."""
    return Resolution(house.about(scan, 2, MINUTE), scan.stamp.id, kind, Finding.SHARED_CODE, "ana")


def two_admissions(house: House) -> tuple[TicketHandle, list[Fact], list[Fact]]:
    """Two kiosks without a link let the same ticket in."""
    tid = house.tickets()[0]
    return tid, house.admit_offline(tid, 0), house.admit_offline(tid, 1, after_ms=MINUTE)


@pytest.mark.parametrize("undone", [0, 1])
def test_an_undo_of_one_of_two_admissions_leaves_one_redemption_and_no_incident(house: House, undone: int) -> None:
    """G30."""
    tid, *doors = two_admissions(house)
    for facts in doors:
        house.upload(*facts)
    assert {kind for kind, _ in house.open_incidents()} == {DOUBLE}
    scan = doors[undone][0]
    assert isinstance(scan, Scan)
    result = house.upload(undo(house, scan))[0]
    assert outcome(result) is Outcome.UNDONE
    assert house.entries() == {(tid, 1): doors[1 - undone][0].stamp.id}
    assert house.open_incidents() == set()
    assert house.inside() == [tid]


def test_an_undo_that_comes_before_its_scan_waits_for_it(house: House) -> None:  # G30, A20
    tid = house.tickets()[0]
    scan, shown = house.admit_offline(tid, 0)
    assert isinstance(scan, Scan)
    early = house.upload(undo(house, scan))[0]
    assert (early.arrival, early.answer) == (Arrival.APPLIED, None)
    house.upload(scan, shown)
    assert (house.entries(), house.inside()) == ({}, [])
    assert outcome(house.ask(house.scan(tid, 1, after_ms=HOUR))) is Outcome.ADMITTED


@pytest.mark.parametrize(("kiosk", "after_ms"), [(1, 5_000), (None, 16 * MINUTE)])
def test_an_undo_by_another_kiosk_or_too_late_is_kept_and_refused(
    house: House, kiosk: int | None, after_ms: int
) -> None:  # A20
    tid = house.tickets()[0]
    scan, shown = house.admit_offline(tid, 0)
    assert isinstance(scan, Scan)
    house.upload(scan, shown)
    refused = house.upload(late := undo(house, scan, kiosk, after_ms))[0]
    assert (refused.arrival, outcome(refused)) == (Arrival.APPLIED, Outcome.UNDO_REFUSED)
    assert outcome(house.upload(late)[0]) is Outcome.UNDO_REFUSED
    assert (len(house.stored()), house.entries()) == (3, {(tid, 1): scan.stamp.id})


def test_a_supervisor_s_word_takes_a_free_entry_and_counts_apart_where_there_is_none(house: House) -> None:  # A7
    tid = house.tickets()[0]
    first = house.scan(tid, 0)
    house.ask(first)
    refused = house.scan(tid, 1, after_ms=MINUTE)
    assert outcome(house.ask(refused)) is Outcome.ALREADY_USED
    house.upload(house.shown(refused, Outcome.ALREADY_USED), override(house, refused))
    assert house.entries() == {(tid, 1): first.stamp.id}
    assert house.open_incidents() == {("override_used", refused.stamp.id)}
    status = house.office.status_of(house.event)
    assert (status.redemptions, status.admissions, status.inside) == (1, 2, 1)

    free = house.tickets()[0]
    scan = house.scan(free, 1, after_ms=2 * MINUTE)
    house.upload(scan, house.shown(scan, Outcome.UNPAID), override(house, scan))
    assert house.entries()[free, 1] == scan.stamp.id


def test_a_supervisor_s_word_about_a_canceled_ticket_counts_apart(house: House) -> None:  # A7, A8
    tid = house.tickets()[0]
    house.office.cancel_ticket(house.event, tid)
    scan = house.scan(tid)
    assert outcome(house.ask(scan)) is Outcome.CANCELED
    house.upload(house.shown(scan, Outcome.CANCELED), override(house, scan))
    assert (house.entries(), house.open_incidents()) == ({}, {("override_used", scan.stamp.id)})


def test_a_supervisor_s_word_about_a_stranger_s_code_is_recorded_and_admits_nobody(house: House) -> None:  # A2
    scan = house.scan(None)
    assert outcome(house.ask(scan)) is Outcome.UNKNOWN_CODE
    results = house.upload(house.shown(scan, Outcome.UNKNOWN_CODE), override(house, scan))
    assert {result.arrival for result in results} == {Arrival.APPLIED}
    assert (len(house.stored()), house.entries(), house.inside()) == (3, {}, [])


def test_a_guest_let_in_on_an_unlisted_ticket_is_redeemed_when_its_sale_arrives(house: House) -> None:  # G25
    """Kept in quarantine with what the supervisor said, and taken out of it together."""
    tid = TicketHandle(b"\x07" * 8)
    scan = house.scan(tid)
    said = [scan, house.shown(scan, Outcome.UNLISTED), override(house, scan)]
    assert {result.reason for result in house.upload(*said)} == {"unknown_ticket"}
    house.sell(tid, STANDARD)
    assert house.office.facts.adopt_waiting(house.event, 10) == 3
    assert house.entries() == {(tid, 1): scan.stamp.id}
    assert house.open_incidents() == set()


def test_what_staff_remember_after_a_restart_is_a_compensating_undo(house: House) -> None:  # G29
    tid = house.tickets()[0]
    scan = house.scan(tid)
    assert outcome(house.ask(scan)) is Outcome.ADMITTED
    house.upload(Recovery(house.about(scan, None, HOUR), scan.stamp.id, entered=False))
    assert (house.entries(), house.inside()) == ({}, [])
    assert outcome(house.ask(scan)) is Outcome.ADMITTED, "the stored answer stays what it was (I7)"
    assert outcome(house.ask(house.scan(tid, 1, after_ms=2 * HOUR))) is Outcome.ADMITTED


@pytest.mark.parametrize("late", [False, True])
def test_a_door_s_finding_closes_the_incident_before_or_after_it_opens(house: House, *, late: bool) -> None:  # G1
    _, first, second = two_admissions(house)
    scan = second[0]
    assert isinstance(scan, Scan)
    found = resolution(house, scan)
    house.upload(*first)
    if not late:
        house.upload(found)
    house.upload(*second)
    if late:
        assert house.open_incidents() == {(DOUBLE, scan.stamp.id)}
        house.upload(found)
    assert house.open_incidents() == set()
    assert house.findings() == {(DOUBLE, scan.stamp.id): Finding.SHARED_CODE}
    status = house.office.status_of(house.event)
    assert (status.incidents, status.double_admissions, status.admissions) == (0, 1, 2)


def test_the_organizer_s_finding_survives_what_arrives_later(house: House) -> None:  # G1, A14
    tid, first, second = two_admissions(house)
    house.upload(*first)
    house.upload(*second)
    loser = second[0].stamp.id
    assert resolve(house, loser)
    assert house.open_incidents() == set()
    house.upload(*house.admit_offline(tid, 2, after_ms=-MINUTE))  # now both of the others came too late
    assert house.findings() == {(DOUBLE, loser): Finding.HONEST_RESCAN}
    assert house.open_incidents() == {(DOUBLE, first[0].stamp.id)}


def resolve(house: House, scan: FactId, kind: IncidentKind = DOUBLE) -> bool:
    """The organizer looks at an incident."""
    found = Finding.HONEST_RESCAN
    return house.office.facts.transact(house.event, lambda p: p.resolve_incident(scan, kind, found, "otto", "a note"))


def test_there_is_nothing_to_find_out_about_what_is_no_incident(house: House) -> None:
    tid, first, second = two_admissions(house)
    house.upload(*first)
    assert not resolve(house, first[0].stamp.id)
    house.upload(*second)
    scan = second[0]
    assert isinstance(scan, Scan)
    house.upload(undo(house, scan))
    assert not resolve(house, scan.stamp.id), "withdrawn: nothing happened"
    assert house.entries() == {(tid, 1): first[0].stamp.id}


# --- the rules of passage -----------------------------------------------------------------------------------------


@pytest.fixture
def returning(house: House) -> House:
    """The standard ticket lets guests come back; everybody is checked out at six."""

    def told(row):  # type: ignore[no-untyped-def]
        classes = [replace(each, reentry="after_exit") if each.id == STANDARD else each for each in row.classes]
        return replace(row, classes=classes, checkout_at="06:00")

    house.change_event(told)
    return house


def moves(house: House, tid: TicketHandle) -> Callable[[int, Direction, int], FactResult]:
    """A guest goes in or out at a kiosk, some hours from now; the door shows what it is told."""

    def move(hours: int, direction: Direction, kiosk: int) -> FactResult:
        scan = house.scan(tid, kiosk, after_ms=hours * HOUR, direction=direction)
        house.now_ms = NOW + hours * HOUR
        result = house.ask(scan)
        house.upload(house.shown(scan, outcome(result) or Outcome.TIMEOUT))
        return result

    return move


def test_a_guest_who_left_by_another_door_comes_back_without_another_entry(returning: House) -> None:  # A13, G19
    tid = returning.tickets()[0]
    move = moves(returning, tid)
    told = [
        outcome(move(1, Direction.ENTRY, 0)),
        outcome(move(2, Direction.ENTRY, 1)),
        outcome(move(3, Direction.EXIT, 1)),
        outcome(move(4, Direction.ENTRY, 2)),
    ]
    assert told == [Outcome.ADMITTED, Outcome.ALREADY_INSIDE, Outcome.EXIT_RECORDED, Outcome.ADMITTED_REENTRY]
    assert (len(returning.entries()), returning.open_incidents(), returning.inside()) == (1, set(), [tid])
    assert returning.office.status_of(returning.event).inside == 1


def test_the_check_out_hour_leaves_nobody_inside_and_who_comes_again_is_back(returning: House) -> None:  # A15
    """`NOW` is 13:06 local; six in the morning is 17 hours later, but for a few minutes."""
    tid = returning.tickets()[0]
    move = moves(returning, tid)
    assert outcome(move(1, Direction.ENTRY, 0)) is Outcome.ADMITTED
    returning.now_ms = NOW + 16 * HOUR
    settle_again(returning, tid)
    assert returning.inside() == [tid], "negative control: not yet six"
    returning.now_ms = NOW + 17 * HOUR
    settle_again(returning, tid)
    settle_again(returning, tid)
    assert (returning.inside(), len(returning.stored())) == ([], 2), "no exit is written"
    assert outcome(move(18, Direction.ENTRY, 1)) is Outcome.ADMITTED_REENTRY
    assert returning.inside() == [tid]


def settle_again(house: House, tid: TicketHandle) -> None:
    """What a job does at the check-out hour."""
    house.office.facts.transact(house.event, lambda page: page.settle_anew([tid]))


def test_the_south_gate_is_named_in_what_was_first(returning: House) -> None:  # A4
    tid = returning.tickets()[0]
    returning.ask(returning.scan(tid, 0, gate=SOUTH))
    answer = returning.ask(returning.scan(tid, 1, after_ms=MINUTE)).answer
    assert answer is not None
    assert answer.outcome is Outcome.ALREADY_INSIDE
    assert answer.first is not None
    assert (answer.first.gate, answer.first.at_ms) == (SOUTH, NOW)
