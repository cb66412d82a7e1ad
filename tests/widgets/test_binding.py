"""The binding between Python and Qt keeps its books."""

import sys

from PySide6.QtGui import QFont, QGuiApplication

CALLS = 500


def test_a_call_that_returns_nothing_takes_nothing_away(qapp: QGuiApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 lost a reference to None per call: a kiosk died after some thousand of them.

    From Python 3.12 on None cannot die and its count stands still.
    """
    font = QFont()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        font.setPixelSize(12)
    assert before - sys.getrefcount(None) < CALLS / 2
