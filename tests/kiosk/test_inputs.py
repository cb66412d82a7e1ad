"""The other ways into a lane, at a real window: scanner, clipboard, pictures; and what is said of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QClipboard, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.device.camera import grey_picture
from app.kiosk import inputs as module
from app.kiosk.input_words import InputNote
from app.kiosk.inputs import Inputs
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.paper.qr import qr_png
from core.model.codes import Symbology
from tests.device.pictures import OTHER, TICKET, code, door, with_codes
from tests.kiosk.keystrokes import Keyboard
from tests.kiosk.states import StillClock
from tests.kiosk.verdicts import ZONE

SOON_MS = 15_000


@dataclass
class Stand:
    window: KioskWindow
    inputs: Inputs
    clipboard: QClipboard
    codes: list[str] = field(default_factory=list)
    notes: list[InputNote | None] = field(default_factory=list)

    @property
    def keyboard(self) -> Keyboard:
        handle = self.window.windowHandle()
        assert handle is not None
        return Keyboard(handle)


@pytest.fixture
def stand(qtbot: QtBot, clipboard: QClipboard) -> Iterator[Stand]:
    window = KioskWindow(load_kiosk_words(), ZONE, StillClock())
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    inputs = Inputs(window, StillClock())
    made = Stand(window, inputs, clipboard)
    inputs.code_given.connect(made.codes.append)
    inputs.note_changed.connect(lambda: made.notes.append(inputs.note))
    inputs.start()
    yield made
    inputs.stop()


def paste(stand: Stand, data: QMimeData) -> None:
    stand.clipboard.setMimeData(data)
    QTest.keyClick(stand.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def text_of(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


def drop(stand: Stand, data: QMimeData) -> bool:
    """Drags something over the window and lets go of it; whether the window took it."""
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    over = QDragEnterEvent(QPoint(5, 5), *how)
    QApplication.sendEvent(stand.window, over)
    if not over.isAccepted():
        QApplication.sendEvent(stand.window, QDragLeaveEvent())
        return False
    event = QDropEvent(QPoint(5, 5), *how)
    QApplication.sendEvent(stand.window, event)
    return event.isAccepted()


# --- the scanner -------------------------------------------------------------------------------------------------


def test_a_scanned_code_is_given_to_the_lane(stand: Stand) -> None:
    stand.keyboard.scan(TICKET)
    assert (stand.codes, stand.notes) == ([TICKET], [])


def test_caps_lock_is_said_until_a_sound_code_comes_and_costs_no_guest_a_scan(stand: Stand) -> None:
    keyboard = stand.keyboard
    keyboard.scan(TICKET.lower())
    assert (stand.codes, stand.inputs.note) == ([TICKET], InputNote.CAPS_LOCK)
    keyboard.scan(OTHER)
    assert (stand.codes, stand.inputs.note) == ([TICKET, OTHER], None)


def test_another_countrys_keys_are_said_and_no_guest_is_refused_for_them(stand: Stand) -> None:
    keyboard = stand.keyboard
    keyboard.scan("T1Ö" + TICKET[3:])
    assert (stand.codes, stand.inputs.note) == ([], InputNote.SCANNER_LAYOUT)
    keyboard.scan("ABß123")
    assert (stand.codes, stand.inputs.note) == (["ABß123"], InputNote.SCANNER_LAYOUT)
    keyboard.scan(TICKET)
    assert stand.inputs.note is None


def test_no_key_of_the_window_is_pressed_by_a_scan(stand: Stand) -> None:
    for key in stand.window._scene.actions.keys:
        key.setFocus(Qt.FocusReason.TabFocusReason)
        stand.keyboard.scan(f"A B{id(key)} C")
    assert stand.window.desk.sheet is None
    assert len(stand.codes) == len(stand.window._scene.actions.keys)


# --- clipboard, drop, file ---------------------------------------------------------------------------------------


def test_pasted_text_is_a_code_wherever_no_field_has_the_focus(stand: Stand) -> None:
    paste(stand, text_of(f" {TICKET}\n"))
    assert stand.codes == [TICKET]
    field_ = QLineEdit(stand.window)
    field_.show()
    field_.setFocus()
    QTest.keyClick(field_, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field_.text().strip() == TICKET
    assert stand.codes == [TICKET]


def test_a_pasted_screenshot_is_searched(stand: Stand, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setImageData(grey_picture(with_codes(code(TICKET))))
    with qtbot.waitSignal(stand.inputs.code_given, timeout=SOON_MS):
        paste(stand, data)
    assert (stand.codes, stand.notes) == ([TICKET], [InputNote.LOOKING, None])


def test_a_dropped_picture_file_is_searched_and_nothing_else_is_taken(
    stand: Stand, qtbot: QtBot, tmp_path: Path
) -> None:
    picture, script = tmp_path / "ticket.png", tmp_path / "ticket.sh"
    picture.write_bytes(qr_png(TICKET, scale=6))
    script.write_text("reboot", "utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(script))])
    assert not drop(stand, data)
    data.setUrls([QUrl.fromLocalFile(str(script)), QUrl.fromLocalFile(str(picture))])
    with qtbot.waitSignal(stand.inputs.code_given, timeout=SOON_MS):
        assert drop(stand, data)
    assert stand.codes == [TICKET]


@pytest.mark.parametrize(
    ("picture", "note"),
    [
        (lambda: grey_picture(door()), InputNote.NO_CODE),
        (lambda: grey_picture(with_codes(code(TICKET), code(OTHER))), InputNote.SEVERAL_CODES),
        (QImage, InputNote.NO_PICTURE),
        (lambda: Path("nobody-has-this.png"), InputNote.NO_PICTURE),
    ],
)
def test_a_picture_without_one_code_is_said(stand: Stand, qtbot: QtBot, picture: object, note: InputNote) -> None:
    stand.inputs.search(picture())  # type: ignore[operator]
    qtbot.waitUntil(lambda: stand.inputs.note is note, timeout=SOON_MS)
    assert stand.codes == []


def test_a_note_leaves_by_itself(stand: Stand, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.inputs._ending.setInterval(20)
    stand.inputs.take_handed(None)
    assert stand.inputs.note is InputNote.NOTHING
    qtbot.waitUntil(lambda: stand.inputs.note is None, timeout=SOON_MS)
    assert module.NOTE_MS >= 5_000


def test_other_kinds_of_code_are_searched_for_where_an_event_has_them(stand: Stand, qtbot: QtBot) -> None:
    from tests.device.test_symbologies import USUAL, drawn

    picture = grey_picture(drawn(Symbology.CODE128, USUAL))
    stand.inputs.search(picture)
    qtbot.waitUntil(lambda: stand.inputs.note is InputNote.NO_CODE, timeout=SOON_MS)
    stand.inputs.look_for((Symbology.QR, Symbology.CODE128))
    with qtbot.waitSignal(stand.inputs.code_given, timeout=SOON_MS):
        stand.inputs.search(picture)
    assert stand.codes == [USUAL]
