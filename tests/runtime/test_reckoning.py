"""Kiosk and server compare what they hold when nothing waits: at its time, once, and a difference stays known."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.runtime.reckoning import AGAIN_MS, EVERY_MS, Reckoner
from app.store.journal import Journal
from app.store.journal_queue import Fate
from core.journal.state import Leg
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import TallyReply, TallyRequest, TallyResult
from core.sync.tally import Finding
from tests.runtime.test_sync_line import fill
from tests.support.door import DEVICE, SECOND_DEVICE, new_id, writer


class Server:
    """Says what it holds: as many facts as were told, less `lost`."""

    def __init__(self) -> None:
        self.asked: list[TallyRequest] = []
        self.lost = 0
        self.refusal: Later | Rejected | None = None

    def tally(self, told: TallyRequest) -> Done[TallyReply] | Later | Rejected:
        self.asked.append(told)
        finding = Finding.SERVER_BEHIND if self.lost else Finding.EQUAL
        rows = [
            TallyResult(row.device, row.incarnation, row.count - self.lost, row.max_seq, row.head, row.max_seq, finding)
            for row in told.tallies
        ]
        return self.refusal or Done(TallyReply(rows), 1)


class Hand:
    """A clock's hand."""

    def __init__(self) -> None:
        self.at_ms = 1_000_000

    def __call__(self) -> int:
        return self.at_ms


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "kiosk.db", writer(), new_id)) as opened:
        yield opened


def close_all(journal: Journal) -> None:
    journal.settle([Fate(item.id, Leg.CLOSED) for item in journal.queued(1_000)])


def reckoner(server: Server) -> tuple[Reckoner, Hand]:
    hand = Hand()
    return Reckoner(server, hand), hand


def test_what_still_waits_is_no_difference(journal: Journal) -> None:
    fill(journal, 2)
    server = Server()
    assert reckoner(server)[0].reckon(journal) is None
    assert server.asked == []


def test_a_drained_journal_is_told_as_it_is(journal: Journal) -> None:
    fill(journal, 3)
    close_all(journal)
    server = Server()
    found = reckoner(server)[0].reckon(journal)
    assert found is not None
    assert (found.finding, found.missing) == (Finding.EQUAL, 0)
    (row,) = server.asked[0].tallies
    assert (row.device, row.incarnation, row.count, row.max_seq) == (DEVICE.hex, 1, 6, 6)
    assert (
        bytes.fromhex(row.head)
        == journal._connection.execute("SELECT fingerprint FROM facts ORDER BY seq DESC LIMIT 1").fetchone()[0]
    )


def test_a_difference_is_kept_until_the_next_comparison(journal: Journal) -> None:
    fill(journal, 2)
    close_all(journal)
    server = Server()
    own, hand = reckoner(server)
    server.lost = 3
    own.reckon(journal)
    assert own.found is not None
    assert (own.found.finding, own.found.missing) == (Finding.SERVER_BEHIND, 3)
    server.lost, server.refusal = 0, Later(Trouble.UNREACHABLE)
    hand.at_ms += AGAIN_MS
    assert own.reckon(journal) is None
    assert own.found.missing == 3, "silence is no answer"
    server.refusal = None
    hand.at_ms += AGAIN_MS
    own.reckon(journal)
    assert own.found.finding is Finding.EQUAL


def test_a_busy_door_does_not_count_after_every_guest(journal: Journal) -> None:
    server = Server()
    own, hand = reckoner(server)
    for _ in range(10):
        fill(journal, 1)
        close_all(journal)
        own.reckon(journal)
        hand.at_ms += EVERY_MS // 10
    assert len(server.asked) == 1
    fill(journal, 1)
    close_all(journal)
    hand.at_ms += EVERY_MS
    own.reckon(journal)
    assert len(server.asked) == 2


def test_an_unchanged_journal_is_compared_now_and_then(journal: Journal) -> None:
    server = Server()
    own, hand = reckoner(server)
    own.reckon(journal)
    hand.at_ms += EVERY_MS
    assert own.reckon(journal) is None
    hand.at_ms += AGAIN_MS
    assert own.reckon(journal) is not None
    hand.at_ms -= 10 * AGAIN_MS  # the clock was set back
    assert own.reckon(journal) is not None


def test_rows_of_a_device_that_this_one_replaced_are_told_too(tmp_path: Path) -> None:
    for number, device in enumerate((SECOND_DEVICE, DEVICE)):
        with closing(Journal(tmp_path / "kiosk.db", writer(device), new_id)) as journal:
            fill(journal, number + 1)
            close_all(journal)
    server = Server()
    with closing(Journal(tmp_path / "kiosk.db", writer(), new_id)) as journal:
        reckoner(server)[0].reckon(journal)
    assert {row.device: row.count for row in server.asked[0].tallies} == {DEVICE.hex: 4, SECOND_DEVICE.hex: 2}


def test_a_tally_is_of_one_moment(journal: Journal, tmp_path: Path) -> None:
    """A lane that writes between the statements of one count is not half counted."""
    fill(journal, 1)
    close_all(journal)
    with closing(Journal(tmp_path / "kiosk.db", writer(), new_id)) as lane:
        statements: list[str] = []

        def interrupt(statement: str) -> None:
            statements.append(statement)
            if "COUNT(*)" in statement:
                fill(lane, 1)

        journal._connection.set_trace_callback(interrupt)
        (tally,) = journal.tallies() or []
        journal._connection.set_trace_callback(None)
    assert (tally.count, tally.max_seq) == (2, 2)
    assert any("COUNT(*)" in statement for statement in statements)
    assert journal.tallies() is None, "the new scan waits now"
