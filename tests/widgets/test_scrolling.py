"""A long page: whoever has no pointer sees all of it, and walkers know that it scrolls."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.form import form_style, key
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import THEMES, ThemeName
from tests.support.walk import View, keyboard_gaps, small_targets

KEYS = 30


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window, content = QWidget(), QWidget()
    window.setStyleSheet(form_style(THEMES[ThemeName.LIGHT]))
    column = QVBoxLayout(content)
    for number in range(KEYS):
        column.addWidget(key(f"Key {number}", content))
    page = ScrollPage(content, window)
    page.show_theme(THEMES[ThemeName.LIGHT])
    QHBoxLayout(window).addWidget(page)
    qtbot.addWidget(window)
    window.resize(600, 400)
    return window


def test_tab_brings_every_key_in_sight_and_back_again(window: QWidget, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    view = View(window)
    assert "\n".join((*keyboard_gaps(view), *small_targets(view))) == ""
    keys, page = window.findChildren(QPushButton), window.findChild(ScrollPage)
    assert page is not None
    for each in (keys[-1], keys[0]):
        each.setFocus(Qt.FocusReason.OtherFocusReason)
        assert QApplication.focusWidget() is each
        place = each.mapTo(page, each.rect().center())
        assert page.rect().contains(place)


def test_a_key_of_a_long_page_that_tab_passes_over_is_found(window: QWidget, qtbot: QtBot) -> None:
    window.findChildren(QPushButton)[1].setFocusPolicy(Qt.FocusPolicy.NoFocus)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    assert list(keyboard_gaps(View(window))) == ["QPushButton 'Key 1' is not reached by Tab"]
