"""A window in a state worth a look, for every program that has windows: drawn for people, walked by tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.widgets.theme import ThemeName
from tests.support.walk import View

W = TypeVar("W")


@dataclass(frozen=True)
class Look(Generic[W]):
    """How a page is shown. `words` are the program's, such as `KioskWords`."""

    words: W
    size: QSize
    theme: ThemeName = ThemeName.DARK


@dataclass(frozen=True)
class Shot(Generic[W]):
    """A window, and what brings it into its state once it is shown.

    `has_long_names`: they are longer than any place for them, and no language's words.
    """

    name: str
    make: Callable[[Look[W]], QWidget]
    act: Callable[[QWidget], None] = lambda _: None
    has_long_names: bool = False

    def open(self, look: Look[W]) -> QWidget:
        """The window, shown, at its size and in its state. `close` it."""
        window = self.make(look)
        window.resize(look.size)
        window.show()
        self.act(window)
        for _ in range(2):  # what is laid out anew may lay out its own parts anew
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        return window


@contextmanager
def opened(shot: Shot[W], look: Look[W]) -> Iterator[View]:
    """The window of a shot, for as long as somebody looks."""
    window = shot.open(look)
    yield View(window)
    window.close()
    window.deleteLater()
