"""The one typeface, carried along: a machine for a door may have no font at all.

Owns loading and the fonts made from it. Figures are tabular, so that a clock does not tremble.
"""

from PySide6.QtGui import QFont, QFontDatabase

import resources
from app.errors import AppError

FAMILY = "Roboto"
FILES = ("Roboto-Regular.ttf", "Roboto-Medium.ttf", "Roboto-Bold.ttf")


def load_typeface() -> None:
    """Makes the typeface known to Qt; repeating it does no harm. Needs an application object."""
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
