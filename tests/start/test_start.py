"""The start window with real programs: a server that runs and is known, a port that is taken, ends that are orderly."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import sessions
from app.runtime.instance import single_instance
from app.runtime.neighbour import Listener, is_free, who_listens
from app.runtime.preferences import NOTHING_CHOSEN, PreferenceBook, Preferences
from app.settings import load_profile
from app.start.desk import Places, StartDesk
from app.start.present import Do, KeyText
from app.start.program import FILE
from app.start.state import Asked, Cure, DoorHere, Leg, Part, PartState, Stage, StartState
from app.start.steps import look_for_events
from app.start.window import StartWindow
from app.start.words import load_start_words
from app.widgets.theme import ThemeName
from core.model.settings import Language
from core.sync.messages import ClassRow, EventRow, GateRow
from tests.server.serving import program
from tests.support import nursery
from tests.support.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE_MS = 60_000
PATIENCE_S = 60.0
DAY_MS = 24 * 3_600_000
GATES = (GateRow("north", "North gate"), GateRow("south", "South gate"))


@pytest.fixture
def port() -> int:
    """A port that is free, and so is the next."""
    return free_port(beside=1)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartDesk]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    (tmp_path / "scratch").mkdir()
    words = load_start_words("en")
    window = StartWindow(words)
    folders = {name: tmp_path / name for name in ("server", "kiosk", "organizer", "report", "scratch")}
    places = Places(**folders, port=port)
    with closing(StartDesk(window, words, places, PreferenceBook(tmp_path, FILE))) as made:
        made.window = window  # type: ignore[attr-defined]
        window.show()
        yield made
        made.end_all()
        qtbot.waitUntil(lambda: not any(each.is_running for each in made.programs.values()), timeout=PATIENCE_MS)
    window.deleteLater()


def wait_for(qtbot: QtBot, desk: StartDesk, part: Part, *legs: Leg) -> None:
    qtbot.waitUntil(lambda: desk.state.part(part).leg in legs, timeout=PATIENCE_MS)


def run_event(qtbot: QtBot, desk: StartDesk) -> None:
    desk.press(KeyText(Do.RUN_EVENT, "", Part.SERVER))
    wait_for(qtbot, desk, Part.SERVER, Leg.RUNNING)


def make_event(folder: Path, name: str, *, after_ms: int = 0) -> str:
    """An event of a day that begins so much after now."""
    with open_ledger(None, folder) as office:
        at = office.now_ms() + after_ms
        classes = [ClassRow(1, "Day ticket")]
        row = EventRow("", name, "UTC", starts_ms=at, ends_ms=at + DAY_MS, gates=[*GATES], classes=classes)
        return office.create_event(row).event


def choose_with_keys(desk: StartDesk) -> None:
    """The second event and its last gate, with the keyboard alone, and back once by Escape."""
    desk.press(KeyText(Do.ENROL, "", Part.KIOSK))
    assert desk.state.asked is Asked.EVENT
    for name in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        type_key(name)
    assert (desk.state.asked, desk.state.event and desk.state.event.name) == (Asked.GATE, "Market")
    type_key(Qt.Key.Key_Escape)
    assert desk.state.asked is Asked.EVENT
    for name in (Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_Return):
        type_key(name)


def words_given(desk: StartDesk, part: Part) -> list[str]:
    """What a program was started with, as the system has it."""
    return Path(f"/proc/{desk.programs[part].pid}/cmdline").read_text().rstrip("\0").split("\0")


def type_key(name: Qt.Key) -> None:
    """Into whatever has the focus."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, name)


def logged_in(office: Office) -> int:
    """How many sessions there are."""
    with office._database.reading() as connection:
        return len(connection.execute(select(sessions.c.event_id)).all())


def listener(folder: Path, port: int) -> Listener:
    with open_ledger(None, folder) as office:
        return who_listens(port, office.roots.root_public, office.authorities.use().pem)[0]


def test_a_computer_runs_the_event_becomes_its_door_outlives_a_server_and_ends_all_of_it(
    qtbot: QtBot, desk: StartDesk, tmp_path: Path, port: int
) -> None:
    """The server under TLS, its first password, the organizer's window, a door that both ends of this computer know."""
    desk.press(KeyText(Do.LANGUAGE, ""))
    run_event(qtbot, desk)
    assert listener(tmp_path / "server", port) is Listener.OURS
    assert desk.state.owner is not None
    assert desk.state.served is not None
    assert desk.state.served.url == f"https://127.0.0.1:{port}"
    password = desk.state.owner.password
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert kept == [], "the password is in memory alone"
    assert desk.state.events == (), "there is no event yet"

    with open_ledger(None, tmp_path / "server") as office:
        qtbot.waitUntil(lambda: logged_in(office) == 1, timeout=PATIENCE_MS)
    assert desk.state.part(Part.ORGANIZER).leg is Leg.RUNNING

    desk.press(KeyText(Do.THEME, ""))
    desk.press(KeyText(Do.THEME, ""))
    make_event(tmp_path / "server", "Summer Night")
    market = make_event(tmp_path / "server", "Market", after_ms=2 * DAY_MS)
    desk._look()
    qtbot.waitUntil(lambda: len(desk.state.events) == 2, timeout=PATIENCE_MS)
    choose_with_keys(desk)
    assert desk.state.door is None, "nothing happens before somebody says yes"
    assert desk.state.asked is Asked.ENROL
    desk.press(KeyText(Do.ENROL_YES, "", Part.KIOSK))
    wait_for(qtbot, desk, Part.KIOSK, Leg.RUNNING)
    assert desk.state.door == DoorHere("South gate", "South gate", "Market")
    profile = load_profile(tmp_path / "kiosk")
    assert (profile.event_id.hex, profile.gate) == (market, "south"), "the chosen one, not the first"
    with open_ledger(None, tmp_path / "server") as office:
        found = office.devices.list(office.event_named(market))
    assert [device.state.value for device in found] == ["active"], "its digits were compared"
    assert words_given(desk, Part.ORGANIZER)[-2:] == ["--language", "de"], "nobody chose colours"
    assert words_given(desk, Part.KIOSK)[-4:] == ["--language", "de", "--theme", "high_contrast"]

    os.kill(desk.programs[Part.SERVER].pid, signal.SIGKILL)
    wait_for(qtbot, desk, Part.SERVER, Leg.FAILED)
    assert Cure.TRY_AGAIN in desk.state.part(Part.SERVER).cures
    assert desk.state.served is None, "no address is told that nobody answers at"
    desk.press(KeyText(Do.TRY_AGAIN, "", Part.SERVER))
    wait_for(qtbot, desk, Part.SERVER, Leg.RUNNING)

    desk.leave()
    assert desk.state.asked is not None, "somebody is asked first"
    desk.end_all()
    qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    assert not any(each.is_running for each in desk.programs.values())
    assert is_free(port)


def test_language_and_colours_are_kept_and_a_broken_file_costs_the_choice_alone(
    desk: StartDesk, tmp_path: Path
) -> None:
    for do in (Do.LANGUAGE, Do.THEME, Do.THEME):
        desk.press(KeyText(do, ""))
    assert PreferenceBook(tmp_path, FILE).now == Preferences(Language.GERMAN, ThemeName.HIGH_CONTRAST)
    assert desk.window.text.question == load_start_words("de").lines.question  # type: ignore[attr-defined]
    (tmp_path / FILE).write_text('{"theme": "pink"}')
    assert PreferenceBook(tmp_path, FILE).now == NOTHING_CHOSEN


def test_colours_that_are_chosen_look_as_if_it_had_begun_with_them(qtbot: QtBot) -> None:
    def picture(theme: ThemeName, *then: ThemeName) -> QImage:
        window = StartWindow(load_start_words("en"), theme=theme)
        qtbot.addWidget(window)
        window.close_wanted.connect(window.leave)
        window.show_state(StartState(parts={part: PartState(Leg.RUNNING) for part in Part}))
        window.resize(1280, 800)
        window.show()
        window.grab()
        for each in then:
            window.show_theme(each)
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        return window.grab().toImage()

    begun = picture(ThemeName.HIGH_CONTRAST)
    assert picture(ThemeName.DARK) != begun
    assert picture(ThemeName.DARK, ThemeName.LIGHT, ThemeName.HIGH_CONTRAST) == begun


def test_an_event_that_is_over_is_offered_last_and_one_whose_doors_are_done_not_at_all(tmp_path: Path) -> None:
    """Of those that are on or to come the first one first; an event's doors go on for two days after its end."""
    for name, after_ms in (("Next", 3 * DAY_MS), ("Past", -9 * DAY_MS), ("Over", -2 * DAY_MS), ("Now", -DAY_MS // 2)):
        make_event(tmp_path, name, after_ms=after_ms)
    found = [(each.name, each.stage) for each in look_for_events(tmp_path)]
    assert found == [("Now", Stage.ON), ("Next", Stage.COMING), ("Over", Stage.OVER)]


def test_a_port_that_is_taken_is_said_and_the_next_one_taken_on_a_key(
    qtbot: QtBot, desk: StartDesk, tmp_path: Path, port: int
) -> None:
    with socket.create_server(("0.0.0.0", port)) as stranger:  # noqa: S104
        stranger.listen()
        assert not is_free(port)
        with closing(_Deaf(stranger)):
            desk.press(KeyText(Do.RUN_EVENT, "", Part.SERVER))
            wait_for(qtbot, desk, Part.SERVER, Leg.FAILED)
            known = desk.state.part(Part.SERVER)
            assert str(port) in known.told
            assert Cure.OTHER_PORT in known.cures
            assert desk.state.owner is None, "a password is not made for a server that does not start"
            desk.press(KeyText(Do.OTHER_PORT, "", Part.SERVER))
            wait_for(qtbot, desk, Part.SERVER, Leg.RUNNING)
    assert desk.state.served is not None
    assert desk.state.served.url != f"https://127.0.0.1:{port}"


class _Deaf:
    """Hangs up on whoever comes: no server of ours."""

    def __init__(self, listening: socket.socket) -> None:
        import threading

        self._socket = listening
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def test_a_server_that_runs_already_is_used_and_not_ended(
    qtbot: QtBot, desk: StartDesk, tmp_path: Path, port: int
) -> None:
    """Of this folder: it is ours. Of another one: it is said, and used on a key."""
    mine = tmp_path / "server"
    mine.mkdir()
    with program(mine, "--port", str(port), "--tls") as (process, _):
        desk.press(KeyText(Do.RUN_EVENT, "", Part.SERVER))
        wait_for(qtbot, desk, Part.SERVER, Leg.ELSEWHERE)
        assert not desk.programs[Part.SERVER].is_running
        assert Do.STOP not in {key.do for row in desk.window.text.rows for key in row.keys if key.part is Part.SERVER}  # type: ignore[attr-defined]
        assert process.poll() is None
        assert listener(tmp_path / "other", port) is Listener.ANOTHER_SERVER


@contextlib.contextmanager
def another_window(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """A start window of another process whose server runs."""
    command = [sys.executable, "-m", "tests.start.one_that_dies", str(folder), str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=nursery.ROOT, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_what_was_started_ends_with_a_signal_and_goes_on_when_the_window_is_killed(
    qtbot: QtBot, desk: StartDesk, tmp_path: Path, port: int
) -> None:
    """SIGTERM: in order. SIGKILL: guests are at the doors, and the next window finds the server."""
    with another_window(tmp_path, port) as window:
        assert listener(tmp_path / "server", port) is Listener.OURS
        window.terminate()
        assert window.wait(PATIENCE_S) == 0
    assert is_free(port), "its server has ended with it"
    with another_window(tmp_path, port) as window:
        before = children_of(window.pid)
        window.kill()
        window.wait(PATIENCE_S)
        try:
            assert listener(tmp_path / "server", port) is Listener.OURS, "the server goes on"
            desk.press(KeyText(Do.RUN_EVENT, "", Part.SERVER))
            wait_for(qtbot, desk, Part.SERVER, Leg.ELSEWHERE)
        finally:
            for pid in before:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_folder_that_takes_no_write_is_said(qtbot: QtBot, desk: StartDesk, tmp_path: Path) -> None:
    (tmp_path / "server").write_text("no folder")
    desk.press(KeyText(Do.RUN_EVENT, "", Part.SERVER))
    wait_for(qtbot, desk, Part.SERVER, Leg.FAILED)
    assert str(tmp_path / "server") in desk.state.part(Part.SERVER).told


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return tmp_path / "data" / "doorlight" / "start"


def wait_for_lock(folder: Path, process: nursery.Child) -> None:
    """Until the process holds its account's lock: it has a window then, or will say that another has it."""
    import time

    give_up_at = time.monotonic() + PATIENCE_S
    while not (folder / "log" / "start.log").exists():
        assert process.poll() is None
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_the_window_ends_with_its_signal_and_a_second_one_gives_way(home: Path) -> None:
    with nursery.start([], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        wait_for_lock(home, first)
        first.terminate()
        assert first.wait(PATIENCE_S) == 0
    with single_instance(home), nursery.start([], stderr=subprocess.PIPE, text=True) as second:
        assert second.stderr is not None
        second.terminate()
        assert second.wait(PATIENCE_S) in {1, -signal.SIGTERM}


def test_without_a_screen_the_three_choices_are_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    bare.pop("QT_QPA_PLATFORM", None)
    done = nursery.run([], timeout=PATIENCE_S, env=bare)
    assert done.returncode == 0
    for command in ("doorlight demo", "doorlight kiosk", "doorlight server", "doorlight organizer"):
        assert command in done.stdout
