"""What a door is told of the night: who is inside, and the conflicts that its staff can clear up."""

from dataclasses import replace
from uuid import UUID

from core.journal.scan import Finding, Override, Resolution
from core.model.ids import FactId, TicketHandle
from core.model.outcomes import Outcome
from core.redeem.fold import IncidentKind
from core.sync.messages import MOST_DOOR_INCIDENTS, DoorReply
from tests.contract.ledger_rig import NORTH, NOW, SOUTH, House


def told(house: House, kiosk: int) -> DoorReply:
    return house.office.incidents.of_door(house.event, {house.kiosks[kiosk]})


def doubled(house: House, first: int, second: int, *, u_ms: int = 0, gate: str = NORTH) -> TicketHandle:
    """One ticket let in by two kiosks that could not ask each other."""
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, first))
    late = house.scan(tid, second, after_ms=60_000, u_ms=u_ms, gate=gate)  # type: ignore[arg-type]
    house.upload(late, house.shown(late))
    return tid


def test_both_doors_of_a_double_admission_are_told_of_both_sides(house: House) -> None:  # G1
    tid = doubled(house, 0, 1, gate=SOUTH)
    for kiosk in (0, 1):
        (one,) = told(house, kiosk).incidents
        assert (one.kind, one.tid, one.is_order_provable) == ("double_admission", tid.hex(), True)
        assert one.winner is not None
        assert (one.winner.gate, one.loser.gate) == (NORTH, SOUTH)
        assert (one.winner.at_ms, one.loser.at_ms) == (NOW, NOW + 60_000)
        assert (one.winner.is_own, one.loser.is_own) == (kiosk == 0, kiosk == 1)
        assert one.loser.shown == "admitted_offline"


def test_an_order_that_no_clock_proves_is_said(house: House) -> None:  # G1
    doubled(house, 0, 1, u_ms=90_000)
    (one,) = told(house, 0).incidents
    assert not one.is_order_provable
    assert one.loser.uncertainty_ms == 90_000


def test_a_door_is_told_of_its_own_scans_and_its_gate_and_of_nothing_else(house: House) -> None:
    house.office.devices.change(house.event, house.kiosks[2], None, SOUTH)
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 0))
    house.upload(*house.admit_offline(tid, 0, after_ms=60_000))
    assert [len(told(house, kiosk).incidents) for kiosk in (0, 1, 2)] == [1, 1, 0]
    house.office.devices.change(house.event, house.kiosks[0], None, SOUTH)
    assert len(told(house, 0).incidents) == 1, "its own, wherever it stands now"


def test_a_finding_at_either_door_closes_the_incident_for_both(house: House) -> None:  # G1
    tid = doubled(house, 0, 1)
    (one,) = told(house, 0).incidents
    scan = next(each for each in house.entries().values())
    assert scan.hex != one.scan, "the incident is the loser's"
    winner = house.scan(tid, 0, after_ms=120_000)
    told_by = Resolution(winner.stamp, FactId(UUID(hex=one.scan)), one.kind, Finding.HONEST_RESCAN, "Ana")
    house.upload(told_by)
    assert [told(house, kiosk).incidents for kiosk in (0, 1)] == [[], []]
    assert house.open_incidents() == set()
    again = house.office.incidents.show(house.event, UUID(hex=one.scan), IncidentKind(one.kind))
    assert (again.state, again.finding) == ("resolved", "honest_rescan")
    assert again.found_by == f"Ana, {house.office.devices.show(house.event, house.kiosks[0]).name}"


def test_an_override_is_told_where_it_was_used(house: House) -> None:
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 0))
    second = house.scan(tid, 0, after_ms=60_000)
    refused = house.shown(second, Outcome.ALREADY_USED)
    house.upload(second, refused, Override(house.about(second, None, 61_000), second.stamp.id, "Ana", "lost band"))
    assert [one.kind for one in told(house, 0).incidents] == ["override_used"]


def test_whose_hand_it_was_is_a_name(house: House) -> None:
    """A fact carries an operator's id; who works no more has a name all the same."""
    made = house.office.operators.add(house.event, "Ana", "493027")
    tid = house.tickets()[0]
    first, second = (replace(house.scan(tid, 0, after_ms=ms), operator=made.id) for ms in (0, 60_000))
    house.upload(first, house.shown(first), second, house.shown(second))
    house.office.operators.change(house.event, UUID(hex=made.id), is_active=False)
    (one,) = told(house, 0).incidents
    assert one.winner is not None
    assert (one.winner.operator, one.loser.operator) == ("Ana", "Ana")


def test_inside_are_distinct_people(house: House) -> None:  # G19
    assert told(house, 0).inside == 0
    doubled(house, 0, 1)
    assert told(house, 0).inside == 1, "two admissions of one ticket are one guest"
    tids = house.tickets(3)
    for tid in tids:
        house.upload(*house.admit_offline(tid, 0))
    assert (told(house, 1).inside, told(house, 1).at_ms) == (4, house.now_ms)


def test_no_more_is_told_than_a_door_can_look_at(house: House) -> None:
    for tid in house.tickets(MOST_DOOR_INCIDENTS + 2):
        house.upload(*house.admit_offline(tid, 0), *house.admit_offline(tid, 0, after_ms=1_000))
    reply = told(house, 0)
    assert (len(reply.incidents), reply.has_more) == (MOST_DOOR_INCIDENTS, True)
