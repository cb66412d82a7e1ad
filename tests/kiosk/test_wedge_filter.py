"""Hand scanners at a real window: their keys press nothing and fill nothing, and a person's keys arrive as typed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.kiosk.wedge_filter import WedgeFilter
from core.gate.wedge import GAP_MS, TWICE_MS
from tests.kiosk.keystrokes import Keyboard
from tests.support.door import ticket

TICKET = ticket(1)
SOON_MS = 20_000


@dataclass
class Desk:
    """A window with a field and a button, and the filter before it."""

    window: QWidget
    field_: QLineEdit
    button: QPushButton
    filter: WedgeFilter
    codes: list[str] = field(default_factory=list)
    presses: list[bool] = field(default_factory=list)

    @property
    def handle(self) -> QWindow:
        found = self.window.windowHandle()
        assert found is not None
        return found

    @property
    def keyboard(self) -> Keyboard:
        return Keyboard(self.handle)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    window, field_, button = QWidget(), QLineEdit(), QPushButton("Undo")
    button.setAutoDefault(True)
    column = QVBoxLayout(window)
    column.addWidget(field_)
    column.addWidget(button)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made = Desk(window, field_, button, WedgeFilter(window, lambda: 0))
    made.filter.code_scanned.connect(made.codes.append)
    button.clicked.connect(lambda: made.presses.append(True))
    made.filter.start()
    yield made
    made.filter.stop()


@pytest.mark.parametrize("end", ["\r", "\t", "\r\r", "\t\r"])
@pytest.mark.parametrize("focus", ["field_", "button", "window"])
def test_a_scan_reaches_the_lane_alone_wherever_the_focus_is(desk: Desk, focus: str, end: str) -> None:
    getattr(desk, focus).setFocus()
    had = desk.window.focusWidget()
    desk.keyboard.scan(TICKET, end)
    assert desk.codes == [TICKET]
    assert (desk.field_.text(), desk.presses, desk.window.focusWidget()) == ("", [], had)


def test_a_scanner_without_enter_is_a_code_once_it_is_quiet(desk: Desk, qtbot: QtBot) -> None:
    desk.field_.setFocus()
    with qtbot.waitSignal(desk.filter.code_scanned, timeout=SOON_MS):
        desk.keyboard.scan(TICKET, "")
    assert (desk.codes, desk.field_.text()) == ([TICKET], "")


def test_a_code_with_spaces_presses_no_button(desk: Desk) -> None:
    desk.button.setFocus()
    desk.keyboard.scan("AB 12 CD 34 EF")
    assert (desk.codes, desk.presses) == (["AB 12 CD 34 EF"], [])


def test_a_doubled_scan_is_one(desk: Desk) -> None:
    keyboard = desk.keyboard
    keyboard.type(TICKET + "\r" + TICKET + "\r", 5)
    keyboard.type(TICKET + TICKET + "\r", 5)
    assert desk.codes == [TICKET]
    keyboard.at_ms += TWICE_MS
    keyboard.scan(TICKET)
    assert desk.codes == [TICKET, TICKET]


def test_typing_arrives_in_order_and_enter_behind_it(desk: Desk, qtbot: QtBot) -> None:
    desk.field_.setFocus()
    entered: list[str] = []
    desk.field_.returnPressed.connect(lambda: entered.append(desk.field_.text()))
    desk.keyboard.type("Müller 7\r", 60)
    assert (entered, desk.codes) == (["Müller 7"], [])


def test_the_last_letter_arrives_by_itself(desk: Desk, qtbot: QtBot) -> None:
    desk.field_.setFocus()
    desk.keyboard.type("Ana", 120)
    qtbot.waitUntil(lambda: desk.field_.text() == "Ana", timeout=SOON_MS)


def test_space_presses_the_button_that_a_person_chose(desk: Desk, qtbot: QtBot) -> None:
    desk.button.setFocus()
    desk.keyboard.press(" ", 500)
    qtbot.waitUntil(lambda: len(desk.presses) == 1, timeout=SOON_MS)
    desk.keyboard.press("\r", 500)
    assert len(desk.presses) == 2


def test_commands_and_other_keys_pass_at_once(desk: Desk) -> None:
    desk.field_.setFocus()
    desk.field_.setText("abc")
    desk.field_.setCursorPosition(3)
    keyboard = desk.keyboard
    keyboard.press("\x01", 5, key=Qt.Key.Key_A, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert desk.field_.selectedText() == "abc"
    keyboard.press("", 5, key=Qt.Key.Key_Backspace)
    assert desk.field_.text() == ""


def test_capitals_are_part_of_a_code(desk: Desk) -> None:
    keyboard = desk.keyboard
    for letter in TICKET:
        keyboard.press("", 1, key=Qt.Key.Key_Shift)
        keyboard.press(letter, 4, modifiers=Qt.KeyboardModifier.ShiftModifier)
    keyboard.press("\r", 5)
    assert desk.codes == [TICKET]


def test_a_key_that_is_leant_on_is_no_scanner(desk: Desk, qtbot: QtBot) -> None:
    desk.field_.setFocus()
    keyboard = desk.keyboard
    keyboard.press("a", 500)
    for _ in range(20):
        keyboard.press("a", 30, is_repeat=True)
    keyboard.press("\r", 30)
    assert desk.codes == []
    assert set(desk.field_.text()) == {"a"}


def test_a_busy_window_makes_nobody_fast(desk: Desk) -> None:
    """Typed slowly, handled all at once: the keys bring the system's time with them."""
    desk.field_.setFocus()
    desk.keyboard.type("Summer Night\r", GAP_MS + 60)
    assert (desk.codes, desk.field_.text()) == ([], "Summer Night")


def test_a_dialog_over_the_window_hears_no_scanner_either(desk: Desk, qtbot: QtBot) -> None:
    dialog = QDialog(desk.window)
    field_ = QLineEdit(dialog)
    dialog.show()
    handle = dialog.windowHandle()
    assert handle is not None
    handle.requestActivate()
    qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is handle, timeout=SOON_MS)
    field_.setFocus()
    Keyboard(handle).scan(TICKET)
    assert (desk.codes, field_.text(), dialog.isVisible()) == ([TICKET], "", True)
    dialog.close()


def test_two_kiosks_in_one_program_hear_their_own_scanners_alone(desk: Desk, qtbot: QtBot) -> None:
    """As the demo has them: each filter stands at its own window."""
    other = QWidget()
    qtbot.addWidget(other)
    codes: list[str] = []
    second = WedgeFilter(other, lambda: 0)
    second.code_scanned.connect(codes.append)
    second.start()
    other.show()
    handle = other.windowHandle()
    assert handle is not None
    desk.keyboard.scan(TICKET)
    assert (desk.codes, codes) == ([TICKET], [])
    handle.requestActivate()
    qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is handle, timeout=SOON_MS)
    Keyboard(handle).scan(TICKET)
    assert (desk.codes, codes) == ([TICKET], [TICKET])
    second.stop()


def test_without_the_filter_a_scanner_would_fill_the_field_and_press_enter(desk: Desk) -> None:
    """Negative control: what the same keys do where nobody stands before the window."""
    desk.filter.watch(None)
    entered: list[str] = []
    desk.field_.returnPressed.connect(lambda: entered.append(desk.field_.text()))
    desk.field_.setFocus()
    desk.keyboard.scan(TICKET)
    assert (entered, desk.codes) == ([TICKET], [])
