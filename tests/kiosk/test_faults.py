"""A fault of the program itself at a door: it is told, it is written down by its place alone, and the door goes on.

The guest over whom it failed is not let in by the verdict of the one before.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.faults import AGAIN_S, FaultLog
from app.kiosk import sync_worker
from app.kiosk import window as windows
from app.kiosk.front import Front
from app.kiosk.kiosk import Kiosk
from app.kiosk.status_reading import FAULT_SHOWN_MS
from app.kiosk.window import KioskWindow
from app.runtime.scan_line import ScanLine
from app.runtime.staff_line import StaffLine
from app.runtime.station import Station
from app.runtime.sync_line import SyncLine
from app.settings import save_profile
from app.store.journal import Journal
from app.widgets.fault_hook import faults_told_to
from core.gate.screen import Face
from core.gate.verdict import FaultDetail, Verdict
from core.journal.scan import Scan, Shown
from core.model.outcomes import Outcome
from tests.support.door import PROFILE, HandClock, fill_vault, new_id, ticket, writer

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
SECRET = "T1:AAAAAAAAAAAAAAAA"
Door = tuple[Kiosk, KioskWindow]


@contextmanager
def failing_once(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> Iterator[list[str]]:
    """The first call breaks, quoting what must not be logged; all later ones do what they do."""
    whole: Callable[..., Any] = getattr(owner, name)
    broken: list[str] = []

    def once(*given: Any, **named: Any) -> Any:
        if not broken:
            broken.append(name)
            raise KeyError(SECRET)
        return whole(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, once)
        yield broken


def shown(qtbot: QtBot, kiosk: Kiosk, text: str) -> Verdict:
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        kiosk.present(text)
    assert caught.args is not None
    return caught.args[0]


def notices(kiosk: Kiosk, window: KioskWindow) -> list[str]:
    kiosk.show_status()
    text = window._scene.status.text
    assert text is not None
    return [notice.short for notice in text.notices]


def facts_of(folder: Path) -> list[Any]:
    with closing(Journal(folder / "kiosk.db", writer(), new_id)) as journal:
        assert journal.first_broken_link() is None
        return list(journal.every_fact())


def test_the_guest_over_whom_it_fails_gets_a_verdict_and_the_next_one_is_served(
    qtbot: QtBot, door: Door, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk, window = door
    assert shown(qtbot, kiosk, ticket(1)).outcome is Outcome.ADMITTED_OFFLINE
    assert notices(kiosk, window) == []
    with failing_once(monkeypatch, ScanLine, "_present"):
        failed = shown(qtbot, kiosk, ticket(2))
    assert (failed.outcome, failed.detail, failed.scan_id) == (Outcome.QUARANTINED, FaultDetail(), None)
    assert notices(kiosk, window) == ["program fault"]
    assert shown(qtbot, kiosk, ticket(2)).outcome is Outcome.ADMITTED_OFFLINE
    told = "".join(capsys.readouterr())
    assert ("KeyError" in told, "test_faults.py" in told, SECRET in told) == (True, True, False)


def test_a_scan_that_was_recorded_and_not_shown_is_asked_about(
    qtbot: QtBot, door: Door, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash: nobody knows whether the guest saw a light and went in, so it counts until staff say no."""
    kiosk, _ = door
    words = kiosk._staff._words
    with failing_once(monkeypatch, Journal, "record_shown"):
        assert shown(qtbot, kiosk, ticket(1)).outcome is Outcome.QUARANTINED
    qtbot.waitUntil(lambda: kiosk._staff.open_questions == 1, timeout=PATIENCE_MS)
    assert shown(qtbot, kiosk, ticket(1)).outcome is Outcome.ALREADY_USED
    (asked,) = words._questions
    words.remembered.emit(asked.scan, False)
    qtbot.waitUntil(lambda: kiosk._staff.open_questions == 0, timeout=PATIENCE_MS)
    clock = station.clock
    assert isinstance(clock, HandClock)
    clock.advance(10_000)
    assert shown(qtbot, kiosk, ticket(1)).outcome is Outcome.ADMITTED_OFFLINE
    kiosk.stop()
    facts = facts_of(station.folder)
    assert sum(isinstance(fact, Scan) for fact in facts) == 3
    assert sum(isinstance(fact, Shown) and fact.is_admission for fact in facts) == 1


def test_a_word_of_staff_that_it_fails_at_counts_for_nothing(
    qtbot: QtBot, door: Door, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, _ = door
    scan = shown(qtbot, kiosk, ticket(1)).scan_id
    with (
        failing_once(monkeypatch, StaffLine, "undo"),
        qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught,
    ):
        kiosk._staff._words.undone.emit(scan)
    assert caught.args is not None
    assert caught.args[0].outcome is Outcome.QUARANTINED
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        kiosk._staff._words.undone.emit(scan)
    assert caught.args is not None
    assert caught.args[0].outcome is Outcome.UNDONE


def test_a_sync_that_breaks_begins_anew_and_is_told(
    qtbot: QtBot, door: Door, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk, window = door
    monkeypatch.setattr(sync_worker, "RETRY_S", 0.01)
    qtbot.waitUntil(lambda: kiosk._sync._line is not None, timeout=PATIENCE_MS)
    before = kiosk._sync._line
    with failing_once(monkeypatch, SyncLine, "drain") as broken:
        kiosk._sync.wake()
        qtbot.waitUntil(lambda: bool(broken), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: kiosk._sync._line is not before, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: notices(kiosk, window) == ["program fault"], timeout=PATIENCE_MS)
    assert shown(qtbot, kiosk, ticket(1)).outcome is Outcome.ADMITTED_OFFLINE
    assert SECRET not in "".join(capsys.readouterr())


def test_a_sync_that_is_broken_rests_ever_longer_and_ends_when_it_is_told_to(
    qtbot: QtBot, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    worker = sync_worker.SyncWorker(station)

    def rest(seconds: float) -> bool:
        rests.append(seconds)
        if len(rests) == 8:
            worker.stop()
        return worker._stopper.is_set()

    monkeypatch.setattr(worker, "_run", lambda: 1 // 0)
    monkeypatch.setattr(worker._stopper, "wait", rest)
    worker.run_line()
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_verdict_that_cannot_be_shown_leaves_no_other_guests_on_the_screen(
    qtbot: QtBot, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, window = door
    assert shown(qtbot, kiosk, ticket(1)).is_admission
    assert window.face is Face.VERDICT
    with monkeypatch.context() as patch:
        patch.setattr(windows, "present", lambda *_: 1 // 0)
        assert shown(qtbot, kiosk, ticket(2)).is_admission
        assert window.face is not Face.VERDICT
        shown(qtbot, kiosk, ticket(3))
        assert window.face is not Face.VERDICT, "and what came before it need not have been one"
    assert notices(kiosk, window) == ["program fault"]
    assert shown(qtbot, kiosk, ticket(4)).is_admission
    assert window.face is Face.VERDICT


def test_codes_that_wait_behind_a_verdict_that_cannot_be_shown_have_their_turn(
    qtbot: QtBot, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, window = door
    told: list[Verdict] = []
    kiosk.verdict_shown.connect(told.append)
    monkeypatch.setattr(windows, "present", lambda *_: 1 // 0)
    window.codes_held.emit(True)
    for number in (1, 2, 3):
        kiosk.present(ticket(number))
    window.codes_held.emit(False)
    qtbot.waitUntil(lambda: len(told) == 3, timeout=PATIENCE_MS)
    assert [verdict.is_admission for verdict in told] == [True] * 3


def test_a_fault_anywhere_in_its_window_is_told_and_written_down_once_a_minute(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    with closing(Front(tmp_path, "demo", None)) as front, faults_told_to(front.take_fault):
        front.open()
        window = front.shown
        assert isinstance(window, KioskWindow)
        qtbot.addWidget(window)
        capsys.readouterr()
        faults: list[int] = []

        def break_down() -> None:
            faults.append(1)
            raise KeyError(SECRET)

        timer = QTimer(interval=1)
        timer.timeout.connect(break_down)
        timer.start()
        qtbot.waitUntil(lambda: len(faults) > 50, timeout=PATIENCE_MS)
        timer.stop()

        def is_told() -> bool:
            text = window._scene.status.text
            return text is not None and "program fault" in [notice.short for notice in text.notices]

        qtbot.waitUntil(is_told, timeout=PATIENCE_MS)
        window.close()
    told = "".join(capsys.readouterr())
    assert (told.count("KeyError"), SECRET in told) == (1, False)


def test_a_fault_is_news_for_a_while(door: Door, station: Station) -> None:
    kiosk, window = door
    kiosk.note_fault()
    clock = station.clock
    assert isinstance(clock, HandClock)
    clock.advance(FAULT_SHOWN_MS - 1)
    assert notices(kiosk, window) == ["program fault"]
    clock.advance(1)
    assert notices(kiosk, window) == []


def test_the_log_of_faults_names_each_place_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = [0.0]
    log = FaultLog("part", lambda: now_s[0])

    def fault(kind: type[Exception]) -> None:
        with pytest.raises(kind) as raised:
            raise kind(SECRET)
        log.note(raised.value)

    written = 0
    for seconds, kind, count in (
        (0.0, ValueError, 1),
        (AGAIN_S - 1, ValueError, 1),
        (AGAIN_S - 1, OSError, 2),
        (AGAIN_S, ValueError, 3),
        (AGAIN_S, ValueError, 3),
    ):
        now_s[0] = seconds
        fault(kind)
        written += "".join(capsys.readouterr()).count("part=")
        assert written == count
