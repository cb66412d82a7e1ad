"""A fault that Qt's calls into Python raise is heard, wherever it arose, and its words stay where they are."""

import sys

import pytest
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.faults import log_fault, place_of
from app.widgets.fault_hook import faults_told_to

GUEST = "Anna Muster"


class Fragile(QObject):
    """Breaks when it is asked to."""

    asked = Signal()

    @Slot()
    def break_down(self) -> None:
        raise ZeroDivisionError(GUEST)


class FragilePicture(QWidget):
    """Breaks while it paints, with its painter open."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        raise ZeroDivisionError(str(painter.isActive()))


def test_a_fault_in_a_timer_and_in_another_thread_are_told_in_their_threads(qtbot: QtBot) -> None:
    fragile, thread = Fragile(), QThread()
    fragile.moveToThread(thread)
    fragile.asked.connect(fragile.break_down)
    told: list[tuple[type[Exception], QThread]] = []
    thread.start()
    with faults_told_to(lambda error: told.append((type(error), QThread.currentThread()))):
        fragile.asked.emit()
        qtbot.waitUntil(lambda: len(told) == 1)
        QTimer.singleShot(0, lambda: 1 // 0)
        qtbot.waitUntil(lambda: len(told) == 2)
    thread.quit()
    thread.wait()
    assert told == [(ZeroDivisionError, thread), (ZeroDivisionError, QThread.currentThread())]


def test_a_painter_that_was_left_open_is_closed(qtbot: QtBot) -> None:
    """One that outlives its paint event takes the process down."""
    told: list[Exception] = []
    picture = FragilePicture()
    qtbot.addWidget(picture)
    with faults_told_to(told.append):
        picture.show()
        qtbot.waitUntil(lambda: bool(told))
    assert [str(each) for each in told] == ["True"] * len(told)


def test_the_hook_ends_with_its_block_and_an_interrupt_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: heard.append(kind))
    before = sys.excepthook
    with faults_told_to(lambda _: heard.append(ValueError)):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
        sys.excepthook(OSError, OSError(), None)
    assert (heard, sys.excepthook) == ([KeyboardInterrupt, ValueError], before)


def test_what_is_written_down_is_the_kind_and_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        Fragile().break_down()
    assert place_of(raised.value).split(" > ")[-1].startswith("test_fault_hook.py:")
    log_fault("the door", raised.value)
    told = "".join(capsys.readouterr())
    assert "ZeroDivisionError" in told
    assert "the door" in told
    assert GUEST not in told
    assert place_of(ValueError()) == ""
