"""The one typeface, carried along: a machine for a door may have no font at all.

Owns loading and the fonts made from it. Figures are tabular, so that a clock does not tremble.
"""

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QGuiApplication

import resources
from app.errors import AppError
from app.widgets.plain_text import LEAST_PX
from app.widgets.theme import type_px

FAMILY = "Roboto"
USUAL_PX = 16
_STEPS = (0, -1, -2)
FILES = ("Roboto-Regular.ttf", "Roboto-Medium.ttf", "Roboto-Bold.ttf")


def load_typeface() -> None:
    """Makes the typeface known to Qt, and the usual one; repeating it costs nothing. Needs an application object."""
    _add_files()
    if QGuiApplication.font() != font(USUAL_PX):
        QGuiApplication.setFont(font(USUAL_PX))  # what a style sheet touches takes its font from here


@cache
def _add_files() -> None:
    """Once in a process: Qt keeps a file as often as it is added."""
    for name in FILES:
        if QFontDatabase.addApplicationFont(str(resources.path(f"typefaces/{name}"))) < 0:
            raise AppError("typeface_unreadable", file=name)


def font(size_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The typeface at a size in pixels."""
    made = QFont(FAMILY)
    made.setPixelSize(max(1, round(size_px)))
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def fitting(text: str, width: float, size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The typeface at `size_px`, or one or two steps smaller where `text` would be wider than `width`."""
    tries = [font(max(LEAST_PX, type_px(size_px, step)), weight) for step in _STEPS]
    return next((each for each in tries if QFontMetricsF(each).horizontalAdvance(text) <= width), tries[-1])
