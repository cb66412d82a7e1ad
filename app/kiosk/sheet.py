"""A sheet: one page over the body of the kiosk's window, and what is offered as one.

Owns what every page keeps to. A page that holds codes (a question, a group's list, an acknowledgement, a PIN) lets no
code through while it is open; any other page steps aside for a verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.widgets.form import form_style
from app.widgets.theme import THEMES, Theme, ThemeName
from app.widgets.typeface import font
from core.model.outcomes import OutcomeClass
from core.model.roles import Right


class SheetName(StrEnum):
    """What a kiosk can open; each has its title in the words. The first seven have keys of their own."""

    SEARCH = "search"
    GROUP = "group"
    UNDO = "undo"
    OVERRIDE = "override"
    DIRECTION = "direction"
    HELP = "help"
    MORE = "more"
    INCIDENTS = "incidents"
    SHIFT = "shift"
    BADGE = "badge"
    SIMULATE = "simulate"
    QUESTIONS = "questions"
    CODE = "code"
    SETTINGS = "settings"
    CAMERA = "camera"
    SELF_TEST = "self_test"
    PRACTICE = "practice"
    REHEARSAL = "rehearsal"
    LANGUAGE = "language"
    THEME = "theme"
    SOUND = "sound"


BIG_KEYS = (
    SheetName.SEARCH,
    SheetName.GROUP,
    SheetName.UNDO,
    SheetName.OVERRIDE,
    SheetName.DIRECTION,
    SheetName.HELP,
    SheetName.MORE,
)
"""In the order of the keys below the verdict. Everything else is found under More."""
SHORTCUTS = {
    SheetName.HELP: "F1",
    SheetName.SOUND: "F2",
    SheetName.THEME: "F3",
    SheetName.CAMERA: "F4",
    SheetName.SEARCH: "F5",
    SheetName.GROUP: "F6",
    SheetName.UNDO: "F7",
    SheetName.OVERRIDE: "F8",
    SheetName.DIRECTION: "F9",
    SheetName.MORE: "F10",
    SheetName.LANGUAGE: "F12",
}
"""The keyboard's keys, for what has a key below the verdict and for the switches under More."""


class Sheet(QWidget):
    """One page. A subclass builds its parts, and emits `done` when it has nothing more to ask or to show.

    The frame around it draws the title and the key that closes it, and tells it of colours and sizes. A sheet is
    opened once and thrown away when it is closed: what it has to keep, it gives away by signals.
    """

    done = Signal()
    """Close me."""
    left = Signal()
    """It has been closed, by whatever means."""
    holds_codes: bool = False
    """Whether another code waits while this is open."""
    keeps_verdict: bool = False
    """Whether this is a strip below the verdict it is about, which stays as long as the strip: closed by its own keys
    alone.
    """
    outcome_class: OutcomeClass | None = None
    """The class whose colours the title takes, where the page is about a verdict."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.theme = THEMES[ThemeName.DARK]

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours. Fields, keys and labels of `app.widgets.form` need nothing more."""
        self.theme = theme
        self.setStyleSheet(form_style(theme))

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.setFont(font(base_px))

    def be_opened(self) -> None:
        """Called when it is seen: the place to give a field the focus."""


def switch(act: Callable[[], object]) -> Callable[[], None]:
    """The `make` of an offer that has no page: a touch acts, and that is all."""

    def acted() -> None:
        act()

    return acted


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Offer:
    """What one key opens. `make` gives a new sheet, or None where the touch has done it all (`switch`).

    `right` is what the person on shift must hold; `title` is the key's text where it changes (None: the words have it);
    `is_ready` says whether it can be used at the moment.
    """

    make: Callable[[], Sheet | None]
    right: Right | None = None
    title: Callable[[], str] | None = None
    is_ready: Callable[[], bool] = _always
