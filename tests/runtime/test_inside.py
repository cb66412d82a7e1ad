"""How many are inside: distinct people, from the server's figure and this kiosk's own guests since."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path

import pytest

from app.runtime.door_news import EVERY_MS, NEWS_FILE, UNKNOWN_EVERY_MS, DoorNews
from app.runtime.inside import Inside, InsideCounter
from app.store.journal_queue import Fate
from core.journal.state import Leg
from core.model.outcomes import Outcome
from core.redeem.answer import Answer
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.manifest import row_of
from core.sync.messages import DoorReply
from tests.runtime.people_rig import PARTY, Desk, desk_in
from tests.support.door import DEVICE, SUMMER_NIGHT, taken, ticket, tid


@dataclass
class Server:
    """What the server says of the night."""

    inside: int = 0
    at_ms: int = 0
    answer: Done[DoorReply] | Later | Rejected | None = None
    asked: int = 0
    incidents: list[object] = field(default_factory=list)

    def door(self) -> Done[DoorReply] | Later | Rejected:
        self.asked += 1
        return self.answer or Done(DoorReply(self.at_ms, self.inside, []), 1)


@dataclass
class Counting:
    """A desk that counts."""

    desk: Desk
    server: Server
    news: DoorNews
    counter: InsideCounter

    def hear(self, inside: int) -> None:
        """The server tells its figure now."""
        self.server.inside, self.server.at_ms = inside, self.desk.clock.at_ms
        assert self.news.listen(self.desk.looks, is_urgent=True)

    @property
    def count(self) -> int | None:
        found = self.counter.count(self.desk.station.box.in_force, self.desk.clock.now())
        return None if found is None else found.count

    def send_all(self) -> None:
        """The queue is empty: the server has all."""
        self.desk.journal.settle(Fate(item.id, Leg.CLOSED) for item in self.desk.journal.queued())


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with desk_in(tmp_path) as desk:
        server = Server()
        news = DoorNews(tmp_path / NEWS_FILE, server, desk.clock.monotonic_ms)
        counter = InsideCounter(DEVICE, news, desk.journal, desk.looks, desk.station.knowledge(desk.journal))
        yield Counting(desk, server, news, counter)


def test_before_a_server_was_heard_nobody_knows(night: Counting) -> None:  # G19
    night.desk.admit(1)
    assert night.count is None


def test_own_guests_are_added_to_what_the_server_told(night: Counting) -> None:  # G19
    night.hear(412)
    assert night.count == 412
    night.desk.admit(1)
    night.desk.line.present(ticket(2))
    assert night.count == 414
    night.send_all()
    assert night.count == 414, "sent, and the figure does not know of them yet"
    night.hear(414)
    assert night.count == 414, "and now it does"


def test_a_guest_who_was_let_in_twice_is_one_person(night: Counting) -> None:  # G19
    night.hear(10)
    night.desk.admit(4)
    night.desk.admit(4)
    assert night.count == 11
    assert night.desk.line.present(ticket(1)).is_admission
    assert night.desk.line.present(ticket(1)).outcome is Outcome.ALREADY_USED
    assert night.count == 12


def test_an_undo_takes_the_guest_out_again(night: Counting) -> None:  # G19
    night.hear(10)
    scan = night.desk.looks.scan(night.desk.admit(1))
    assert scan is not None
    assert night.count == 11
    night.desk.journal.record_undo(scan, night.desk.clock.now())
    assert night.count == 10


def test_an_override_counts_its_guest(night: Counting) -> None:  # G19
    night.desk.clock.at_ms -= 7_200_000
    night.hear(10)
    verdict = night.desk.line.present(ticket(1, exp=night.desk.clock.at_ms // 1000 - 3_600))
    assert not verdict.is_admission
    assert verdict.scan_id is not None
    scan = night.desk.looks.scan(verdict.scan_id)
    assert scan is not None
    assert night.count == 10
    night.desk.journal.record_override(scan, "Ana", "clock of the shop", night.desk.clock.now())
    assert night.count == 11


def test_a_guest_whom_the_server_answered_is_in_its_figure_before_the_queue_is_sent(night: Counting) -> None:  # G19
    """The scan is still queued: but its question counted it already."""

    class Oracle:
        def ask(self, scan: object) -> Answer:
            return Answer(Outcome.ADMITTED, 1, 1, 1)

    night.desk.line._oracle = Oracle()  # type: ignore[assignment]
    night.desk.line.present(ticket(1))
    night.hear(1)
    assert night.desk.journal.queue_length() == 2
    assert night.count == 1
    night.desk.line.present(ticket(2))
    assert night.count == 2, "answered after the figure was told"


def test_a_restart_offline_goes_on_from_the_last_word(night: Counting, tmp_path: Path) -> None:  # G19
    night.hear(412)
    heard_ms = night.desk.clock.at_ms
    night.desk.admit(1)
    night.desk.clock.advance(3_600_000)
    desk = night.desk
    again = DoorNews(tmp_path / NEWS_FILE, night.server, desk.clock.monotonic_ms)
    counter = InsideCounter(DEVICE, again, desk.journal, desk.looks, desk.station.knowledge(desk.journal))
    assert counter.count(desk.station.box.in_force, desk.clock.now()) == Inside(413, heard_ms), "and since when"


def test_after_the_automatic_check_out_only_later_guests_are_inside(night: Counting) -> None:  # G19, A15
    event = replace(SUMMER_NIGHT, checkout_at=time(6))
    checkout_ms = event.last_checkout(night.desk.clock.at_ms + 86_400_000)  # type: ignore[arg-type, operator]
    assert checkout_ms is not None
    night.desk.station.box.adopt(taken(9, policy=row_of(event)), 0)
    night.desk.clock.at_ms = checkout_ms - 60_000
    night.hear(412)
    night.desk.admit(1)
    assert night.count == 413
    night.desk.clock.at_ms = checkout_ms + 60_000
    assert night.count == 0
    night.desk.line.present(ticket(7, nbf=0, exp=2**32 - 1))
    assert night.count == 1


def test_a_damaged_file_is_no_news(tmp_path: Path) -> None:
    path = tmp_path / NEWS_FILE
    path.write_bytes(b"{")
    assert DoorNews(path, Server(), lambda: 0).heard is None


def test_a_door_asks_now_and_then_and_a_server_that_is_older_seldom(night: Counting) -> None:
    assert night.news.listen(night.desk.looks)
    assert not night.news.listen(night.desk.looks)
    night.desk.clock.advance(EVERY_MS)
    night.server.answer = Later(Trouble.UNREACHABLE)
    assert not night.news.listen(night.desk.looks)
    assert night.news.heard is not None, "what was heard stays"
    night.desk.clock.advance(EVERY_MS)
    night.server.answer = Rejected(404, "not_found")
    assert not night.news.listen(night.desk.looks)
    asked = night.server.asked
    night.desk.clock.advance(EVERY_MS)
    assert not night.news.listen(night.desk.looks)
    assert night.server.asked == asked
    night.desk.clock.advance(UNKNOWN_EVERY_MS)
    night.server.answer = None
    assert night.news.listen(night.desk.looks)


def test_no_name_and_no_code_is_in_the_file(night: Counting, tmp_path: Path) -> None:
    night.hear(1)
    night.desk.admit(1)
    night.hear(2)
    told = (tmp_path / NEWS_FILE).read_text()
    assert PARTY[0].name not in told
    assert (tmp_path / NEWS_FILE).stat().st_mode & 0o077 == 0
    assert tid(1).hex() not in told
