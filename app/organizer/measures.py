"""How large the organizer's window writes, for any size of it."""

from PySide6.QtCore import QSize

FULL = QSize(1920, 1080)
SMALL = QSize(1000, 560)
"""A window less wide or less high than this is written a step smaller, and its header takes less room."""
USUAL_PX, SMALL_PX = 16, 15


def is_small(size: QSize) -> bool:
    """Whether room is short: as on a tablet of 800x480."""
    return size.width() < SMALL.width() or size.height() < SMALL.height()


def base_px(size: QSize) -> int:
    """The first step of the type scale; a screen with four times the dots of Full HD is written twice as large."""
    if is_small(size):
        return SMALL_PX
    return round(USUAL_PX * max(1.0, min(size.width() / FULL.width(), size.height() / FULL.height())))
