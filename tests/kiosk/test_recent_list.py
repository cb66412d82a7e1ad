"""The last ten decisions are in sight at every size, over a verdict too: as lines, or the older ones as signs."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.kiosk.measures import Measures
from app.kiosk.present import RecentText
from app.kiosk.recent_list import KEPT, RecentList, lines_of
from app.widgets.theme import THEMES, ThemeName
from core.model.outcomes import Outcome, OutcomeClass

SIZES = [QSize(800, 480), QSize(1280, 800), QSize(1920, 1080), QSize(3840, 2160)]
THEME = THEMES[ThemeName.DARK]
NEWER = RecentText("20:14:05", Outcome.ADMITTED, "Day ticket")


def painted(qtbot: QtBot, size: QSize, *, is_idle: bool, decisions: list[RecentText]) -> QImage:
    measures = Measures(size)
    shown = RecentList(THEME, "last decisions")
    qtbot.addWidget(shown)
    shown.setGeometry(measures.recent(is_idle=is_idle))
    shown.show_base(measures.base_px)
    shown.show_decisions(decisions)
    return shown.grab().toImage()


def has_sign_of(image: QImage, of: OutcomeClass) -> bool:
    wanted = THEME.signs[of].lower()
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(image.pixelColor(x, y).name() == wanted for x, y in places)


@pytest.mark.parametrize("is_idle", [True, False], ids=["idle", "verdict"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_the_tenth_decision_is_in_sight_and_the_eleventh_is_not(qtbot: QtBot, size: QSize, is_idle: bool) -> None:
    left = RecentText("20:13:20", Outcome.EXIT_RECORDED, "left")
    tenth = [NEWER] * (KEPT - 1) + [left]
    assert has_sign_of(painted(qtbot, size, is_idle=is_idle, decisions=tenth), OutcomeClass.LEAVE)
    eleventh = [NEWER] * KEPT + [left]
    assert not has_sign_of(painted(qtbot, size, is_idle=is_idle, decisions=eleventh), OutcomeClass.LEAVE)


def test_what_has_no_line_shares_one() -> None:
    assert lines_of(320, 16, 10) == 10
    assert lines_of(144, 16, 4) == 4
    assert lines_of(144, 16, 5) == 3, "three lines, and two signs in the fourth"
    assert lines_of(18, 16, 10) == 0, "signs alone"
    assert lines_of(0, 16, 0) == 0
