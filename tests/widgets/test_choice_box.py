"""A field of choices keeps what was chosen, takes texts literally, and can be worked with the keyboard."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.widgets.choice_box import ChoiceBox
from app.widgets.theme import TOUCH_PX

CHOICES = [("", "Every gate"), ("north", "North gate"), ("south", "South\u202egate")]


def test_a_choice_is_made_with_the_keyboard_and_stays_while_the_others_change(qtbot: QtBot) -> None:
    box = ChoiceBox("Gate")
    qtbot.addWidget(box)
    box.show_choices(CHOICES)
    box.show()
    assert (box.chosen, box.accessibleName()) == ("", "Gate")
    with qtbot.waitSignal(box.currentIndexChanged):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.chosen == "north"
    with qtbot.assertNotEmitted(box.currentIndexChanged):
        box.show_choices(CHOICES)
    box.show_choices([("", "Every gate"), ("east", "East gate"), ("north", "North gate (new)")])
    assert (box.chosen, box.currentText()) == ("north", "North gate (new)")
    box.show_choices([("", "Every gate"), ("east", "East gate")])
    assert box.chosen == ""


def test_texts_are_taken_literally_and_rows_are_large_enough(qtbot: QtBot) -> None:
    box = ChoiceBox("Gate")
    qtbot.addWidget(box)
    box.show_choices(CHOICES)
    assert box.itemText(2) == r"South\u202egate"
    assert box.height() >= TOUCH_PX or box.minimumHeight() >= TOUCH_PX
    box.show()
    assert box.view().sizeHintForRow(1) >= TOUCH_PX


def test_a_field_without_choices_has_none(qtbot: QtBot) -> None:
    box = ChoiceBox("Gate")
    qtbot.addWidget(box)
    box.show()
    box.grab()
    assert box.chosen == ""


def test_a_wheel_that_passes_over_it_chooses_nothing(qtbot: QtBot) -> None:
    box = ChoiceBox("Gate")
    qtbot.addWidget(box)
    box.show_choices(CHOICES)
    box.show()
    turn(box)
    assert box.chosen == ""
    with qtbot.waitExposed(box.window()):
        box.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    turn(box)
    assert box.chosen == "north", "whoever went into it may turn the wheel"


def turn(box: ChoiceBox) -> None:
    """One notch of a mouse wheel, towards oneself."""
    middle = box.rect().center()
    event = QWheelEvent(
        QPointF(middle),
        QPointF(box.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)
