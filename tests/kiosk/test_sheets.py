"""Pages over the window: one at a time, none in the way of a verdict, and none through which a code slips."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from app.kiosk.help_page import HelpPage
from app.kiosk.more_sheet import MoreSheet
from app.kiosk.sheet import BIG_KEYS, Offer, Sheet, SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState, KioskWords, load_kiosk_words, read_kiosk_words
from app.widgets.form import key
from app.widgets.words import load_tables
from core.gate.screen import Face
from core.model.outcomes import Outcome
from core.model.roles import Right
from tests.kiosk.states import ONLINE, StillClock
from tests.kiosk.verdicts import ZONE, verdict
from tests.support.pseudo_locale import lengthened

WORDS = load_kiosk_words()
LARGE, SMALL = QSize(1280, 800), QSize(800, 480)


class Question(Sheet):
    """A page that wants an answer."""

    holds_codes = True

    def __init__(self) -> None:
        super().__init__("A question")
        self.answered = False
        self.yes: QPushButton = key("Yes", self)
        self.yes.clicked.connect(self.done)
        self.left.connect(self._be_left)
        QVBoxLayout(self).addWidget(self.yes)

    def _be_left(self) -> None:
        self.answered = True


def opened(qtbot: QtBot, words: KioskWords = WORDS, size: QSize = LARGE) -> KioskWindow:
    window = KioskWindow(words, ZONE, StillClock())
    qtbot.addWidget(window)
    window.resize(size)
    window.show_camera_state(CameraState.WORKING)
    window.show_status(ONLINE)
    window.show()
    return window


@pytest.fixture
def window(qtbot: QtBot) -> KioskWindow:
    return opened(qtbot)


def test_one_sheet_is_open_at_a_time_and_escape_closes_it(window: KioskWindow) -> None:
    window.desk.touch(SheetName.HELP)
    window.desk.touch(SheetName.MORE)
    assert isinstance(window.desk.sheet, MoreSheet)
    window.show_verdict(verdict(Outcome.ALREADY_USED))
    window.desk.touch(SheetName.HELP)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert (window.desk.sheet, window.face) == (None, Face.VERDICT), "the verdict under it stays"
    window.desk.touch(SheetName.HELP)
    window.desk.touch(SheetName.HELP)
    assert window.desk.sheet is None, "the same key closes it"


def test_a_sheet_that_holds_codes_is_replaced_by_no_key_and_gives_way_to_no_verdict(
    window: KioskWindow, qtbot: QtBot
) -> None:
    question, told = Question(), []
    window.codes_held.connect(told.append)
    window.desk.show(question)
    window.desk.touch(SheetName.HELP)
    late = verdict(Outcome.ADMITTED)
    window.show_verdict(late)
    assert (window.desk.sheet, window.face) == (question, Face.IDLE)
    with qtbot.waitSignal(window.verdict_painted) as painted:
        QTest.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    assert (painted.args, told, question.answered) == ([late], [True, False], True)
    assert [each.outcome for each in window._scene.recent.decisions] == [Outcome.ADMITTED]


def test_codes_that_wait_are_announced_on_the_sheet_and_on_the_verdict_after_it(window: KioskWindow) -> None:
    window.show_verdict(verdict(Outcome.ANSWERS_REQUIRED))
    window.desk.show(Question())
    window.show_waiting(1)
    assert window._scene.frame.waiting == WORDS.sheet.waits
    window.show_waiting(2)
    window.desk.close()
    assert window._scene.waiting.isVisible()
    assert window._scene.waiting.text() == WORDS.sheet.wait.fill(count=2)
    window.show_waiting(0)
    assert not window._scene.waiting.isVisible()


def test_what_the_person_on_shift_may_not_open_asks_for_somebody_who_may(window: KioskWindow) -> None:
    asked: list[Right] = []

    def unlock(right: Right, then: object) -> None:
        asked.append(right)
        assert callable(then)
        then()

    window.desk.unlock = unlock
    window.desk.offer(SheetName.INCIDENTS, Offer(Question, right=Right.RESOLVE_INCIDENTS))
    window.desk.touch(SheetName.INCIDENTS)
    assert (isinstance(window.desk.sheet, Question), asked) == (True, [])
    window.desk.close()
    window.desk.show_rights(frozenset())
    window.desk.touch(SheetName.MORE)
    more = window.desk.sheet
    assert isinstance(more, MoreSheet)
    assert more.keys[SheetName.INCIDENTS].told == "Incidents · supervisor"
    more.keys[SheetName.INCIDENTS].click()
    assert (isinstance(window.desk.sheet, Question), asked) == (True, [Right.RESOLVE_INCIDENTS])


@pytest.mark.parametrize("size", [LARGE, SMALL, QSize(1920, 1080)], ids=["large", "small", "huge"])
def test_a_sheet_covers_neither_status_nor_keys_and_fits_the_longest_words(qtbot: QtBot, size: QSize) -> None:
    window = opened(qtbot, read_kiosk_words(lengthened(load_tables("en"))), size)
    for name in SheetName:
        if name not in window.desk.offered:
            window.desk.offer(name, Offer(Question))
    window.desk.touch(SheetName.MORE)
    window.show_status(replace(ONLINE, queue_length=3))
    window.grab()
    frame, scene, sheet = window._scene.frame, window._scene, window.desk.sheet
    assert not frame.geometry().intersects(scene.status.geometry())
    assert not frame.geometry().intersects(scene.actions.geometry())
    assert isinstance(sheet, MoreSheet)
    for each in sheet.keys.values():
        assert sheet.rect().contains(each.geometry()), each.told
        assert each.width() >= 48
        assert each.height() >= 48
    assert all(each.isVisible() for each in scene.actions.keys)
    assert scene.actions.rect().contains(scene.actions.key_of[BIG_KEYS[-1]].geometry())


def test_help_is_a_sheet(window: KioskWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert isinstance(window.desk.sheet, HelpPage)
    assert window.desk.sheet.accessibleName().startswith("Help. ")
