"""A walk through every page of the organizer's window: at every size, with every text in the language nobody speaks.

What is walked is `every_shot.SHOTS`; what is looked for are the finders of `tests/support/walk.py`, whose planted
defects are in `tests/kiosk/test_walk.py`. A page that joins the list is held to all of it.
"""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from app.organizer.panel_frame import PanelFrame
from app.organizer.panel_present import Face
from app.organizer.words import OrganizerWords, read_organizer_words
from app.widgets.theme import ThemeName
from app.widgets.words import load_tables
from core.model.settings import Language
from tests.kiosk.test_languages import texts_of
from tests.organizer.every_shot import DATA, SHOTS
from tests.organizer.shots import Look, Shot
from tests.support.pseudo_locale import lengthened
from tests.support.shots import opened
from tests.support.walk import View, keyboard_gaps, layout_faults, pale_texts, speech_faults

PSEUDO: OrganizerWords = read_organizer_words(lengthened(load_tables("en")))
ENDING_SO = {text for language in Language for text in texts_of(load_tables(language)).values() if text.endswith("…")}
ENDING_SO |= {text for text in texts_of(lengthened(load_tables("en"))).values() if "…" in text}
PSEUDO.read_all()
LEAST_CONTRAST = {ThemeName.DARK: 4.5, ThemeName.LIGHT: 4.5, ThemeName.HIGH_CONTRAST: 7.0}
SIZES = (
    *((QSize(800, 480), ThemeName.DARK, slice(part, None, 4)) for part in range(4)),
    (QSize(1280, 800), ThemeName.LIGHT, slice(1, None, 5)),
    (QSize(1920, 1080), ThemeName.HIGH_CONTRAST, slice(2, None, 5)),
    (QSize(3840, 2160), ThemeName.DARK, slice(3, None, 20)),  # everything of 1920x1080, twice as large
)
"""Sizes, themes, and which shots are walked in them; where room is shortest, all of them are, in four parts."""


def broken_panels(view: View, shot: Shot) -> Iterator[str]:
    """Panels whose own code failed, where nobody wanted it to."""
    for part in view.parts:
        if isinstance(part, PanelFrame) and part.face is Face.BROKEN and "broken" not in shot.name:
            yield f"the code of panel {part.boundary_name} failed"


def faults_of(view: View, shot: Shot, theme: ThemeName) -> Iterator[str]:
    """Everything that is wrong with a shot."""
    yield from broken_panels(view, shot)
    yield from layout_faults(view, ENDING_SO, has_long_names=shot.has_long_names)
    yield from speech_faults(view, DATA, has_long_names=shot.has_long_names)
    yield from pale_texts(view, LEAST_CONTRAST[theme])


@pytest.mark.parametrize(
    ("size", "theme", "which"), SIZES, ids=lambda value: str(getattr(value, "width", lambda: value)())
)
@pytest.mark.timeout(300)
def test_every_page_can_be_pressed_read_and_heard(size: QSize, theme: ThemeName, which: slice) -> None:
    """Targets large and apart, texts whole, translated, and dark or bright enough on what is really under them."""
    found = []
    for shot in SHOTS[which]:
        with opened(shot, Look(PSEUDO, size, theme)) as view:
            found += [f"{shot.name}: {finding}" for finding in faults_of(view, shot, theme)]
    assert "\n".join(found) == ""


def some_of_each_page() -> list[Shot]:
    """Every third state, of each page the first one, and one that was found at fault when it was no third any more."""
    firsts = {shot.name.rpartition(".")[0]: shot for shot in reversed(SHOTS)}
    chosen = {shot.name for shot in firsts.values()} | {"organizer.live.old"}
    return [shot for place, shot in enumerate(SHOTS) if place % 3 == 0 or shot.name in chosen]


@pytest.mark.timeout(300)
def test_every_key_and_field_is_reached_by_tab_in_order_and_shows_it(qtbot: QtBot) -> None:
    """Whoever has no pointer needs none: some states of each page."""
    found = []
    for shot in some_of_each_page():
        with opened(shot, Look(PSEUDO, QSize(1280, 800), ThemeName.LIGHT)) as view:
            with qtbot.waitActive(view.window):
                view.window.activateWindow()
            found += [f"{shot.name}: {finding}" for finding in keyboard_gaps(view)]
    assert "\n".join(found) == ""
