"""A rehearsal is a real door with made-up guests, and the real kiosk of this account does not notice it.

The server is a real process, the door is the program's own. What the supervisor does with a killed one is in
`tests/runtime/test_supervisor.py`.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.demo import rehearsal as rehearsals
from app.demo.rehearsal import Rehearsal, Switch, fill_disk
from app.demo.rehearsal_house import KIOSK_FOLDER, SERVER_FOLDER, Part, make_house, make_kiosk
from app.demo.rehearsal_sheet import RehearsalSheet
from app.demo.town import ServerProcess
from app.demo.wire import Wire
from app.kiosk.words import load_kiosk_words
from app.ledger.admin import open_ledger
from app.settings import default_profile_dir, save_profile
from app.store.journal import Journal, Presented
from core.gate.verdict import Verdict
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.sync.health import Link
from tests.support.door import DAY, NORTH, PROFILE, HandClock, fill_vault, new_id, tid, writer

pytestmark = pytest.mark.slow
PATIENCE_MS = 30_000
AMPLE_MS = 10_000
"""For the server's answer to a guest: which of the two decided is looked at, not how busy this machine is."""


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kiosk of this account, with a night in its journal."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    folder = default_profile_dir()
    assert folder.is_relative_to(tmp_path)
    fill_vault(folder)
    save_profile(folder, PROFILE)
    with closing(Journal(folder / "kiosk.db", writer(), new_id)) as journal:
        for number in range(5):
            journal.record_scan(Presented(Direction.ENTRY, NORTH, 1, tid(number), None, 0, DAY), HandClock().now())
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A rehearsal's house with its server, and the server's port."""
    home = tmp_path_factory.mktemp("house")
    event = make_house(home)
    with open_ledger(None, home / SERVER_FOLDER) as office:
        office.edits.update(event, {"online_budget_ms": AMPLE_MS})
    with pytest.MonkeyPatch.context() as keys, closing(ServerProcess(home / "server", home / "server.log")) as server:
        keys.setenv("DOORLIGHT_VAULT", "file")
        make_kiosk(home, event, f"http://127.0.0.1:{server.port}")
        yield home, server.port


@pytest.fixture
def rehearsal(qtbot: QtBot, real: Path, house: tuple[Path, int]) -> Iterator[Rehearsal]:
    home, port = house
    with Wire(port) as wire, closing(Rehearsal(home, wire, "en")) as opened:
        qtbot.addWidget(opened.window)
        opened.window.show()
        opened.start()
        qtbot.waitUntil(lambda: opened.station.box.taken is not None, timeout=PATIENCE_MS)
        yield opened


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def outcome(qtbot: QtBot, rehearsal: Rehearsal, part: Part) -> Outcome:
    with qtbot.waitSignal(rehearsal.kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        rehearsal.send(part)
    assert caught.args is not None
    verdict: Verdict = caught.args[0]
    rehearsal.window.desk.close()
    rehearsal.window.clear()
    return verdict.outcome


def test_every_guest_and_every_fault_and_not_a_byte_of_the_real_kiosk(
    qtbot: QtBot, rehearsal: Rehearsal, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(real)
    assert "REHEARSAL" in rehearsal.window._scene.banner.text()
    assert isinstance(rehearsal.window.desk.sheet, RehearsalSheet)
    told = {part: outcome(qtbot, rehearsal, part) for part in Part}
    assert told.pop(Part.AGAIN) in {Outcome.JUST_SCANNED_HERE, Outcome.ALREADY_USED}
    assert told == {
        Part.GENUINE: Outcome.ADMITTED,
        Part.WRONG_GATE: Outcome.WRONG_GATE,
        Part.ATTENTION: Outcome.ATTENTION,
        Part.QUESTION: Outcome.ANSWERS_REQUIRED,
        Part.CANCELED: Outcome.CANCELED,
        Part.FORGED: Outcome.BAD_SIGNATURE,
        Part.STRANGE: Outcome.NOT_A_TICKET,
    }
    qtbot.waitUntil(lambda: isinstance(rehearsal.window.desk.sheet, RehearsalSheet), timeout=PATIENCE_MS)

    rehearsal.turn(Switch.NETWORK)
    assert outcome(qtbot, rehearsal, Part.GENUINE) is Outcome.ADMITTED_OFFLINE
    rehearsal.turn(Switch.NETWORK)
    qtbot.waitUntil(lambda: rehearsal.station.link.health.link is not Link.OFFLINE, timeout=PATIENCE_MS)

    rehearsal.turn(Switch.AHEAD)
    assert outcome(qtbot, rehearsal, Part.GENUINE).value.startswith("admitted"), "a synced door keeps its own time"
    rehearsal.turn(Switch.RIGHT)

    if rehearsals.CAN_FILL:
        bars = load_kiosk_words().bars
        rehearsal.turn(Switch.DISK)
        assert outcome(qtbot, rehearsal, Part.GENUINE) is Outcome.STORAGE_FAILED
        rehearsal.turn(Switch.DISK)
        qtbot.waitUntil(
            lambda: rehearsal.window._idle.bar != bars["storage_failed"],  # type: ignore[index]
            timeout=PATIENCE_MS,
        )
        assert outcome(qtbot, rehearsal, Part.GENUINE).value.startswith("admitted")

    killed: list[int] = []
    monkeypatch.setattr(rehearsals.os, "kill", lambda process, number: killed.append(number))
    rehearsal.turn(Switch.KILL)
    assert killed == [9]

    assert bytes_of(real) == before, "the real kiosk's bytes are what they were"


def test_control_a_rehearsal_in_the_real_folder_is_seen_in_its_bytes(
    real: Path, house: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """The planted defect: the window opens whatever folder the account's kiosk has."""
    home, port = house
    before = bytes_of(real)
    monkeypatch.setattr(rehearsals, "KIOSK_FOLDER", real)
    with Wire(port) as wire, closing(Rehearsal(home, wire, "en")) as opened:
        qtbot.addWidget(opened.window)
        opened.window.show()
        opened.start()
        with qtbot.waitSignal(opened.kiosk.verdict_shown, timeout=PATIENCE_MS):
            opened.send(Part.GENUINE)
    assert bytes_of(real) != before


def test_a_disk_that_was_filled_has_room_again_whatever_happens() -> None:
    if sys.platform == "win32":
        pytest.skip("this system knows no such limit")
    fill_disk(is_full=True)
    assert rehearsals.is_disk_full()
    fill_disk(is_full=False)
    assert not rehearsals.is_disk_full()
    assert KIOSK_FOLDER == "kiosk"
