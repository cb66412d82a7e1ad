"""A computer becomes a door before the eyes of two people: window, camera and worker together."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.device.file_camera import FileCamera
from app.errors import AppError
from app.kiosk.enrol_lane import EnrolLane
from app.kiosk.enrol_present import Asking, Beginning, Comparing, EnrolState, Loading, LoadStopped, Ready
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.enrolling import EnrolTrouble, Holds, Typed
from app.kiosk.words import load_kiosk_words
from app.paper.qr import qr_png
from core.sync.enrolment import text_of
from core.ticket.keyring import VerifyProfile
from tests.kiosk.enrollers import BEGUN, INVITATION, FakeEnroller
from tests.widgets.hostile import hostile_texts

WORDS = load_kiosk_words()
pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
NEWER = '{"doorlight":{"v":2,"url":"https://x","code":"y"}}'

Open = Callable[..., EnrolLane]


@pytest.fixture
def window(qtbot: QtBot) -> EnrolWindow:
    made = EnrolWindow(WORDS)
    qtbot.addWidget(made)
    made.resize(800, 480)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def enroller() -> FakeEnroller:
    return FakeEnroller()


@pytest.fixture
def lane(enroller: FakeEnroller, window: EnrolWindow) -> Iterator[EnrolLane]:
    made = EnrolLane(lambda: enroller, None, window, WORDS)
    made.start()
    yield made
    made.stop()


def until(qtbot: QtBot, lane: EnrolLane, kind: type[EnrolState]) -> EnrolState:
    """The state once it is of a kind."""
    qtbot.waitUntil(lambda: isinstance(lane.state, kind), timeout=PATIENCE_MS)
    return lane.state


def test_from_the_invitation_to_the_door(
    qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller, window: EnrolWindow
) -> None:
    states: list[EnrolState] = []
    lane.state_changed.connect(states.append)
    lane.take_text(text_of(INVITATION))
    assert until(qtbot, lane, Comparing) == Comparing(BEGUN)
    assert window._digits.text == "493 027"
    enroller.say_yes()
    assert until(qtbot, lane, Ready) == Ready(Holds(41_203, 41_203))
    assert states[:3] == [Beginning(), Comparing(BEGUN), Loading()]
    assert Loading(12_000_000, 35_000_000) in states
    assert enroller.wants == [INVITATION]
    assert enroller.threads == {"doorlight-enrol"} or "MainThread" not in enroller.threads
    with qtbot.waitSignal(lane.done, timeout=PATIENCE_MS):
        QTest.mouseClick(window._go_on, Qt.MouseButton.LeftButton)


def test_the_organizers_code_before_the_camera_is_taken(qtbot: QtBot, window: EnrolWindow, tmp_path: Path) -> None:
    picture = tmp_path / "invitation.png"
    picture.write_bytes(qr_png(text_of(INVITATION), scale=6))
    enroller = FakeEnroller()
    lane = EnrolLane(lambda: enroller, FileCamera(str(picture)), window, WORDS)
    lane.start()
    until(qtbot, lane, Comparing)
    lane.stop()
    assert enroller.wants == [INVITATION]


def test_address_and_code_may_be_typed(qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller) -> None:
    window = lane._window
    QTest.keyClicks(window._server, "tickets.example.org")
    QTest.keyClick(window._server, Qt.Key.Key_Return)
    assert window._code.hasFocus(), "Enter in the first of two empty fields goes to the second"
    QTest.keyClicks(window._code, "ABCD EFGH")
    QTest.keyClick(window._code, Qt.Key.Key_Return)
    until(qtbot, lane, Comparing)
    assert enroller.wants == [Typed("https://tickets.example.org", "ABCD EFGH")]


def test_a_hand_scanner_may_type_the_whole_code_into_any_field(
    qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller
) -> None:
    QTest.keyClicks(lane._window._server, text_of(INVITATION))
    QTest.keyClick(lane._window._server, Qt.Key.Key_Return)
    until(qtbot, lane, Comparing)
    assert enroller.wants == [INVITATION]
    assert lane._window._server.text() == ""


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("T1:ABCDEF", EnrolTrouble.NOT_AN_INVITATION),
        ("{}", EnrolTrouble.NOT_AN_INVITATION),
        (NEWER, EnrolTrouble.KIOSK_OUTDATED),
    ],
)
def test_another_code_is_said_to_be_none(lane: EnrolLane, text: str, trouble: EnrolTrouble) -> None:
    lane.take_text(text)
    assert lane.state == Asking(trouble)
    assert lane._window._trouble.text() == WORDS.enrol_troubles[trouble].title


@pytest.mark.parametrize("trouble", [EnrolTrouble.CODE_USED, EnrolTrouble.OTHER_SERVER, EnrolTrouble.UNREACHABLE])
def test_a_refusal_says_its_cure_and_lets_try_again(
    qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller, trouble: EnrolTrouble
) -> None:
    enroller.begins = trouble
    lane.take_text(text_of(INVITATION))
    qtbot.waitUntil(lambda: lane.state == Asking(trouble), timeout=PATIENCE_MS)
    assert lane._window._cure.text() == WORDS.enrol_troubles[trouble].step
    assert lane._window._connect_key.isEnabled()
    enroller.begins = BEGUN
    lane.take_text(text_of(INVITATION))
    until(qtbot, lane, Comparing)


def test_a_disk_that_fails_is_said(qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller) -> None:
    enroller.begins = AppError("vault_failed", name="credential", cause="disk full")
    lane.take_text(text_of(INVITATION))
    qtbot.waitUntil(lambda: lane.state == Asking(EnrolTrouble.STORAGE_FAILED), timeout=PATIENCE_MS)


def test_a_fault_of_the_programs_own_is_said_and_can_be_tried_again(
    qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller, capsys: pytest.CaptureFixture[str]
) -> None:
    enroller.begins = KeyError("what the invitation said")
    lane.take_text(text_of(INVITATION))
    qtbot.waitUntil(lambda: lane.state == Asking(EnrolTrouble.PROGRAM_FAULT), timeout=PATIENCE_MS)
    told = "".join(capsys.readouterr())
    assert ("KeyError" in told, "invitation said" in told) == (True, False)
    assert lane._window._connect_key.isEnabled()


def test_digits_that_nobody_confirms_end_in_a_cure(qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller) -> None:
    enroller.confirms = EnrolTrouble.NOT_CONFIRMED
    lane.take_text(text_of(INVITATION))
    until(qtbot, lane, Comparing)
    enroller.say_yes()
    qtbot.waitUntil(lambda: lane.state == Asking(EnrolTrouble.NOT_CONFIRMED), timeout=PATIENCE_MS)


def test_whoever_sees_other_digits_starts_over(qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller) -> None:
    lane.take_text(text_of(INVITATION))
    until(qtbot, lane, Comparing)
    QTest.mouseClick(lane._window._start_over, Qt.MouseButton.LeftButton)
    assert lane.state == Asking()
    lane.take_text(text_of(INVITATION))
    until(qtbot, lane, Comparing)
    assert len(enroller.wants) == 2


def test_a_download_that_breaks_goes_on_where_it_broke(qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller) -> None:
    enroller.loads = [EnrolTrouble.UNREACHABLE, Holds(7, 9)]
    enroller.say_yes()
    lane.take_text(text_of(INVITATION))
    assert until(qtbot, lane, LoadStopped) == LoadStopped(EnrolTrouble.UNREACHABLE)
    QTest.mouseClick(lane._window._go_on, Qt.MouseButton.LeftButton)
    assert until(qtbot, lane, Ready) == Ready(Holds(7, 9))
    assert len(enroller.wants) == 1, "the code is not spent twice"


def test_a_code_that_comes_in_the_middle_changes_nothing(qtbot: QtBot, lane: EnrolLane, enroller: FakeEnroller) -> None:
    lane.take_text(text_of(INVITATION))
    until(qtbot, lane, Comparing)
    lane.take_text("T1:ABC")
    assert lane.state == Comparing(BEGUN)


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(800, 480)], ids=["large", "small"])
def test_everything_is_named_and_large_enough_to_touch(window: EnrolWindow, size: QSize) -> None:
    window.resize(size)
    for state in (Asking(EnrolTrouble.OTHER_SERVER), Comparing(BEGUN), Ready(Holds(1, 1))):
        window.show_state(state)
        window.grab()
        touched = [each for kind in (QPushButton, QLineEdit) for each in window.findChildren(kind) if each.isVisible()]
        assert touched
        assert [each for each in touched if each.height() < 48 or not each.accessibleName()] == []


def test_tab_goes_from_field_to_field_to_key(window: EnrolWindow) -> None:
    window.show_state(Asking())
    window._server.setFocus()
    reached: list[QWidget | None] = []
    for _ in range(2):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(window.focusWidget())
    assert reached == [window._code, window._connect_key]


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(800, 480)], ids=["large", "small"])
def test_the_digits_can_be_read_from_afar(window: EnrolWindow, size: QSize) -> None:
    window.resize(size)
    longest = max(VerifyProfile, key=lambda profile: len(WORDS.thieves[profile]))
    window.show_state(Comparing(BEGUN.__class__("493 027", "E" * 64, "G" * 64, "N" * 64, longest, True)))
    window.grab()
    assert window._digits.text_px >= 0.16 * size.height()


def test_hostile_names_are_shown_literally(window: EnrolWindow) -> None:
    for text in hostile_texts(40):
        window.show_state(Comparing(BEGUN.__class__("493 027", text, text, text, VerifyProfile.SIG)))
        assert window._becomes.textFormat() is Qt.TextFormat.PlainText
        window.grab()
