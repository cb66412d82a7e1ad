"""The kiosk put together, on a real journal: it starts without camera, loudspeaker and server, and goes on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.device.file_camera import FileCamera
from app.kiosk.kiosk import Kiosk
from app.kiosk.sheet import Sheet
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.paper.qr import qr_png
from app.runtime.station import Station
from app.settings import Profile
from core.gate.screen import Face
from core.gate.verdict import Verdict
from core.model.outcomes import Outcome, Source
from core.sync.health import Link
from tests.support.door import DEVICE, EVENT, ROOT, HandClock, fill_vault, forged, signed, ticket
from tests.support.hostile import hostile_texts

NOBODY_LISTENS = "http://127.0.0.1:9"
PROFILE = Profile(
    server=NOBODY_LISTENS,
    event=UUID(EVENT.hex),
    event_name="Summer Night",
    device=UUID(DEVICE.hex),
    device_name="North 1",
    gate="north",
    incarnation=1,
    root_key=ROOT.hex(),
)
pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000


@pytest.fixture
def window(qtbot: QtBot, station: Station) -> KioskWindow:
    made = KioskWindow(load_kiosk_words(), ZoneInfo("UTC"), station.clock)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def kiosk(station: Station, window: KioskWindow) -> Iterator[Kiosk]:
    made = Kiosk(station, None, window)
    made.start()
    yield made
    made.stop()


def shown(qtbot: QtBot, kiosk: Kiosk, text: str) -> Verdict:
    """The verdict that the window gets for a presented text."""
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        kiosk.present(text)
    assert caught.args is not None
    return caught.args[0]


def test_without_camera_sound_and_server_a_guest_is_let_in(qtbot: QtBot, kiosk: Kiosk, window: KioskWindow) -> None:
    assert window.face is Face.TROUBLE, "the missing camera is said"
    verdict = shown(qtbot, kiosk, ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
    assert window.face is Face.VERDICT


def test_the_next_guest_replaces_the_verdict_at_once(qtbot: QtBot, kiosk: Kiosk, station: Station) -> None:
    assert shown(qtbot, kiosk, ticket(1)).is_admission
    station.clock.advance(1_000)
    assert shown(qtbot, kiosk, forged(2)).outcome is Outcome.BAD_SIGNATURE


def test_the_first_verdict_has_the_events_own_time(
    qtbot: QtBot, kiosk: Kiosk, window: KioskWindow, station: Station
) -> None:
    """The manifest came after the window was made: its time zone holds for the very next guest."""
    window.show_time_zone(ZoneInfo("UTC"))
    shown(qtbot, kiosk, ticket(1))
    assert window._zone == ZoneInfo("Europe/Berlin")
    assert station.box.version == 1


def test_what_is_shown_is_in_the_journal_and_queued(qtbot: QtBot, kiosk: Kiosk, station: Station) -> None:
    shown(qtbot, kiosk, ticket(1))
    summary = station.summary()
    assert (summary.scans, summary.shown, summary.waiting) == (1, 1, 2)
    assert summary.by_outcome == {"admitted_offline": 1}


def test_a_server_that_is_not_there_is_said(qtbot: QtBot, kiosk: Kiosk, station: Station) -> None:
    qtbot.waitUntil(lambda: station.link.health.failures > 0, timeout=PATIENCE_MS)
    assert station.link.health.link is Link.OFFLINE
    kiosk.show_status()


def test_a_restart_goes_on_counting(qtbot: QtBot, station: Station, window: KioskWindow) -> None:
    for _ in range(2):
        kiosk = Kiosk(station, None, window)
        kiosk.start()
        verdict = shown(qtbot, kiosk, ticket(1))
        kiosk.stop()
    assert verdict.outcome is Outcome.ALREADY_USED
    assert station.summary().shown == 2


def test_a_picture_in_front_of_the_camera_becomes_a_verdict(
    qtbot: QtBot, station: Station, window: KioskWindow, tmp_path: Path
) -> None:
    picture = tmp_path / "ticket.png"
    picture.write_bytes(qr_png(ticket(7), scale=8))
    kiosk = Kiosk(station, FileCamera(str(picture)), window)
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        kiosk.start()
    kiosk.stop()
    assert caught.args is not None
    assert caught.args[0].outcome is Outcome.ADMITTED_OFFLINE
    assert kiosk.latencies_ms, "the way from frame to painted verdict was measured"


def test_a_code_held_for_long_is_one_scan(qtbot: QtBot, station: Station, window: KioskWindow, tmp_path: Path) -> None:
    picture = tmp_path / "ticket.png"
    picture.write_bytes(qr_png(ticket(7), scale=8))
    camera = FileCamera(str(picture))
    frames: list[object] = []
    kiosk = Kiosk(station, camera, window)
    camera.frame_arrived.connect(frames.append)
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
        kiosk.start()
    qtbot.waitUntil(lambda: len(frames) >= 8, timeout=PATIENCE_MS)
    kiosk.stop()
    assert station.summary().scans == 1


def test_a_damaged_journal_is_said_to_every_guest(qtbot: QtBot, station: Station, window: KioskWindow) -> None:  # G5
    station.journal_path.write_bytes(b"no database at all" * 1000)
    kiosk = Kiosk(station, None, window)
    kiosk.start()
    told = [shown(qtbot, kiosk, ticket(number)) for number in (1, 2)]
    kiosk.stop()
    assert [verdict.outcome for verdict in told] == [Outcome.STORAGE_FAILED] * 2
    assert window.face is Face.VERDICT


def test_the_stored_lists_are_loaded_beside_the_window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: KioskWindow
) -> None:
    """A kiosk without a server starts with what it holds, and says so meanwhile."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    folder = tmp_path / "second"
    fill_vault(folder)
    held, clock, stick = signed(7), HandClock(), tmp_path / "stick"
    (stick / "files").mkdir(parents=True)
    (stick / "manifest.json").write_bytes(held.body)
    (stick / "manifest.sig").write_text(held.signature)
    for name, body in held.files.items():
        (stick / "files" / name).write_bytes(body)
    with closing(Station(folder, PROFILE, clock)) as station:
        assert station.take_manifest_from(stick) is None
    with closing(Station(folder, PROFILE, clock)) as station:
        kiosk = Kiosk(station, None, window)
        assert station.box.taken is None
        kiosk.start()
        qtbot.waitUntil(lambda: station.box.version == 7 and not kiosk.standing.is_loading, timeout=PATIENCE_MS)
        kiosk.stop()


class _Question(Sheet):
    holds_codes = True


def test_a_code_that_comes_while_a_page_wants_an_answer_is_kept_and_scanned_after_it(
    qtbot: QtBot, kiosk: Kiosk, window: KioskWindow, station: Station
) -> None:
    """Two codes: the second waits until the first one's verdict has been read."""
    shown(qtbot, kiosk, ticket(1))
    window.desk.show(_Question("A question"))
    for number in (2, 1, 3, 2):  # the guest who is asked, and one who shows the code twice, wait no further time
        kiosk.present(ticket(number))
    qtbot.waitUntil(lambda: window._scene.frame.waiting.startswith("2"), timeout=PATIENCE_MS)
    assert station.summary().scans == 1, "nothing is taken while the page is open"
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
        window.desk.close()
    qtbot.waitUntil(lambda: window._scene.waiting.text() == load_kiosk_words().sheet.waits, timeout=PATIENCE_MS)
    assert station.summary().scans == 2
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
        window.clear()
    assert station.summary().by_outcome == {"admitted_offline": 3}
    qtbot.waitUntil(lambda: not window._scene.waiting.isVisible(), timeout=PATIENCE_MS)


@pytest.mark.slow
def test_500_hostile_codes_never_hold_up_the_window(qtbot: QtBot, kiosk: Kiosk, station: Station) -> None:  # G14
    texts = list(hostile_texts())
    beats, verdicts = [0], [0]
    beat = QTimer(interval=1)
    beat.timeout.connect(lambda: beats.__setitem__(0, beats[0] + 1))
    beats_between: list[int] = []

    def count(_: object) -> None:
        verdicts[0] += 1
        beats_between.append(beats[0])

    kiosk.verdict_shown.connect(count)
    beat.start()
    for number, text in enumerate(texts):
        with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
            kiosk.present(text)
        assert verdicts[0] == number + 1
    beat.stop()
    assert beats[0] >= len(texts) // 4, "the window's loop went on beating"
    assert 30 <= station.summary().shown <= len(texts), "strangers beyond 30 a minute share one counted row"
