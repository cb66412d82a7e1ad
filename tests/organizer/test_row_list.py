"""A list of rows stands still while it is read, and is worked with the keyboard."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.organizer.row_list import ListRow, RowList


def rows(*numbers: int) -> list[ListRow]:
    return [ListRow(f"n{number}", f"Title {number}", "line") for number in numbers]


def shown(qtbot: QtBot) -> RowList:
    made = RowList("Numbers")
    qtbot.addWidget(made)
    made.show_base(16)
    made.resize(300, 200)
    made.show()
    made.show_rows(rows(*range(20, 0, -1)))
    made.doItemsLayout()
    return made


def test_what_comes_in_above_pushes_nothing_away_while_somebody_reads(qtbot: QtBot) -> None:
    made = shown(qtbot)
    made.verticalScrollBar().setValue(250)
    place = made.visualRect(made.model().index(6, 0)).top()
    assert made.show_rows(rows(22, 21, *range(20, 0, -1))) == 2
    assert made.visualRect(made.model().index(8, 0)).top() == place, "row n14 stands where it stood"


def test_at_its_top_a_list_that_nobody_is_in_shows_what_is_new(qtbot: QtBot) -> None:
    made = shown(qtbot)
    made.clearFocus()
    assert made.show_rows(rows(21, *range(20, 0, -1))) == 0
    assert made.is_at_top
    assert made.rows[0].name == "n21"


def test_whoever_is_in_the_list_keeps_their_row_and_learns_how_many_are_above(qtbot: QtBot) -> None:
    made = shown(qtbot)
    with qtbot.waitActive(made):
        made.activateWindow()
    made.setFocus()
    qtbot.keyClick(made, Qt.Key.Key_Down)
    qtbot.keyClick(made, Qt.Key.Key_Down)
    focused = made.rows[made.currentIndex().row()].name
    place = made.visualRect(made.currentIndex()).top()
    assert made.show_rows(rows(21, *range(20, 0, -1))) == 1
    assert made.rows[made.currentIndex().row()].name == focused
    assert made.visualRect(made.currentIndex()).top() == place


def test_enter_chooses_and_the_mark_stays_with_its_name(qtbot: QtBot) -> None:
    made = shown(qtbot)
    made.setCurrentIndex(made.model().index(3, 0))
    with qtbot.waitSignal(made.chosen) as told:
        qtbot.keyClick(made, Qt.Key.Key_Return)
    assert told.args == ["n17"]
    made.show_rows(rows(21, *range(20, 0, -1)))
    assert made.current == "n17"
    made.show_rows(rows(3, 2, 1))
    assert made.current == "n17", "it is not in this list, and may come back"
    qtbot.mouseClick(made.viewport(), Qt.MouseButton.LeftButton, pos=made.visualRect(made.model().index(1, 0)).center())
    assert made.current == "n2"


def test_a_screen_reader_hears_a_row_whole_and_literally(qtbot: QtBot) -> None:
    made = RowList("Numbers")
    qtbot.addWidget(made)
    made.show_rows([ListRow("a", "Let in \u202etwice", "North", "20:04")])
    assert made.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == r"Let in \u202etwice. 20:04. North"
