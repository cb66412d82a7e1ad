"""Another language in the lane: at once, everywhere, and without taking the verdict from the screen."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from core.gate.screen import Face
from core.gate.verdict import Verdict
from core.model.outcomes import Outcome
from core.model.settings import Language
from tests.kiosk.shots import SHOTS, Look, Shot, is_lane
from tests.kiosk.states import StillClock
from tests.kiosk.verdicts import ZONE, usual_detail, verdict
from tests.support.drawn import drawn_texts

SIZE = QSize(800, 480)
OF_THE_LANE = [shot for shot in SHOTS if is_lane(shot)][::2]


def told(window: KioskWindow) -> list[str]:
    """Everything that is drawn and said, in order."""
    drawn = [text.text for text in drawn_texts(window)]
    said = [part.accessibleName() for part in (window._panel, window._preview, window._notice, window._scene.recent)]
    return [*drawn, *said, window._scene.status.accessibleName(), window.windowTitle()]


def opened(shot: Shot, language: Language) -> KioskWindow:
    window = shot.open(Look(load_kiosk_words(language), SIZE))
    assert isinstance(window, KioskWindow)
    return window


@pytest.mark.usefixtures("qapp")
def test_whatever_is_shown_is_said_as_if_the_window_had_begun_in_that_language() -> None:
    differing = []
    for shot in OF_THE_LANE:
        german, switched = opened(shot, Language.GERMAN), opened(shot, Language.ENGLISH)
        if switched.desk.sheet is None:
            switched.show_language(Language.GERMAN)
            QApplication.sendPostedEvents()
            if told(switched) != told(german):
                differing.append(shot.name)
        for window in (german, switched):
            window.close()
            window.deleteLater()
    assert len(OF_THE_LANE) > 30
    assert differing == []


@pytest.fixture
def window(qtbot: QtBot) -> KioskWindow:
    made = KioskWindow(load_kiosk_words(), ZONE, StillClock())
    qtbot.addWidget(made)
    made.resize(SIZE)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_a_verdict_stays_with_its_time_and_is_painted_as_no_new_one(window: KioskWindow, qtbot: QtBot) -> None:
    painted: list[Verdict] = []
    window.verdict_painted.connect(painted.append)
    window.show_verdict(verdict(Outcome.ALREADY_USED, usual_detail(Outcome.ALREADY_USED)))
    left_ms = window._ending.remainingTime()
    with qtbot.waitSignal(window.language_chosen) as chosen:
        QTest.keyClick(window, Qt.Key.Key_F12)
    QApplication.sendPostedEvents()
    assert chosen.args == [Language.GERMAN]
    assert (window.face, len(painted)) == (Face.VERDICT, 1)
    assert window._panel.text is not None
    assert window._panel.text.word == "SCHON BENUTZT"
    assert window._panel.accessibleName().startswith("Schon benutzt")
    assert 0 < window._ending.remainingTime() <= left_ms
    window.clear()
    assert window._panel.page.title == "Kamera startet"


def test_the_key_is_named_in_the_language_that_it_leads_to(window: KioskWindow) -> None:
    titles = []
    for _ in range(3):
        titles.append(window.desk.title(SheetName.LANGUAGE))
        window.desk.touch(SheetName.LANGUAGE)
    assert titles == ["Deutsch", "English", "Deutsch"]


def test_a_page_that_is_opened_afterwards_speaks_the_language_of_now(window: KioskWindow) -> None:
    window.desk.touch(SheetName.LANGUAGE)
    window.desk.touch(SheetName.MORE)
    assert window.desk.sheet is not None
    assert window.desk.sheet.title == "Mehr"
    assert window._scene.frame.close_key.text() == "Schließen"
