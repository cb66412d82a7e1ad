"""How many people are inside: distinct tickets, over several gates, whatever was undone, overruled or checked out."""

from dataclasses import replace

from core.journal.scan import Override, Scan, Undo
from core.model.event import Direction
from core.model.ids import GateId, TicketHandle
from core.model.outcomes import Outcome
from tests.contract.ledger_rig import NORTH, NOW, SOUTH, STANDARD, House

MINUTE, HOUR = 60_000, 3_600_000


def go(house: House, tid: TicketHandle, kiosk: int, minute: int, gate: GateId, *, out: bool = False) -> Scan:
    """A guest goes in or out; the door shows what it is told."""
    direction = Direction.EXIT if out else Direction.ENTRY
    scan = house.scan(tid, kiosk, after_ms=minute * MINUTE, gate=gate, direction=direction)
    answer = house.ask(scan).answer
    assert answer is not None
    house.upload(house.shown(scan, answer.outcome))
    return scan


def inside(house: House) -> int:
    """As the organizer is told; the marks of the tickets say the same."""
    told = house.office.status_of(house.event).inside
    assert told == len(house.inside())
    return told


def test_people_inside_are_counted_once_whatever_doors_did(house: House) -> None:  # G19
    house.change_event(
        lambda row: replace(
            row,
            checkout_at="06:00",
            classes=[replace(each, reentry="after_exit") if each.id == STANDARD else each for each in row.classes],
        )
    )
    ana, ben, cem, dia = house.tickets(4)
    go(house, ana, 0, 0, NORTH)
    go(house, ben, 1, 1, SOUTH)
    assert inside(house) == 2
    for facts in (house.admit_offline(cem, 0, after_ms=2 * MINUTE), house.admit_offline(cem, 2, after_ms=3 * MINUTE)):
        house.upload(*facts)
    assert inside(house) == 3, "one ticket let in at two doors is one holder inside, and one incident"

    go(house, ana, 1, 10, SOUTH, out=True)
    assert inside(house) == 2, "in by one gate, out by another"
    go(house, ana, 2, 20, NORTH)
    assert inside(house) == 3, "and back by a third"

    slip = go(house, ben, 0, 30, NORTH, out=True)
    assert inside(house) == 2
    house.upload(Undo(house.about(slip, None, 1_000), slip.stamp.id, "ana"))
    assert inside(house) == 3, "an exit taken back"

    house.office.cancel_ticket(house.event, dia)
    refused = go(house, dia, 1, 40, SOUTH)
    assert inside(house) == 3
    house.upload(Override(house.about(refused, None, 1_000), refused.stamp.id, "ana", "artist"))
    assert inside(house) == 4, "let in by a supervisor"
    house.upload(Undo(house.about(refused, None, 2_000), refused.stamp.id, "ana"))
    assert inside(house) == 3

    house.now_ms = NOW + 17 * HOUR  # past six in the morning
    house.office.facts.transact(house.event, lambda page: page.settle_anew([ana, ben, cem, dia]))
    assert inside(house) == 0
    again = house.scan(ben, 0, after_ms=18 * HOUR)
    house.now_ms = NOW + 18 * HOUR
    answer = house.ask(again).answer
    assert answer is not None
    assert answer.outcome is Outcome.ADMITTED_REENTRY
    assert inside(house) == 1
