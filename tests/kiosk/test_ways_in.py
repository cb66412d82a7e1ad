"""A whole kiosk on a real journal: every way in which a code can come, and that none of them holds up the window."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic_ns, thread_time
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.device import device_camera
from app.device.device_camera import DeviceCamera, Named
from app.kiosk.camera_sheet import CameraSheet
from app.kiosk.input_words import InputNote
from app.kiosk.kiosk import Kiosk
from app.kiosk.sheet import SheetName
from app.kiosk.typing_sheet import TypingSheet
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.paper.qr import qr_png
from app.runtime.station import Station
from app.settings import SETTINGS_FILE, load_settings
from core.gate.keyboards import keyed
from core.gate.screen import Face
from core.gate.verdict import Verdict
from core.model.codes import CodeRules, Symbology
from core.model.outcomes import Outcome
from core.model.settings import CameraSettings, Region
from core.sync.manifest import row_of
from tests.kiosk.keystrokes import Keyboard
from tests.kiosk.test_lookout import FRONT, HAND, Plugs
from tests.runtime.people_rig import PARTY, stick, with_guests
from tests.support.door import SUMMER_NIGHT, taken, ticket
from tests.support.hostile import hostile_texts

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
MOST_WORK_MS = 50
"""Of the window's own thread between two beats of its loop (G14)."""
LONGEST_PAUSE_MS = 1_000
"""Between two beats by the clock on the wall, on a machine with other work."""


@pytest.fixture
def window(qtbot: QtBot, station: Station) -> KioskWindow:
    made = KioskWindow(load_kiosk_words(), ZoneInfo("UTC"), station.clock)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def kiosk(station: Station, window: KioskWindow) -> Iterator[Kiosk]:
    made = Kiosk(station, None, window)
    made.start()
    yield made
    made.stop()


def keyboard_of(window: KioskWindow) -> Keyboard:
    handle = window.windowHandle()
    assert handle is not None
    return Keyboard(handle)


def test_a_scan_a_paste_a_file_and_a_typed_code_let_guests_in(
    qtbot: QtBot, kiosk: Kiosk, window: KioskWindow, clipboard: QClipboard, tmp_path: Path
) -> None:
    """Without any camera: each way ends in a verdict, and what was open has stepped aside for it."""
    keyboard, shown = keyboard_of(window), list[Outcome]()
    kiosk.verdict_shown.connect(lambda verdict: shown.append(verdict.outcome))
    keyboard.scan("\\000026" + ticket(1), "\r\r")  # A3: an ECI marker before, CR and LF behind
    qtbot.waitUntil(lambda: len(shown) == 1, timeout=PATIENCE_MS)
    data = QMimeData()
    data.setText(ticket(2))
    clipboard.setMimeData(data)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(shown) == 2, timeout=PATIENCE_MS)
    (tmp_path / "ticket.png").write_bytes(qr_png(ticket(3), scale=6))
    kiosk._inputs.search(tmp_path / "ticket.png")
    qtbot.waitUntil(lambda: len(shown) == 3, timeout=PATIENCE_MS)
    window.desk.touch(SheetName.CODE)
    sheet = window.desk.sheet
    assert isinstance(sheet, TypingSheet)
    keyboard.scan(ticket(4))  # a scanner fills no field of a sheet
    qtbot.waitUntil(lambda: len(shown) == 4, timeout=PATIENCE_MS)
    assert window.desk.sheet is None
    window.desk.touch(SheetName.CODE)
    sheet = window.desk.sheet
    assert isinstance(sheet, TypingSheet)
    assert sheet.field.text() == ""
    sheet.field.setText(" ".join(ticket(5)[at : at + 4] for at in range(0, len(ticket(5)), 4)).lower())
    sheet.check()
    qtbot.waitUntil(lambda: len(shown) == 5, timeout=PATIENCE_MS)
    assert shown == [Outcome.ADMITTED_OFFLINE] * 5
    assert (window.face, window.desk.sheet) == (Face.VERDICT, None)


def test_a_typed_number_is_a_guest_of_the_list_or_held_for_a_supervisor(
    qtbot: QtBot, station: Station, window: KioskWindow, tmp_path: Path
) -> None:
    assert station.take_manifest_from(stick(tmp_path / "stick", with_guests(version=2))) is None
    kiosk = Kiosk(station, None, window)
    kiosk.start()
    kiosk._people.look()  # as after the first scan, or the first word of a server
    qtbot.waitUntil(lambda: kiosk._people._state.is_loaded, timeout=PATIENCE_MS)

    def typed(tid: bytes) -> TypingSheet:
        window.desk.touch(SheetName.CODE)
        sheet = window.desk.sheet
        assert isinstance(sheet, TypingSheet)
        sheet.field.setText(tid.hex())
        sheet.check()
        return sheet

    slip = (int.from_bytes(PARTY[0].tid) ^ 1).to_bytes(8)
    sheet = typed(slip)
    qtbot.waitUntil(lambda: sheet.text.wrong == (4,), timeout=PATIENCE_MS)
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        sheet.check()  # staff have compared it and mean it
    assert caught.args is not None
    assert caught.args[0].outcome is Outcome.UNLISTED
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        typed(PARTY[0].tid)
    assert caught.args is not None
    assert caught.args[0].outcome is Outcome.CONFIRM_IDENTITY
    kiosk.stop()


def test_what_a_scanner_s_keyboard_does_is_said_in_the_strip(qtbot: QtBot, kiosk: Kiosk, window: KioskWindow) -> None:
    keyboard_of(window).scan("T1Ö" + ticket(1)[3:])
    notice = window._notice.notice
    assert notice is not None
    assert notice.text == load_kiosk_words().input_notes[InputNote.SCANNER_LAYOUT]
    assert window.face is not Face.VERDICT, "no guest is refused for it"


def test_the_camera_is_set_on_its_sheet_and_remembered(
    qtbot: QtBot, station: Station, window: KioskWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugs = Plugs(monkeypatch)
    plugs.devices = [FRONT, HAND]
    camera = DeviceCamera(0)
    kiosk = Kiosk(station, camera, window)
    kiosk.start()
    qtbot.waitUntil(lambda: camera.name == "Front", timeout=PATIENCE_MS)
    window.desk.touch(SheetName.CAMERA)
    sheet = window.desk.sheet
    assert isinstance(sheet, CameraSheet)
    sheet.next_key.click()
    qtbot.waitUntil(lambda: camera.name == "Hand", timeout=PATIENCE_MS)
    sheet.mirror_key.click()
    sheet.picker.part_chosen.emit(Region(10, 10, 50, 50))
    wanted = CameraSettings(device="Hand", is_mirrored=True, region=Region(10, 10, 50, 50))
    assert load_settings(station.folder).settings.camera == wanted
    assert sheet.text.name == load_kiosk_words().camera_sheet.use.fill(name="Hand")
    kiosk.stop()
    assert json.loads((station.folder / SETTINGS_FILE).read_text())["camera.device"] == "Hand"
    again = DeviceCamera(0)
    kiosk = Kiosk(station, again, window)
    kiosk.start()
    qtbot.waitUntil(lambda: again.name == "Hand", timeout=PATIENCE_MS)
    assert device_camera.choices_of([FRONT, HAND])[1] == Named("Hand", "Hand")
    kiosk.stop()


def test_an_events_kinds_of_code_are_looked_for_once_its_manifest_is_here(
    qtbot: QtBot, station: Station, kiosk: Kiosk
) -> None:
    assert kiosk._lookout._symbologies == (Symbology.QR,)
    event = replace(SUMMER_NIGHT, codes=CodeRules(symbologies=(Symbology.QR, Symbology.AZTEC)))
    station.box.adopt(taken(2, policy=row_of(event)), station.clock.at_ms)  # type: ignore[attr-defined]
    kiosk.show_status()
    assert kiosk._lookout._symbologies == kiosk._inputs._symbologies == (Symbology.QR, Symbology.AZTEC)


class Pulse:
    """The window's loop, as it beats: how often, the most work between two beats, and the longest pause."""

    def __init__(self) -> None:
        self.beats = 0
        self.work_ms = self.pause_ms = 0.0
        self._worked_s, self._last_ns = thread_time(), monotonic_ns()
        self._timer = QTimer(interval=1)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        worked_s, now = thread_time(), monotonic_ns()
        self.beats += 1
        self.work_ms = max(self.work_ms, (worked_s - self._worked_s) * 1_000)
        self.pause_ms = max(self.pause_ms, (now - self._last_ns) / 1e6)
        self._worked_s, self._last_ns = worked_s, now

    def stop(self) -> None:
        self._timer.stop()


@pytest.mark.slow
def test_500_hostile_codes_by_every_way_in_never_hold_up_the_window(  # G14
    qtbot: QtBot, kiosk: Kiosk, station: Station, window: KioskWindow, clipboard: QClipboard
) -> None:
    """Typed by a scanner, pasted, handed over by the camera: each has its verdict, painted, and the loop beats on."""
    texts = [text for text in hostile_texts() if text][:500]
    assert len(texts) == 500
    verdicts: list[Verdict] = []
    painted: list[Verdict] = []
    kiosk.verdict_shown.connect(verdicts.append)
    window.verdict_painted.connect(painted.append)
    keyboard, pulse = keyboard_of(window), Pulse()
    for number, text in enumerate(texts):
        with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
            match number % 3:
                case 0 if text.isprintable() and 4 <= len(text) <= 600 and keyed(text).is_whole:
                    keyboard.scan(text)
                case 1 if text.strip() and text == text.strip() and "\n" not in text and text.isprintable():
                    data = QMimeData()
                    data.setText(text)
                    clipboard.setMimeData(data)
                    kiosk._inputs.paste()
                case _:
                    kiosk.present(text)
    pulse.stop()
    assert len(verdicts) == len(painted) == 500
    assert not any(verdict.is_admission for verdict in verdicts)
    assert pulse.beats >= 500 // 4, "the loop went on beating; on a busy machine several verdicts share a beat"
    assert pulse.work_ms < MOST_WORK_MS
    assert pulse.pause_ms < LONGEST_PAUSE_MS
    assert station.summary().shown >= 30
    assert window.desk.sheet is None


@pytest.mark.parametrize("is_busy", [True, False], ids=["works", "waits"])
def test_a_loop_that_stands_still_is_noticed(qtbot: QtBot, is_busy: bool) -> None:
    """Negative control of the pulse: the window's thread works for too long, or waits for something."""
    pulse = Pulse()
    qtbot.waitUntil(lambda: pulse.beats > 3, timeout=PATIENCE_MS)
    began_s = thread_time()
    while is_busy and thread_time() - began_s < (MOST_WORK_MS + 10) / 1_000:
        pass
    if not is_busy:
        Event().wait((LONGEST_PAUSE_MS + 10) / 1_000)
    beats = pulse.beats
    qtbot.waitUntil(lambda: pulse.beats > beats, timeout=PATIENCE_MS)
    pulse.stop()
    assert pulse.work_ms > MOST_WORK_MS if is_busy else pulse.pause_ms > LONGEST_PAUSE_MS


def test_a_chosen_picture_is_searched_and_nothing_can_be_done_to_files(
    qtbot: QtBot, kiosk: Kiosk, window: KioskWindow, tmp_path: Path
) -> None:
    (tmp_path / "ticket.png").write_bytes(qr_png(ticket(6), scale=6))
    (tmp_path / "ticket.sh").write_text("reboot", "utf-8")
    window.desk.touch(SheetName.CODE)
    sheet = window.desk.sheet
    assert isinstance(sheet, TypingSheet)
    sheet.picture_key.click()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.testOption(QFileDialog.Option.ReadOnly)
    assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.fileSelected.emit(str(tmp_path / "ticket.sh"))
    assert kiosk._inputs.note is None
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
        dialog.fileSelected.emit(str(tmp_path / "ticket.png"))
    dialog.reject()
    assert caught.args is not None
    assert caught.args[0].outcome is Outcome.ADMITTED_OFFLINE
