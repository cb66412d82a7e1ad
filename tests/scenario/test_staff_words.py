"""What staff say at a door that is alone, and what the server makes of it afterwards: A7, A20, G29."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from app.ledger.admin import open_ledger
from app.ledger.schema import incidents
from app.runtime.oracle import NoOracle
from app.runtime.redeem_line import RedeemLine
from app.runtime.scan_line import Found, ScanLine
from app.runtime.staff_line import StaffLine
from app.runtime.trust_box import TrustBox
from app.store.journal import Journal
from app.store.journal_file import Writer
from core.gate.admit import Door
from core.gate.operators import DoorRole, Operator
from core.gate.overruling import OverrideRefusal, Reason
from core.gate.verdict import Verdict, WordDetail
from core.journal.scan import Override, Scan, to_record
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.sync.manifest import row_of
from core.ticket.lists import Listed
from core.ticket.verify import Lane
from tests.scenario.test_same_rules import Pair
from tests.support.door import (
    DAY,
    DEVICE,
    END_S,
    EVENT,
    NORTH,
    START_S,
    SUMMER_NIGHT,
    HandClock,
    new_id,
    taken,
    ticket,
    tid,
)

SUE = Operator("5" * 32, "Sue", DoorRole.SUPERVISOR, 1, "")


class Lone:
    """A kiosk without a network, and the server that hears of it later."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.folder = folder
        self.box = TrustBox(EVENT)
        self.box.adopt(taken(policy=row_of(SUMMER_NIGHT)), self.clock.at_ms)

    def open(self) -> Journal:
        """Its journal, as after a restart."""
        return Journal(self.folder / "kiosk.db", Writer(EVENT, DEVICE, 1), new_id)

    def lines(self, journal: Journal) -> tuple[ScanLine, StaffLine]:
        """The lane and its staff."""
        scans = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=self.box,
            clock=self.clock,
            oracle=NoOracle(),
            operator=lambda: "a" * 32,
        )
        staff = StaffLine(device=DEVICE, journal=journal, holder=self.box, clock=self.clock, operator=lambda: "a" * 32)
        return scans, staff


@pytest.fixture
def lone(tmp_path: Path) -> Lone:
    return Lone(tmp_path)


def test_the_server_counts_a_word_apart_and_forgets_what_was_taken_back(lone: Lone, tmp_path: Path) -> None:  # A7, A20
    """A used ticket let in by a supervisor after a restart, a slip taken back: one entry, one incident, one budget."""
    with closing(lone.open()) as journal:
        scans, staff = lone.lines(journal)
        assert scans.present(ticket(1)).is_admission
        slip = scans.present(ticket(2))
        assert slip.scan_id is not None
        assert staff.undo(slip.scan_id).outcome is Outcome.UNDONE
        lone.clock.advance(60_000)
        refused = scans.present(ticket(1))
    with closing(lone.open()) as journal:  # a restart costs no budget and no verdict
        scans, staff = lone.lines(journal)
        let_in = staff.override(refused, SUE, Reason.KNOWN_TO_STAFF)
        assert isinstance(let_in, Verdict)
        again = scans.present(ticket(1))
        assert staff.override(again, SUE, Reason.KNOWN_TO_STAFF) is OverrideRefusal.BUDGET_SPENT
        facts = journal.every_fact()
    assert {fact.operator for fact in facts if isinstance(fact, Scan)} == {"a" * 32}
    assert [fact.operator for fact in facts if isinstance(fact, Override)] == [SUE.id]
    with open_ledger(None, tmp_path / "server", now_ms=lambda: lone.clock.at_ms) as office:
        office.create_event(row_of(SUMMER_NIGHT))
        server = Pair(office, tmp_path, lone.clock)
        for number in (1, 2):
            server._sell(SUMMER_NIGHT, number)
        results = RedeemLine(office.facts).redeem_batch(EVENT, DEVICE, [to_record(fact) for fact in facts])
        assert all(result.answer is not None or result.reason is None for result in results)
        status = office.status_of(EVENT)
        assert (status.redemptions, status.admissions, status.double_admissions) == (1, 2, 0)
        with office._database.reading() as connection:
            kinds = connection.execute(select(incidents.c.kind).where(incidents.c.event_id == EVENT)).scalars().all()
        assert list(kinds) == ["override_used"]


def test_a_guest_whose_id_fits_is_let_in_by_whoever_is_on_shift(lone: Lone) -> None:
    with closing(lone.open()) as journal:
        scans, staff = lone.lines(journal)
        held = scans.present_found(Found(Listed(tid(1), 0, DAY, START_S, END_S)))
        assert held.outcome is Outcome.CONFIRM_IDENTITY
        let_in = staff.acknowledge(held)
        assert (let_in.outcome, let_in.detail) == (
            Outcome.ADMITTED_OFFLINE,
            WordDetail("Day ticket", "", "identity_confirmed"),
        )
        lone.clock.advance(60_000)
        used = scans.present(ticket(1))
        assert used.outcome is Outcome.ALREADY_USED
        assert staff.acknowledge(used) is used, "only what asks for an ID is let in by one"
