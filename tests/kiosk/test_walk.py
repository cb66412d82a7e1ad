"""A walk through every page that staff may see: at every size, with every text in the language nobody speaks.

What is walked is the list `SHOTS` of `shots.py`; what is looked for are the finders of `walk.py`. A page that joins
the list is held to all of it. At the end each finder meets a defect that was planted for it.
"""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.kiosk.recent_list import RecentList
from app.kiosk.status_line import StatusLine
from app.kiosk.words import KioskWords, read_kiosk_words
from app.widgets.form import key
from app.widgets.plain_text import plain_label
from app.widgets.theme import ThemeName
from app.widgets.typeface import font
from app.widgets.words import load_tables
from core.model.settings import Language
from tests.kiosk.shots import DATA, SHOTS, Look, Shot
from tests.kiosk.test_languages import texts_of
from tests.support.pseudo_locale import lengthened
from tests.support.shots import opened
from tests.support.walk import (
    View,
    keyboard_gaps,
    layout_faults,
    pale_texts,
    speech_faults,
)

PSEUDO_TABLES = lengthened(load_tables("en"))
PSEUDO: KioskWords = read_kiosk_words(PSEUDO_TABLES)
ENDING_SO = {text for language in Language for text in texts_of(load_tables(language)).values() if text.endswith("…")}
SHORTENING = (StatusLine, RecentList)
"""They shorten names from outside, on purpose, the plainest first."""
LEAST_CONTRAST = {ThemeName.DARK: 4.5, ThemeName.LIGHT: 4.5, ThemeName.HIGH_CONTRAST: 7.0}


@pytest.fixture(autouse=True)
def _application(qapp: QApplication) -> None:
    """Windows need one."""


def layout_of(view: View, shot: Shot) -> Iterator[str]:
    """Whether everything has its room."""
    return layout_faults(view, ENDING_SO, SHORTENING, has_long_names=shot.has_long_names)


def speech_of(view: View, shot: Shot) -> Iterator[str]:
    """Whether everything is said, and in the language that was chosen."""
    return speech_faults(view, DATA, has_long_names=shot.has_long_names)


@pytest.mark.parametrize(
    ("size", "theme", "nth"),
    [
        (QSize(800, 480), ThemeName.DARK, 1),
        (QSize(1280, 800), ThemeName.LIGHT, 1),
        (QSize(1920, 1080), ThemeName.HIGH_CONTRAST, 1),
        (QSize(3840, 2160), ThemeName.DARK, 3),  # everything of 1920x1080, twice as large
    ],
    ids=lambda value: f"{value.width()}x{value.height()}" if isinstance(value, QSize) else str(value),
)
def test_every_page_can_be_touched_read_and_heard(size: QSize, theme: ThemeName, nth: int) -> None:
    """Targets large and apart, texts whole, translated, and dark or bright enough on what is really under them."""
    found = []
    for shot in SHOTS[::nth]:
        with opened(shot, Look(PSEUDO, size, theme)) as view:
            told = (*layout_of(view, shot), *speech_of(view, shot), *pale_texts(view, LEAST_CONTRAST[theme]))
            found += [f"{shot.name}: {finding}" for finding in told]
    assert "\n".join(found) == ""


def test_every_key_and_field_is_reached_by_tab_in_order_and_shows_it(qtbot: QtBot) -> None:
    """One page of each set of targets: what can be pressed can be pressed without touching anything."""
    found, seen = [], set()
    for shot in SHOTS:
        with opened(shot, Look(PSEUDO, QSize(800, 480), ThemeName.LIGHT)) as view:
            names = frozenset((type(part).__name__, part.accessibleName(), part.isEnabled()) for part in view.targets)
            if names in seen:
                continue
            seen.add(names)
            with qtbot.waitActive(view.window):
                view.window.activateWindow()
            found += [f"{shot.name}: {finding}" for finding in keyboard_gaps(view)]
    assert len(seen) > 8
    assert "\n".join(found) == ""


# --- the planted defects -------------------------------------------------------------------------------------------


@pytest.fixture
def planted() -> Iterator[QWidget]:
    """A window on which everything is as it should be, to begin with."""
    window = QWidget()
    window.resize(400, 300)
    window.setStyleSheet("QWidget { background: #14171B; color: #F2F4F7; }")
    yield window
    window.close()
    window.deleteLater()


def placed(part: QWidget, *place: int) -> None:
    part.setGeometry(*place)


def plant_nothing(window: QWidget) -> None:
    placed(key("Ölé", window), 10, 10, 120, 48)
    placed(plain_label("Märçh", window), 10, 100, 120, 30)


def plant_a_small_key(window: QWidget) -> None:
    button = key("Ölé", window)
    button.setMinimumSize(1, 1)
    placed(button, 10, 10, 120, 47)


def plant_a_short_row(window: QWidget) -> None:
    rows = QListWidget(window)
    rows.setAccessibleName("Mäný")
    rows.addItem("ö")
    placed(rows, 10, 10, 200, 200)


def plant_close_keys(window: QWidget) -> None:
    placed(key("Ölé", window), 10, 10, 120, 48)
    placed(key("Ölá", window), 10, 65, 120, 48)


def plant_an_elided_text(window: QWidget) -> None:
    placed(plain_label("Märçh märçh märçh märçh märçh", window), 10, 10, 80, 30)


def plant_tiny_letters(window: QWidget) -> None:
    label = plain_label("Märçh", window)
    label.setStyleSheet("font-size: 11px")
    placed(label, 10, 10, 120, 30)


def plant_a_text_without_room(window: QWidget) -> None:
    label = QLabel("Märçh märçh märçh märçh märçh", window)
    label.setAccessibleName("Märçh")
    label.setWordWrap(True)
    label.setFont(font(20))
    placed(label, 10, 10, 100, 30)


def plant_a_key_too_narrow_for_its_text(window: QWidget) -> None:
    button = key("Märçh märçh märçh märçh märçh", window)
    button.setMinimumSize(1, 1)
    placed(button, 10, 10, 120, 48)


def plant_a_text_outside(window: QWidget) -> None:
    placed(plain_label("Märçh", window), 380, 10, 120, 30)


def plant_two_texts_on_one_place(window: QWidget) -> None:
    placed(plain_label("Märçh", window), 10, 10, 120, 30)
    label = plain_label("Äpríl", window)
    label.setStyleSheet("background: transparent")
    placed(label, 14, 14, 120, 30)


def plant_a_pale_text(window: QWidget) -> None:
    label = plain_label("Märçh", window)
    label.setStyleSheet("color: #6b7480")
    placed(label, 10, 10, 120, 30)


def plant_a_nameless_key(window: QWidget) -> None:
    placed(QPushButton("Ö", window), 10, 10, 120, 48)


def plant_a_bare_place(window: QWidget) -> None:
    place = QWidget(window)
    place.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    place.setAccessibleName("Ölé")
    placed(place, 10, 10, 120, 48)


def plant_an_untranslated_label(window: QWidget) -> None:
    placed(plain_label("March on", window), 10, 10, 120, 30)


def plant_an_untranslated_name(window: QWidget) -> None:
    button = key("Ölé", window)
    button.setAccessibleDescription("opens the gate")
    placed(button, 10, 10, 120, 48)


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (plant_nothing, ""),
        (plant_a_small_key, "is 120x47"),
        (plant_a_short_row, "has rows of"),
        (plant_close_keys, "are 7 px apart"),
        (plant_an_elided_text, "is cut"),
        (plant_tiny_letters, "is 11 px tall"),
        (plant_a_text_without_room, "is cut"),
        (plant_a_key_too_narrow_for_its_text, "is cut"),
        (plant_a_text_outside, "is cut"),
        (plant_two_texts_on_one_place, "share a place"),
        (plant_a_pale_text, ": 1"),
        (plant_a_nameless_key, "has no name"),
        (plant_a_bare_place, "can't be pressed by a screen reader"),
        (plant_an_untranslated_label, "says 'March'"),
        (plant_an_untranslated_name, "says 'opens'"),
    ],
)
def test_a_planted_defect_is_found_and_nothing_else(
    planted: QWidget, plant: Callable[[QWidget], None], told: str
) -> None:
    plant(planted)
    planted.show()
    shot, view = Shot("planted", lambda _: planted), View(planted)
    found = [*layout_of(view, shot), *speech_of(view, shot), *pale_texts(view, 4.5)]
    assert found == [] if not told else (found and all(told in each for each in found)), found


def test_what_something_covers_is_not_looked_at(planted: QWidget) -> None:
    plant_an_untranslated_label(planted)
    over = QWidget(planted)
    over.setGeometry(0, 0, 400, 300)
    planted.show()
    assert View(planted).texts == []


def plant_keys_that_tab_does_not_find(window: QWidget) -> None:
    keys = [key(text, window) for text in ("Öné", "Twö", "Thréê", "Föür")]
    for number, button in enumerate(keys):
        placed(button, 10, 10 + 70 * number, 120, 48)
    keys[1].setFocusPolicy(Qt.FocusPolicy.NoFocus)
    QWidget.setTabOrder(keys[3], keys[2])
    keys[0].setStyleSheet("QPushButton, QPushButton:focus { border: 1px solid #808080; outline: none; }")


def test_a_key_without_tab_order_or_frame_is_found(planted: QWidget, qtbot: QtBot) -> None:
    plant_keys_that_tab_does_not_find(planted)
    with qtbot.waitActive(planted):
        planted.show()
        planted.activateWindow()
    told = "\n".join(keyboard_gaps(View(planted)))
    assert "'Twö' is not reached by Tab" in told
    assert "Tab goes back from QPushButton 'Föür' to QPushButton 'Thréê'" in told
    assert "'Öné' does not show that it has the focus" in told
