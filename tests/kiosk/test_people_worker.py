"""A long guest list is read beside the window: its loop goes on beating, and a newer search ends an older one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from pytestqt.qtbot import QtBot

from app.kiosk.lane import start_thread
from app.kiosk.people_worker import ListState, PeopleWorker
from app.runtime.guest_line import GuestLine, Parties
from app.runtime.station import Station
from core.people.index import PIECE_ROWS
from tests.people.lists import guest
from tests.runtime.people_rig import stick, with_guests
from tests.support.door import PROFILE, HandClock, fill_vault

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 60_000
PIECES = 8
LAST = ("Müller", "Schmidt", "Kowalski", "Öztürk")


class Pause(QObject):
    """Holds the thread that it lives in until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = Event()

    @Slot()
    def hold(self) -> None:
        self.is_over.wait(PATIENCE_MS / 1_000)


class Ears(QObject):
    """Asks from the window's thread, and hears the answers there."""

    pause = Signal()
    load = Signal()
    search = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.states: list[ListState] = []
        self.found: dict[int, Parties] = {}

    @Slot(object)
    def take_list(self, state: ListState) -> None:
        self.states.append(state)

    @Slot(int, object)
    def take_found(self, number: int, parties: Parties) -> None:
        self.found[number] = parties

    @property
    def is_loaded(self) -> bool:
        return bool(self.states) and self.states[-1].is_loaded and self.states[-1].share is None


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    folder = tmp_path / "kiosk"
    folder.mkdir()
    fill_vault(folder)
    people = (
        guest(number, f"Jana {LAST[number % 4]} {number % 500}", f"O-{number // 3}")
        for number in range(1, PIECES * PIECE_ROWS + 1)
    )
    with closing(Station(folder, PROFILE, HandClock())) as made:
        assert made.take_manifest_from(stick(tmp_path / "stick", with_guests(people))) is None
        yield made


@pytest.mark.slow
def test_the_window_goes_on_beating_while_a_long_list_is_read(qtbot: QtBot, station: Station) -> None:  # A18, G14
    worker, ears, beats = PeopleWorker(station), Ears(), [0]
    thread = start_thread("doorlight-people", worker)
    thread.started.connect(worker.open)
    thread.finished.connect(worker.close)
    ears.load.connect(worker.load)
    ears.search.connect(worker.search)
    worker.list_changed.connect(ears.take_list)
    worker.found.connect(ears.take_found)
    beat = QTimer(interval=1)
    beat.timeout.connect(lambda: beats.__setitem__(0, beats[0] + 1))
    thread.start()
    beat.start()
    ears.load.emit()
    qtbot.waitUntil(lambda: ears.is_loaded, timeout=PATIENCE_MS)
    assert ears.states[-1].count == PIECES * PIECE_ROWS
    assert beats[0] >= PIECES, "at least once for each piece"
    pause = Pause()  # or a busy machine has searched for the first letter before the second is typed
    pause.moveToThread(thread)
    ears.pause.connect(pause.hold)
    ears.pause.emit()
    for number in (1, 2, 3):
        worker.want(number)
        ears.search.emit(number, "kowalsky 7")
    pause.is_over.set()
    qtbot.waitUntil(lambda: 3 in ears.found, timeout=PATIENCE_MS)
    assert set(ears.found) == {3}, "only the last letter's search was wanted"
    assert ears.found[3].found
    beat.stop()
    worker.stop()
    thread.quit()
    thread.wait()


@pytest.mark.slow
def test_control_reading_it_in_the_windows_own_thread_stops_the_beat(qtbot: QtBot, station: Station) -> None:
    beats = [0]
    beat = QTimer(interval=1)
    beat.timeout.connect(lambda: beats.__setitem__(0, beats[0] + 1))
    beat.start()
    line = GuestLine(station)
    assert line.begin() is None
    while line.read():
        pass
    beat.stop()
    assert (line.count, beats[0]) == (PIECES * PIECE_ROWS, 0)
