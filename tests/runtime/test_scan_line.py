"""The scan line on a real journal: what is durable, in which order, and what the door is told."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.runtime.scan_line import Oracle, ScanLine
from app.runtime.trust_box import TrustBox
from app.store.database import StorageFailed
from app.store.journal import Fate, Journal
from core.gate.admit import Door
from core.gate.verdict import ClassDetail, ForeignDetail, GateDetail, Plain, TicketDetail, UsedDetail, WindowDetail
from core.journal.scan import Scan, Shown
from core.journal.state import Leg
from core.model.event import Direction
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer, FirstUse
from core.ticket.lists import Denial, DenialReason
from core.ticket.verify import Lane
from tests.support.door import (
    DEVICE,
    END_S,
    EVENT,
    NORTH,
    OTHER_KID,
    SOUTH_ONLY,
    START_S,
    SUMMER_NIGHT,
    WEEKEND,
    HandClock,
    forged,
    lists,
    new_id,
    taken,
    ticket,
    tid,
    writer,
)


class Server(Oracle):
    """A server that gives the answer it is told to, and looks into the journal when it is asked."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.answer: Answer | None = None
        self.asked: list[Scan] = []
        self.was_committed: list[bool] = []

    def ask(self, scan: Scan) -> Answer | None:
        self.asked.append(scan)
        assert scan.stamp.tid is not None
        self.was_committed.append(scan in self.journal.facts_of(scan.stamp.tid))
        return self.answer


class Lanes:
    """One lane with everything that a test may look at."""

    def __init__(self, path: Path) -> None:
        self.clock = HandClock()
        self.journal = Journal(path, writer(), new_id)
        self.second_sight = Journal(path, writer(), new_id)
        self.server = Server(self.second_sight)
        self.box = TrustBox(EVENT)
        self.box.adopt(taken(), self.clock.at_ms)
        self.line = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=self.journal,
            holder=self.box,
            clock=self.clock,
            oracle=self.server,
        )


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    made = Lanes(tmp_path / "kiosk.db")
    with closing(made.journal), closing(made.second_sight):
        yield made


def test_a_genuine_code_is_admitted_by_the_server(lanes: Lanes) -> None:  # A1
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED, Source.ONLINE)
    assert verdict.detail == TicketDetail("Day ticket", 1, 1)


def test_the_scan_is_committed_before_the_server_is_asked(lanes: Lanes) -> None:
    lanes.line.present(ticket(1))
    assert lanes.server.was_committed == [True]


def test_without_an_answer_the_kiosk_decides(lanes: Lanes) -> None:
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
    scan, shown = sorted(lanes.journal.facts_of(tid(1)), key=lambda fact: fact.stamp.seq)
    assert isinstance(shown, Shown)
    assert (shown.refers_to, shown.outcome) == (scan.stamp.id, Outcome.ADMITTED_OFFLINE)
    assert verdict.scan_id == scan.stamp.id


def test_the_second_scan_offline_is_already_used(lanes: Lanes) -> None:  # A4, G24
    lanes.line.present(ticket(1))
    lanes.clock.advance(5_000)
    verdict = lanes.line.present(ticket(1))
    assert verdict.outcome is Outcome.ALREADY_USED
    assert verdict.detail == UsedDetail("Day ticket", lanes.clock.at_ms - 5_000, "North gate", "North 1", True, 5_000)  # type: ignore[arg-type]


def test_a_clock_that_jumps_back_opens_no_door_twice(lanes: Lanes) -> None:
    lanes.line.present(ticket(1))
    lanes.clock.advance(-600_000)
    assert lanes.line.present(ticket(1)).outcome is Outcome.ALREADY_USED


def test_a_use_that_the_server_told_of_is_remembered_offline(lanes: Lanes) -> None:
    lanes.server.answer = Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(lanes.clock.at_ms - 60_000, "south", "S 1"))
    lanes.line.present(ticket(1))
    (scan,) = (fact for fact in lanes.journal.facts_of(tid(1)) if isinstance(fact, Scan))
    lanes.journal.settle([Fate(scan.stamp.id, Leg.CLOSED, lanes.server.answer)])
    lanes.server.answer = None
    lanes.clock.advance(10_000)
    verdict = lanes.line.present(ticket(1))
    assert verdict.outcome is Outcome.ALREADY_USED
    assert isinstance(verdict.detail, UsedDetail)
    assert (verdict.detail.gate, verdict.detail.here) == ("South gate", False)


def test_a_ticket_of_three_entries_enters_three_times(lanes: Lanes) -> None:  # A6
    outcomes = [lanes.line.present(ticket(1, WEEKEND)).outcome for _ in range(4)]
    assert outcomes == [Outcome.ADMITTED_OFFLINE] * 3 + [Outcome.LIMIT_REACHED]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("https://tickets.example/t/1", Outcome.NOT_A_TICKET),  # A2
        ("1234567", Outcome.NOT_A_TICKET),  # A2: a database id shown as a code
        (forged(1), Outcome.BAD_SIGNATURE),
        (ticket(1, kid=OTHER_KID), Outcome.WRONG_EVENT),
        (ticket(1, nbf=START_S - 900, exp=START_S - 600), Outcome.TOO_LATE),
        (ticket(1, nbf=END_S, exp=END_S + 9), Outcome.TOO_EARLY),
        (ticket(1, SOUTH_ONLY), Outcome.WRONG_GATE),  # A12
        (ticket(1, 99), Outcome.WRONG_PRODUCT),  # type: ignore[arg-type]  # A12
        ("T2:AAAA", Outcome.UPDATE_REQUIRED),
        ("T1:AAAA", Outcome.DAMAGED_CODE),
    ],
)
def test_what_the_code_itself_says_is_never_asked(lanes: Lanes, text: str, outcome: Outcome) -> None:  # A21
    verdict = lanes.line.present(text)
    assert verdict.outcome is outcome
    assert lanes.server.asked == []
    assert lanes.journal.summary().by_outcome == {outcome.value: 1}


def test_details_say_where_when_and_what(lanes: Lanes) -> None:
    late = ticket(1, nbf=START_S - 900, exp=START_S - 600)
    assert lanes.line.present(ticket(1, SOUTH_ONLY)).detail == GateDetail("South stand", ("South gate",))
    assert lanes.line.present(late).detail == WindowDetail("Day ticket", START_S - 900, START_S - 600)
    assert lanes.line.present("<b>hello</b>\x07").detail == ForeignDetail("<b>hello</b>\\x07")
    assert lanes.line.present(forged(2)).detail == Plain()


def test_a_canceled_ticket_is_refused_offline(lanes: Lanes) -> None:  # G17
    denied = {tid(1): Denial(256, DenialReason.CANCELED, 2)}
    lanes.box.adopt(taken(2, lists(denied=denied)), lanes.clock.at_ms)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.detail) == (Outcome.CANCELED, ClassDetail("Day ticket"))
    assert lanes.server.asked == []


def test_scanner_marks_are_stripped(lanes: Lanes) -> None:  # A3
    assert lanes.line.present("\\000026" + ticket(1) + "\r\n").outcome is Outcome.ADMITTED_OFFLINE


def test_a_kiosk_without_a_manifest_admits_nobody_and_records_it(lanes: Lanes) -> None:
    lanes.line._holder = TrustBox(EVENT)
    assert lanes.line.present(ticket(1)).outcome is Outcome.SNAPSHOT_EXPIRED
    assert lanes.journal.summary().by_outcome == {"snapshot_expired": 1}


@pytest.mark.parametrize("broken", ["record_scan", "record_shown"])
def test_without_a_place_to_write_nobody_is_admitted(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:  # G5
    def fail(*_: object) -> None:
        raise StorageFailed("kiosk.db", "disk is full")

    monkeypatch.setattr(lanes.journal, broken, fail)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.scan_id) == (Outcome.STORAGE_FAILED, None)


def test_the_age_of_the_snapshot_is_evidence(lanes: Lanes) -> None:
    lanes.clock.advance(120_000)
    assert lanes.line.present(ticket(1)).evidence.snapshot_age_ms == 120_000


def test_the_event_of_the_tests_is_the_manifests(lanes: Lanes) -> None:
    trust = lanes.box.trust
    assert getattr(trust, "event", None) == SUMMER_NIGHT
