"""A walk through the start window: at every size, with every text in the language nobody speaks.

What is looked for are the finders of `tests/support/walk.py`, whose planted defects are in `tests/kiosk/test_walk.py`.
"""

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from app.start.parts import PickPage, Row
from app.start.words import StartWords, read_start_words
from app.widgets.theme import ThemeName
from app.widgets.words import load_tables
from core.model.settings import Language
from tests.kiosk.test_languages import texts_of
from tests.start.shots import DATA, SHOTS, Look
from tests.support.pseudo_locale import lengthened
from tests.support.shots import opened
from tests.support.walk import keyboard_gaps, layout_faults, pale_texts, speech_faults

PSEUDO: StartWords = read_start_words(lengthened(load_tables("en")))
ENDING_SO = {text for language in Language for text in texts_of(load_tables(language)).values() if text.endswith("…")}
ENDING_SO |= {text for text in texts_of(lengthened(load_tables("en"))).values() if "…" in text}
SIZES = (
    (QSize(800, 480), ThemeName.DARK, 4.5, 1),
    (QSize(1280, 800), ThemeName.LIGHT, 4.5, 1),
    (QSize(1920, 1080), ThemeName.HIGH_CONTRAST, 7.0, 2),
    (QSize(3840, 2160), ThemeName.DARK, 4.5, 3),
)


@pytest.mark.parametrize(
    ("size", "theme", "contrast", "nth"), SIZES, ids=lambda value: str(getattr(value, "width", lambda: value)())
)
def test_every_state_can_be_pressed_read_and_heard(
    qtbot: QtBot, size: QSize, theme: ThemeName, contrast: float, nth: int
) -> None:
    found = []
    for shot in SHOTS[::nth]:
        with opened(shot, Look(PSEUDO, size, theme)) as view:
            assert any(isinstance(part, Row | PickPage) for part in view.parts), "what runs is seen"
            told = (
                *layout_faults(view, ENDING_SO, has_long_names=False),
                *speech_faults(view, DATA, has_long_names=False),
                *pale_texts(view, contrast),
            )
            found += [f"{shot.name}: {finding}" for finding in told]
    assert "\n".join(found) == ""


def test_every_key_is_reached_by_tab_in_order_and_shows_it(qtbot: QtBot) -> None:
    found = []
    for shot in SHOTS:
        with opened(shot, Look(PSEUDO, QSize(1280, 800), ThemeName.LIGHT)) as view:
            with qtbot.waitActive(view.window):
                view.window.activateWindow()
            found += [f"{shot.name}: {finding}" for finding in keyboard_gaps(view)]
    assert "\n".join(found) == ""
