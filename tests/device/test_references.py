"""The Qt binding gives back no more references than it took.

PySide6 6.12 on Python 3.11 takes one from `True` with each signal and one from `None` with each call: after some five
hundred signals the interpreter aborts. Python 3.12 and later never count these. The cure is another PySide6.
"""

import sys

from PySide6.QtCore import QObject, QTimer, Signal


class Bell(QObject):
    """Something to ring."""

    rung = Signal(int)


def test_signals_and_calls_leave_the_constants_alone(qapp: object) -> None:
    bell, timer = Bell(), QTimer()
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(50):
        bell.rung.emit(1)
        timer.stop()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert all(then - now < 40 for then, now in zip(before, after, strict=True))
