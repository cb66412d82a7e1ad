"""What a door has to look at: heard from the server, found in its own quarantine, gone once somebody has said it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.runtime.door_news import NEWS_FILE, DoorNews
from app.runtime.inbox_line import InboxLine
from app.store.journal_queue import Fate
from core.journal.scan import Finding
from core.journal.state import Leg
from core.model.ids import FactId
from core.model.outcomes import Outcome
from core.people.inbox import QUARANTINED, Conflict, heard_conflict, inbox_of
from core.redeem.fold import Severity
from core.sync.answers import Done
from core.sync.messages import DoorIncident, DoorReply, DoorSide
from tests.runtime.people_rig import Desk, desk_in
from tests.support.door import NOON_MS, ticket, tid

LOSER = DoorSide("south", "South 1", NOON_MS + 60_000, 90_000, "holdover", is_own=False, shown="admitted_offline")
WINNER = DoorSide("north", "North 1", NOON_MS, 1_000, "synced", is_own=True, operator="Ana", shown="admitted_offline")
DOUBLE = DoorIncident(
    UUID(int=7).hex, "double_admission", "high", NOON_MS, False, tid(1).hex(), loser=LOSER, winner=WINNER
)


class Server:
    """Tells what it is told to."""

    def __init__(self, *incidents: DoorIncident) -> None:
        self.incidents = list(incidents)

    def door(self) -> Done[DoorReply]:
        return Done(DoorReply(NOON_MS, 1, self.incidents), 1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with desk_in(tmp_path) as made:
        yield made


def inbox(desk: Desk, folder: Path, *incidents: DoorIncident) -> InboxLine:
    news = DoorNews(folder / NEWS_FILE, Server(*incidents), desk.clock.monotonic_ms)
    news.listen(desk.looks)
    return InboxLine(news, desk.looks, lambda: "North 1")


def test_a_double_admission_has_both_gates_both_times_and_its_doubt(desk: Desk, tmp_path: Path) -> None:  # G1
    (one,) = inbox(desk, tmp_path, DOUBLE).waiting()
    assert one.winner is not None
    assert (one.winner.gate, one.loser.gate, one.is_order_provable) == ("north", "south", False)
    assert (one.winner.at_ms, one.loser.at_ms, one.loser.uncertainty_ms) == (NOON_MS, NOON_MS + 60_000, 90_000)
    assert (one.winner.is_own, one.winner.operator, one.loser.shown) == (True, "Ana", Outcome.ADMITTED_OFFLINE)


def test_a_word_about_it_takes_it_away_at_once_without_a_network(desk: Desk, tmp_path: Path) -> None:  # G1
    line = inbox(desk, tmp_path, DOUBLE)
    (one,) = line.waiting()
    desk.journal.record_resolution(one.scan, one.tid, one.kind, Finding.SHARED_CODE, desk.clock.now(), "Ana")
    assert line.waiting() == ()
    assert desk.journal.queue_length() == 1, "and it is sent when there is one"


def test_what_was_heard_is_there_after_a_restart_without_a_network(desk: Desk, tmp_path: Path) -> None:
    inbox(desk, tmp_path, DOUBLE)
    again = InboxLine(DoorNews(tmp_path / NEWS_FILE, Server(), lambda: 0), desk.looks, lambda: "North 1")
    assert [one.kind for one in again.waiting()] == ["double_admission"]


def test_what_the_server_no_longer_tells_is_gone(desk: Desk, tmp_path: Path) -> None:
    """Resolved at the office, or withdrawn by an undo."""
    assert inbox(desk, tmp_path, DOUBLE).waiting()
    assert inbox(desk, tmp_path).waiting() == ()


def test_a_scan_in_quarantine_waits_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    desk.line.present(ticket(9))
    scan, shown = desk.journal.queued()
    line = inbox(desk, tmp_path)
    assert line.waiting() == ()
    desk.journal.settle([Fate(scan.id, Leg.QUARANTINED, reason="unknown_ticket"), Fate(shown.id, Leg.QUARANTINED)])
    (one,) = line.waiting()
    assert (one.kind, one.reason, one.tid, one.loser.gate) == (QUARANTINED, "unknown_ticket", tid(9), "north")
    assert (one.loser.is_own, one.loser.shown) == (True, Outcome.ADMITTED_OFFLINE)
    desk.journal.record_resolution(one.scan, one.tid, one.kind, Finding.STAFF_ERROR, desk.clock.now())
    assert line.waiting() == ()


def test_the_severe_and_the_newest_come_first() -> None:
    def told(number: int, severity: str, minutes: int) -> DoorIncident:
        side = replace(LOSER, at_ms=NOON_MS + 60_000 * minutes)
        return replace(DOUBLE, scan=UUID(int=number).hex, severity=severity, loser=side)

    heard = [told(1, "normal", 9), told(2, "high", 1), told(3, "normal", 1), told(4, "high", 5)]
    assert [one.scan.int for one in inbox_of(heard, (), frozenset())] == [4, 2, 1, 3]


def test_what_was_resolved_is_matched_by_scan_and_kind() -> None:
    other = replace(DOUBLE, kind="late_cancel")
    resolved = {(FactId(UUID(int=7)), "double_admission")}
    assert [one.kind for one in inbox_of([DOUBLE, other], (), resolved)] == ["late_cancel"]


@pytest.mark.parametrize(
    "strange",
    [
        replace(DOUBLE, scan="no id"),
        replace(DOUBLE, tid="12"),
        replace(DOUBLE, tid="zz" * 8),
        replace(DOUBLE, severity="loud"),
        replace(DOUBLE, loser=replace(LOSER, quality="by heart")),
    ],
    ids=["scan", "short tid", "tid", "severity", "quality"],
)
def test_what_can_t_be_read_is_left_out_and_the_rest_stays(strange: DoorIncident) -> None:
    assert heard_conflict(strange) is None
    (one,) = inbox_of([strange, DOUBLE], (), frozenset())
    assert isinstance(one, Conflict)
    assert one.severity is Severity.HIGH


def test_an_outcome_that_only_a_newer_server_knows_is_no_obstacle() -> None:
    told = heard_conflict(replace(DOUBLE, kind="brand_new", loser=replace(LOSER, shown="waved_through")))
    assert told is not None
    assert (told.kind, told.loser.shown) == ("brand_new", None)
