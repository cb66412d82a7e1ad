"""The queue drains whatever happens: nothing lost, nothing stuck behind a poison fact."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.errors import AppError
from app.runtime.link import LinkMonitor
from app.store.journal import Journal, Presented
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.moments import Millis
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer
from core.sync.answers import NOT_OURS, Done, Later, Rejected
from core.sync.health import Link, Trouble
from core.sync.messages import BatchReply, FactResult
from tests.support.door import DAY, NORTH, HandClock, new_id, tid, writer
from tests.support.sync_lines import Reply, sync_line

CLOCK = HandClock()


class Server:
    """Applies facts, once each; `mood` may answer a batch in its place."""

    def __init__(self) -> None:
        self.applied: dict[str, int] = {}
        self.batches: list[int] = []
        self.mood: Callable[[list[str]], Reply | None] = lambda _: None

    def send(self, body: bytes) -> Reply:
        ids = [fact["id"] for fact in json.loads(body)["facts"]]
        self.batches.append(len(ids))
        reply = self.mood(ids)
        return reply if reply is not None else Done(BatchReply([self.apply(id_) for id_ in ids]), 1)

    def apply(self, id_: str) -> FactResult:
        seen = id_ in self.applied
        self.applied[id_] = self.applied.get(id_, 0) + 1
        return FactResult(id_, Arrival.REPLAYED if seen else Arrival.APPLIED, Answer(Outcome.ADMITTED, 1, 1, 1))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "kiosk.db", writer(), new_id)) as opened:
        yield opened


def fill(journal: Journal, guests: int) -> list[str]:
    """The ids of `guests` scans and their verdicts, in order."""
    for number in range(guests):
        presented = Presented(Direction.ENTRY, NORTH, 1, tid(number), None, 0, DAY)
        scan = journal.record_scan(presented, CLOCK.now())
        journal.record_shown(scan, Outcome.ADMITTED_OFFLINE, Source.OFFLINE, CLOCK.now())
    return [item.id.hex for item in journal.queued(guests * 2)]


def test_a_queue_drains_in_batches_of_at_most_200(journal: Journal) -> None:
    ids, server = fill(journal, 150), Server()
    assert sync_line(journal, server).drain() == 300
    assert list(server.applied) == ids
    assert server.batches == [200, 100]
    assert journal.queue_length() == 0


def test_a_lost_reply_is_sent_again_under_the_same_ids(journal: Journal) -> None:
    ids, server = fill(journal, 5), Server()

    def lose_once(batch: list[str]) -> Reply | None:
        if len(server.batches) == 1:
            for id_ in batch:
                server.apply(id_)
            return Later(Trouble.UNREACHABLE)
        return None

    server.mood = lose_once
    sync_line(journal, server).drain()
    assert server.applied == dict.fromkeys(ids, 2)
    assert journal.summary().by_leg == {"closed": 10}


@pytest.mark.parametrize("place", [0, 1, 37, 198, 199])
def test_a_poison_fact_is_set_aside_and_the_others_go_on(journal: Journal, place: int) -> None:  # G12
    ids, server = fill(journal, 100), Server()
    poison = ids[place]
    server.mood = lambda batch: Rejected(413, "too_odd") if poison in batch else None
    sync_line(journal, server).drain()
    assert set(server.applied) == set(ids) - {poison}
    assert journal.summary().by_leg == {"closed": 199, "quarantined": 1}
    assert len(server.batches) < 30, "halving, not one by one"


@pytest.mark.parametrize(
    "page", [Rejected(400, NOT_OURS), Rejected(404, NOT_OURS), Rejected(413, NOT_OURS), Rejected(404, "not_found")]
)
def test_what_stands_in_the_servers_place_sets_no_fact_aside(journal: Journal, page: Rejected) -> None:
    """A captive portal refuses everything with a page of its own; so does a proxy that lost its server."""
    ids, server = fill(journal, 4), Server()
    link = LinkMonitor(lambda: Millis(0))
    server.mood = lambda _: page
    assert sync_line(journal, server, link=link).drain() == 0
    assert journal.queue_length() == 8
    assert len(server.batches) <= 4, "it stops, and comes again later"
    assert (link.health.trouble is Trouble.REFUSED) == (not page.is_our_servers)
    server.mood = lambda _: None
    sync_line(journal, server, link=link).drain()
    assert server.applied == dict.fromkeys(ids, 1)


def test_a_fact_in_quarantine_keeps_its_reason(journal: Journal) -> None:  # G12
    ids, server = fill(journal, 2), Server()

    def quarantine_first(batch: list[str]) -> Reply:
        odd = FactResult(ids[0], Arrival.QUARANTINED, reason="unknown_ticket")
        return Done(BatchReply([odd, *(server.apply(id_) for id_ in batch if id_ != ids[0])]), 1)

    server.mood = quarantine_first
    sync_line(journal, server).drain()
    assert journal.summary().by_leg == {"closed": 3, "quarantined": 1}


def test_a_fact_that_the_server_forgot_to_mention_stays_queued(journal: Journal) -> None:
    ids, server = fill(journal, 1), Server()
    server.mood = lambda batch: Done(BatchReply([server.apply(batch[0])]), 1) if len(batch) == 2 else None
    sync_line(journal, server).drain()
    assert server.applied == dict.fromkeys(ids, 1)


def test_a_revoked_device_stops_sending_and_loses_nothing(journal: Journal) -> None:
    fill(journal, 3)
    server, link = Server(), LinkMonitor(lambda: Millis(0))
    server.mood = lambda _: Rejected(401, "device_revoked")
    assert sync_line(journal, server, link=link).drain() == 0
    assert journal.queue_length() == 6
    assert server.batches == [6]
    assert (link.health.link, link.health.trouble) == (Link.OFFLINE, Trouble.DEVICE_REVOKED)


def test_a_server_that_is_gone_for_good_leaves_the_queue_as_it_was(journal: Journal) -> None:
    ids, server = fill(journal, 3), Server()
    server.mood = lambda _: Later(Trouble.UNREACHABLE)
    assert sync_line(journal, server).drain() == 0
    assert [item.id.hex for item in journal.queued()] == ids


def test_what_must_not_wait_for_a_server_has_its_turn_between_the_tries(journal: Journal) -> None:
    """A lease ends on its day, also at a kiosk whose queue waits for a server that never comes."""
    fill(journal, 1)
    server = Server()
    server.mood = lambda _: Later(Trouble.UNREACHABLE)
    turns: list[int] = []

    def ask(question: Callable[[], Reply], _: threading.Event, note_wait: Callable[[float], None]) -> Reply:
        for wait_s in (0.5, 1.0):
            assert isinstance(question(), Later)
            note_wait(wait_s)
        return question()

    sync_line(journal, server, ask=ask, waiting=lambda: turns.append(len(server.batches))).drain()
    assert turns == [1, 2]


def test_a_stopped_line_ends(journal: Journal) -> None:
    fill(journal, 3)
    server = Server()
    made = sync_line(journal, server)

    def stop_then_fail(_: list[str]) -> Reply:
        made.stop()
        return Later(Trouble.UNREACHABLE)

    server.mood = stop_then_fail
    made.run()
    assert journal.queue_length() == 6


def test_a_bad_disk_does_not_end_the_line(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(journal, 1)
    failures: list[AppError] = []
    made = sync_line(journal, Server(), failed=lambda err: (failures.append(err), made.stop()))
    monkeypatch.setattr(journal, "settle", _raise_full)
    made.run()
    assert [err.key for err in failures] == ["storage_failed"]
    monkeypatch.undo()
    assert journal.queue_length() == 2


def _raise_full(_: object) -> None:
    raise AppError("storage_failed", path="kiosk.db", cause="full")


def test_a_fact_that_the_server_knows_by_another_id_is_settled_all_the_same(journal: Journal) -> None:  # G12
    """Its record's id can't be read any more; the server keeps it by one that it makes."""
    ids, server = fill(journal, 2), Server()

    def rename(batch: list[str]) -> Reply:
        results = [server.apply(id_) for id_ in batch]
        results[1] = FactResult("f" * 32, Arrival.QUARANTINED, reason="malformed: no id")
        return Done(BatchReply(results), 1)

    server.mood = rename
    assert sync_line(journal, server).drain() == 4
    assert journal.summary().by_leg == {"closed": 3, "quarantined": 1}
    assert len(ids) == 4


def test_a_server_that_says_nothing_about_any_fact_is_asked_later(journal: Journal) -> None:
    fill(journal, 2)
    server = Server()
    server.mood = lambda _: Done(BatchReply([FactResult("f" * 32, Arrival.APPLIED)]), 1)
    assert sync_line(journal, server).drain() == 0
    assert server.batches == [4], "once, and not again and again"
    assert journal.queue_length() == 4
