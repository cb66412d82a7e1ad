"""Qt's bindings leave Python's singletons alone.

PySide6 6.12.0 dropped a reference to None or True with every call of a void method; before Python 3.12 made them
immortal that ended a kiosk after an hour ("deallocating None").
"""

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QSize, QTimer, Signal, Slot
from PySide6.QtMultimedia import QVideoFrame, QVideoFrameFormat
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

CALLS = 500
pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None, True and False are immortal in this Python")


class Bell(QObject):
    rung = Signal(object)

    @Slot(object)
    def hear(self, _: object) -> None:
        pass


def ring() -> None:
    bell = Bell()
    bell.rung.connect(bell.hear)
    bell.rung.emit(None)


def time_nothing() -> None:
    timer = QTimer()
    timer.start(1)
    timer.stop()


def label_nothing() -> None:
    label = QLabel()
    label.setText("a")
    label.setVisible(False)


def map_frame() -> None:
    frame = QVideoFrame(QVideoFrameFormat(QSize(16, 16), QVideoFrameFormat.PixelFormat.Format_Y8))
    frame.map(QVideoFrame.MapMode.ReadOnly)
    frame.unmap()


@pytest.mark.parametrize("call", [ring, time_nothing, label_nothing, map_frame])
def test_a_call_into_qt_keeps_the_count_of_none_and_true(qtbot: QtBot, call: Callable[[], None]) -> None:
    call()
    before = [sys.getrefcount(it) for it in (None, True, False)]
    for _ in range(CALLS):
        call()
    after = [sys.getrefcount(it) for it in (None, True, False)]
    lost = [was - now for was, now in zip(before, after, strict=True)]
    assert all(count < CALLS // 2 for count in lost), f"references to None, True, False lost: {lost}"
