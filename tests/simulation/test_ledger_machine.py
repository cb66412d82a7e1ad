"""The ledger under whatever Hypothesis thinks of, compared after each step with a plain recount from the facts.

Owns no time and no network: three kiosks whose clocks are off, tickets of four classes, and an organizer. Facts are
asked about while a guest waits, uploaded late, twice, in any order, or never.
"""

import json
import shutil
from dataclasses import replace
from itertools import count
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.ledger.admin import Office
from app.ledger.shop_files import ShopRow
from app.ledger.ticket_book import ReissueRefused
from app.runtime.redeem_line import Question, RedeemLine
from core.journal.scan import NO_PREDECESSOR, Fact, Override, Recovery, Scan, Shown, Stamp, Undo, to_record
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.ids import ClassId, FactId
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome, Source
from core.sync.messages import FactResult
from core.ticket.lists import DenialReason
from tests.simulation.books import Books, Kept, read_books
from tests.simulation.defects import DEFECTS
from tests.simulation.estate import ENTRIES, GATES, NIGHT_MS, RETURN, Sold, database, estate
from tests.simulation.invariants import ABOUT_TICKETS
from tests.simulation.recount import Ticket, recount

MACHINE_FILE = "machine.db"
KIOSKS = st.integers(0, 2)
TICKETS = st.integers(0, 6)
"""Three plain ones, one for three entries, one for a gate, one in and out, one whose list is not here yet."""
ADMISSION, REFUSAL = Outcome.ADMITTED_OFFLINE, Outcome.ALREADY_USED


class Ledger(RuleBasedStateMachine):
    """The real ledger, and the facts that somebody has written, uploaded or not."""

    def __init__(self) -> None:
        super().__init__()
        self.of = estate()
        self.database = database(MACHINE_FILE)
        self.database.close()
        for suffix in ("", "-wal", "-shm"):
            (self.of.folder / (MACHINE_FILE + suffix)).unlink(missing_ok=True)
        shutil.copyfile(self.of.folder / "ledger.db", self.of.folder / MACHINE_FILE)
        self.now_ms = NIGHT_MS
        self.office = Office(self.database, self.of.master, lambda: self.now_ms)
        self.line = RedeemLine(self.office.facts)
        self.seqs = count(1)
        self.written: list[Fact] = []
        self.scans: list[Scan] = []
        self.told: dict[str, FactResult] = {}
        self.sent: set[FactId] = set()
        self.denied: set[int] = set()

    def teardown(self) -> None:
        self.upload_all()
        books = read_books(self.database, self.of.event)
        assert set(books.facts) == {fact.stamp.id for fact in self.written}, "a fact is lost, or came from nowhere"
        self.compare(books)
        self.database.close()

    # --- what happens ---------------------------------------------------------------------------------------------

    @initialize(offsets=st.tuples(*[st.sampled_from([0, -5_000, 7_000, 3_600_000])] * 3))
    def set_clocks(self, offsets: tuple[int, ...]) -> None:
        self.offsets = offsets

    @rule(seconds=st.integers(1, 400))
    def wait(self, seconds: int) -> None:
        self.now_ms += seconds * 1000

    @rule(ticket=TICKETS, kiosk=KIOSKS, answers=st.booleans(), leaves=st.booleans())
    def ask(self, ticket: int, kiosk: int, answers: bool, leaves: bool) -> None:
        """A guest waits for the server; the door may die before it shows the answer."""
        scan = self._scan(ticket, kiosk, leaves=leaves)
        result = self.line.redeem(Question(self.of.event, scan.stamp.device, to_record(scan)))
        self._hear(result)
        self.sent.add(scan.stamp.id)
        if answers and result.answer is not None:
            self._write(Shown(self._stamp(kiosk, scan.stamp.tid), scan.stamp.id, result.answer.outcome, Source.ONLINE))

    @rule(ticket=TICKETS, kiosk=KIOSKS, admits=st.sampled_from([True, False, None]), leaves=st.booleans())
    def decide_alone(self, ticket: int, kiosk: int, admits: bool | None, leaves: bool) -> None:
        """A kiosk without a link lets in, refuses, or dies before it shows anything."""
        scan = self._scan(ticket, kiosk, leaves=leaves)
        if admits is not None:
            passed = Outcome.EXIT_RECORDED if leaves else ADMISSION
            outcome = passed if admits else Outcome.BLOCKED if leaves else REFUSAL
            self._write(Shown(self._stamp(kiosk, scan.stamp.tid), scan.stamp.id, outcome, Source.OFFLINE))

    @precondition(lambda self: self.scans)
    @rule(data=st.data(), what=st.sampled_from(["undo", "override", "remembers", "does not", "another's undo"]))
    def speak(self, data: st.DataObject, what: str) -> None:
        """People at a door say something about a scan of theirs, or of another door's."""
        scan = data.draw(st.sampled_from(self.scans))
        kiosk = next(number for number in range(3) if self.of.kiosks[number].device == scan.stamp.device)
        stamp = self._stamp(kiosk if what != "another's undo" else (kiosk + 1) % 3, scan.stamp.tid)
        spoken = {type(each) for each in self.written if not isinstance(each, Scan) and each.refers_to == scan.stamp.id}
        if what in {"undo", "another's undo"} and Undo not in spoken:
            self._write(Undo(stamp, scan.stamp.id))
        elif what == "override" and Override not in spoken and scan.direction is Direction.ENTRY:
            self._write(Override(stamp, scan.stamp.id, "supervisor", "knows the guest"))
        elif what in {"remembers", "does not"} and Recovery not in spoken:
            self._write(Recovery(stamp, scan.stamp.id, entered=what == "remembers"))

    @precondition(lambda self: self.written)
    @rule(data=st.data(), kiosk=KIOSKS)
    def upload(self, data: st.DataObject, kiosk: int) -> None:
        """Some of a kiosk's facts arrive: in any order, some again, some twice in one batch."""
        own = [fact for fact in self.written if fact.stamp.device == self.of.kiosks[kiosk].device]
        if own:
            batch = data.draw(st.lists(st.sampled_from(own), min_size=1, max_size=12))
            self._send(batch)

    @rule()
    def upload_all(self) -> None:
        for kiosk in range(3):
            own = [fact for fact in self.written if fact.stamp.device == self.of.kiosks[kiosk].device]
            if own:
                self._send(own)

    @rule(ticket=st.integers(0, 5), reason=st.sampled_from([DenialReason.CANCELED, DenialReason.BLOCKED]))
    def deny(self, ticket: int, reason: DenialReason) -> None:
        self.office.cancel_ticket(self.of.event, self._sold(ticket).tid, reason)
        self.denied.add(ticket)

    @rule(ticket=st.integers(0, 5))
    def reissue(self, ticket: int) -> None:
        try:
            self.office.reissue_ticket(self.of.event, self._sold(ticket).tid)
        except ReissueRefused:
            assert ticket in self.denied

    @rule()
    def import_list(self) -> None:
        sold = self.of.strangers[0]
        row = ShopRow(line=1, external_ref=sold.ref or "", code=sold.text, cls="Standard")
        self.office.put_ticket(self.of.event, "shop", row)

    # --- what holds after each step -------------------------------------------------------------------------------

    @invariant()
    def the_tables_are_what_the_facts_add_up_to(self) -> None:
        self.compare(read_books(self.database, self.of.event))

    def compare(self, books: Books) -> None:
        for tid, kept in books.by_ticket().items():
            row, cls = books.tickets[tid], ClassId(books.tickets[tid].cls)
            ticket = Ticket(ENTRIES[cls], row.is_denied, GATES.get(cls), may_return=cls == RETURN)
            promised = {each.id: Outcome(each.outcome) for each in kept if each.is_promise and each.outcome}
            counted = recount(_facts(kept), ticket, promised)
            if counted.is_doubtful:
                continue
            taken = [scan for _, scan in sorted(books.redemptions.get(tid, {}).items())]
            mine = {each.id for each in kept}
            opened = {key for key in books.open_incidents if key[0] in mine and key[1] in ABOUT_TICKETS}
            assert taken == counted.paid
            assert {scan for scan, kind in opened if kind == "double_admission"} == counted.doubles
            assert {scan for scan, kind in opened if kind == "override_used"} == counted.overruled
            assert row.is_inside == counted.is_inside
        assert {id_ for id_ in books.facts if books.facts[id_].arrival == "applied"} <= self.sent

    # --- writing and sending --------------------------------------------------------------------------------------

    def _sold(self, ticket: int) -> Sold:
        if ticket == 6:
            return self.of.strangers[0]
        wanted = (1, 1, 1, 2, 3, 4)[ticket]
        fitting = [sold for sold in self.of.tickets if sold.cls == wanted]
        return fitting[ticket if wanted == 1 else 0]

    def _stamp(self, kiosk: int, tid: object) -> Stamp:
        self.now_ms += 1
        seq = next(self.seqs)
        moment = Moment(Millis(self.now_ms + self.offsets[kiosk]), 10, ClockQuality.SYNCED, "boot")
        if self.offsets[kiosk] > 100_000:
            moment = replace(moment, quality=ClockQuality.SUSPECT)
        id_ = FactId(UUID(int=seq << 64 | kiosk))
        return Stamp(id_, self.of.event, self.of.kiosks[kiosk].device, 1, seq, moment, tid, NO_PREDECESSOR)  # type: ignore[arg-type]

    def _scan(self, ticket: int, kiosk: int, *, leaves: bool) -> Scan:
        sold = self._sold(ticket)
        direction = Direction.EXIT if leaves else Direction.ENTRY
        stamp = self._stamp(kiosk, sold.tid)
        scan = Scan(stamp, direction, self.of.kiosks[kiosk].gate, 1, gen=0, cls=sold.cls)
        self.scans.append(scan)
        self._write(scan)
        return scan

    def _write(self, fact: Fact) -> None:
        self.written.append(fact)

    def _send(self, batch: list[Fact]) -> None:
        device = batch[0].stamp.device
        records = [json.loads(json.dumps(to_record(fact))) for fact in batch]
        results = self.line.redeem_batch(self.of.event, device, records)
        assert [result.id for result in results] == [fact.stamp.id.hex for fact in batch]
        self.sent |= {fact.stamp.id for fact in batch}
        for result in results:
            self._hear(result)

    def _hear(self, result: FactResult) -> None:
        """What was told once is told ever after; a fact of an unknown ticket may be understood later."""
        before = self.told.get(result.id)
        if before is None or (before.arrival is Arrival.QUARANTINED and result.arrival is not Arrival.QUARANTINED):
            self.told[result.id] = result
            return
        assert result.arrival is not Arrival.APPLIED
        assert (result.answer, result.reason) == (before.answer, before.reason)


def _facts(kept: list[Kept]) -> list[Fact]:
    return [each.fact for each in kept if each.fact is not None]


TestLedger = Ledger.TestCase
TestLedger.settings = settings(stateful_step_count=25, max_examples=min(settings.default.max_examples, 25))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    "name",
    [
        "the rules are asked again at a replay",
        "facts fold in the order of their arrival",
        "an undo is ignored",
    ],
)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the recount and the memory of answers are what finds them."""
    next(defect for defect in DEFECTS if defect.name == name).plant(monkeypatch)
    tries = settings(max_examples=100, stateful_step_count=25, phases=[Phase.generate], derandomize=True, database=None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Ledger, settings=tries)
