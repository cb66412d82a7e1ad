"""Every page of the organizer's window, in each state worth a look: one list, drawn for people and walked by tests.

`SHOTS` is what `dev.py screenshots` draws beside the kiosk's and what `test_walk.py` walks through. A page has a module
of its own here, `<page>_shots.py`, with `SHOTS` and `DATA`, and one line in `PARTS`. What each page shall show: fresh,
old, failed, empty, and the longest texts that may come.

    SHOTS = (page("organizer.live.old", lambda at: LivePage(at), {"status": old({…})}),)
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.desk import Desk
from app.organizer.measures import base_px
from app.organizer.page import Page
from app.organizer.surroundings import Surroundings, Teller
from app.organizer.words import OrganizerWords, load_organizer_words
from app.widgets.form import form_style
from app.widgets.theme import THEMES
from tests.organizer.still_desk import StillDesk
from tests.support import shots

Look = shots.Look[OrganizerWords]
Shot = shots.Shot[OrganizerWords]
ZONE = ZoneInfo("Europe/Berlin")


class Part(Protocol):
    """A module of shots."""

    SHOTS: tuple[Shot, ...]
    DATA: set[str]


class Bare(QWidget):
    """A window with one part in it, coloured as the organizer's is."""

    def __init__(self, look: Look, make: Callable[[Surroundings], QWidget], desk: Desk) -> None:
        super().__init__()
        self.desk = desk  # whoever made it need not keep it
        self.surroundings = surroundings(look, desk)
        self.resize(look.size)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(self.surroundings.theme.ground))
        self.setPalette(palette)
        self.setStyleSheet(form_style(self.surroundings.theme))
        self.part = make(self.surroundings)
        column = QVBoxLayout(self)
        column.addWidget(self.part)


def surroundings(look: Look, desk: Desk) -> Surroundings:
    """What a page is given in a picture."""
    theme, first_px = THEMES[look.theme], base_px(look.size)
    return Surroundings(desk, look.words, theme, Teller(), zone=ZONE, base_px=first_px)


def surroundings_at(desk: Desk) -> Surroundings:
    """What a page is given in a test: English, dark, 1280x800."""
    return surroundings(shots.Look(load_organizer_words("en"), QSize(1280, 800)), desk)


def page(
    name: str,
    make: Callable[[Surroundings], Page],
    told: Mapping[str, Any] | Callable[[], Desk],
    *acts: Callable[[Any], object],
    has_long_names: bool = False,
) -> Shot:
    """A page at a still desk. `told` is what lies on the desk, or what makes the desk; `acts` are done to the page."""

    def open_it(look: Look) -> QWidget:
        desk = told() if callable(told) else StillDesk(told)
        window = Bare(look, make, desk)
        page = window.part
        assert isinstance(page, Page)
        page.show_base(window.surroundings.base_px)
        page.show_theme(window.surroundings.theme)
        return window

    def act(window: QWidget) -> None:
        assert isinstance(window, Bare)
        assert isinstance(window.part, Page)
        window.part.begin()
        settle()
        for each in acts:
            each(window.part)
            settle()

    return shots.Shot(name, open_it, act, has_long_names)


def settle() -> None:
    """What a still desk has to tell is told now: queued calls, and layouts after them."""
    for _ in range(4):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall.value)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def part(name: str, make: Callable[[Surroundings], QWidget], *acts: Callable[[Any], object]) -> Shot:
    """One part of a page, alone in a window."""

    def act(window: QWidget) -> None:
        assert isinstance(window, Bare)
        for each in acts:
            each(window.part)
            settle()

    return shots.Shot(name, lambda look: Bare(look, make, StillDesk()), act)
