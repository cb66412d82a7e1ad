"""A kiosk learns what concerns its door as it happens, over the event's stream; without one it asks as before."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from app.ledger.admin import Office
from app.runtime import door_stream
from app.runtime.door_stream import FIGURES_EVERY_S, HEARING_IDLE_S, DoorStream
from app.runtime.keeper import ManifestKeeper
from app.runtime.stream_line import Stream
from app.runtime.sync_line import IDLE_S, SyncLine
from app.server import pulse
from app.server.program import build_app
from core.insight.marks import Marks
from core.model.ids import DeviceId, EventId, GateId, TicketHandle
from core.sync.answers import Done, Later
from core.sync.health import Trouble
from tests.server.serving import served
from tests.support.fault_proxy import Fate, FaultProxy
from tests.support.live import DAY, LiveEvent, LiveKiosk

PATIENCE_S = 20.0
NEVER_S = 3_600.0


@dataclass
class Here:
    """A server in this process, as an event's rig wants it."""

    folder: Path
    url: str = ""


class Door:
    """A kiosk whose sync line asks when it is woken, and else once an hour."""

    line: SyncLine

    def __init__(self, event: LiveEvent, kiosk: LiveKiosk) -> None:
        self.event, self.kiosk, self.station = event, kiosk, kiosk.station
        self.changed = threading.Condition()
        self.rounds = 0
        self.marks: list[object] = []

    @contextmanager
    def open(self) -> Iterator["Door"]:
        """Hears and syncs until the end."""
        stream = DoorStream(self.station.client, self.event.id, self._wake)
        stream._line._heard = lambda news: self._note(stream, news)
        is_ready = threading.Event()
        thread = threading.Thread(target=self._run, args=(stream, is_ready), name="sync under test")
        thread.start()
        assert is_ready.wait(PATIENCE_S)
        stream.start()
        try:
            yield self
        finally:
            stream.stop()
            self.line.stop()
            thread.join(PATIENCE_S)

    def _run(self, stream: DoorStream, is_ready: threading.Event) -> None:
        """In its own thread, as a journal wants it."""
        with closing(self.station.open_keeper()) as keeper, closing(self.station.open_journal()) as journal:
            self.line = self.station.sync_line(journal, lambda: self._refresh(keeper), idle_s=stream.idle_s)
            is_ready.set()
            self.line.run()

    def _refresh(self, keeper: ManifestKeeper) -> None:
        keeper.refresh(self.station.client)
        with self.changed:
            self.rounds += 1
            self.changed.notify_all()

    def _wake(self) -> None:
        self.line.wake()

    def _note(self, stream: DoorStream, news: object) -> None:
        stream._heard(news)  # type: ignore[arg-type]
        with self.changed:
            self.marks.append(news)
            self.changed.notify_all()

    def wait(self, is_so: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(is_so, PATIENCE_S)

    @property
    def version(self) -> int:
        return self.station.box.version

    def move(self, gate: str) -> None:
        with self.office() as office:
            office.devices.change(self.event.id, DeviceId(self.station.profile.device), None, GateId(gate))

    def office(self) -> Office:
        return self.event.office()


@pytest.fixture
def event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveEvent]:
    monkeypatch.setattr(pulse, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(door_stream, "SPREAD_S", 0.0)
    monkeypatch.setattr(door_stream, "IDLE_S", NEVER_S)
    monkeypatch.setattr(door_stream, "HEARING_IDLE_S", NEVER_S)
    (tmp_path / "server").mkdir()
    here = Here(tmp_path / "server")
    made = LiveEvent(here)  # type: ignore[arg-type]
    with made.office() as office, served(build_app(office, "t" * 32)) as url:
        here.url = url
        yield made


@pytest.fixture
def proxy(event: LiveEvent) -> Iterator[FaultProxy]:
    with FaultProxy(int(event.server.url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def door(event: LiveEvent, proxy: FaultProxy, tmp_path: Path) -> Iterator[Door]:
    with closing(LiveKiosk(event, tmp_path / "kiosk")) as kiosk:
        kiosk.connect_through(proxy.url)
        yield Door(event, kiosk)


def test_a_cancel_and_a_moved_gate_reach_a_door_that_asks_for_nothing(door: Door, proxy: FaultProxy) -> None:
    with door.open():
        door.wait(lambda: door.marks and door.rounds)
        before = door.version
        with door.office() as office:
            (ticket,) = office.issue_tickets(door.event.id, DAY, 1)
            office.cancel_ticket(door.event.id, TicketHandle(bytes.fromhex(ticket.tid)))
        door.wait(lambda: door.version > before)
        door.move("south")
        door.wait(lambda: door.station.place.gate == GateId("south"))
        asked = proxy.count("/stream")
    assert asked == 1, "all of it over one line"


def test_what_was_missed_while_the_line_was_cut_comes_when_it_is_back(door: Door, proxy: FaultProxy) -> None:
    with door.open():
        door.wait(lambda: door.marks and door.rounds)
        proxy.on_all(Fate(refuse=True))
        proxy.wait_for(lambda: proxy.count("/stream") > 1)
        door.move("south")
        proxy.clear()
        door.wait(lambda: door.station.place.gate == GateId("south"))
    resumed = [each for each in door.marks if isinstance(each, Marks)]
    assert len(resumed) >= 2


def test_a_line_that_comes_back_to_nothing_new_says_so_by_silence(door: Door, proxy: FaultProxy) -> None:
    """Last-Event-ID: who has seen the newest is told nothing until the next."""
    with door.open():
        door.wait(lambda: door.marks and door.rounds)
        count = len(door.marks)
        proxy.reset_all()
        proxy.wait_for(lambda: proxy.count("/stream") > 1)
        door.move("south")
        door.wait(lambda: door.station.place.gate == GateId("south") and len(door.marks) > count)
        assert len(door.marks) == count + 1


def test_planted_a_door_that_is_deaf_to_its_stream_stays_where_it_was(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same change, heard by a stream that wakes nobody."""
    monkeypatch.setattr(DoorStream, "_heard", lambda *_: None)
    with door.open():
        door.wait(lambda: door.marks and door.rounds)
        heard, rounds = len(door.marks), door.rounds
        door.move("south")
        door.wait(lambda: len(door.marks) > heard)
        assert (door.rounds, door.station.place.gate) == (rounds, GateId("north"))


def test_a_server_without_a_stream_is_asked_as_before(
    door: Door, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_stream, "IDLE_S", 0.05)
    proxy.on("/stream", Fate(status=404))
    with door.open():
        door.wait(lambda: door.rounds > 2)
        door.move("south")
        door.wait(lambda: door.station.place.gate == GateId("south"))
    assert door.marks == []


# --- what is heard, and what it is worth --------------------------------------------------------------------------


class Mute:
    """A server whose stream nobody opens."""

    def stream(self, event: EventId) -> Stream:
        raise AssertionError(event)


class Wakes:
    """A stream of the test's own, and who was woken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.now_s = 0, 100.0
        monkeypatch.setattr(door_stream.time, "monotonic", lambda: self.now_s)
        self.stream = DoorStream(Mute(), EventId(UUID(int=1)), self._wake, lambda: 0.0)

    def _wake(self) -> None:
        self.count += 1

    def hear(self, *marks: int) -> int:
        """How often it was woken by these marks."""
        before = self.count
        self.stream._heard(Marks(*marks))
        return self.count - before


def test_scans_at_other_doors_wake_nobody_more_often_than_figures_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wakes = Wakes(monkeypatch)
    assert wakes.hear(1, 0, 0, 0, 0) == 1
    assert [wakes.hear(1, number, 0, 0, 0) for number in range(1, 50)] == [0] * 49
    wakes.now_s += FIGURES_EVERY_S
    assert wakes.hear(1, 50, 0, 0, 0) == 1
    assert wakes.hear(2, 50, 0, 0, 0) == 1, "a new list is never kept waiting"
    wakes.stream.take_news()
    assert wakes.hear(2, 50, 1, 1, 7) == 1
    assert (wakes.stream.take_news(), wakes.stream.take_news()) == (True, False)


def test_an_idle_door_rests_longer_only_while_it_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wakes = Wakes(monkeypatch)
    stream = wakes.stream
    assert stream.idle_s() == IDLE_S
    stream._opened()
    assert stream.idle_s() == HEARING_IDLE_S
    stream._ended(Done(None, 1))
    assert (stream.idle_s(), wakes.count) == (HEARING_IDLE_S, 0), "it ended in order, and comes again at once"
    stream._ended(Later(Trouble.UNREACHABLE))
    assert (stream.idle_s(), wakes.count) == (IDLE_S, 1)
    stream._ended(Later(Trouble.UNREACHABLE))
    assert wakes.count == 1, "a server that is away is asked with growing patience, not at each try of the stream"
