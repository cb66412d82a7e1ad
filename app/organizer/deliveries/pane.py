"""Panels from the many to the one: side by side where there is room, else one of them with a key that leads back.

Owns which of them are seen. What they show is a subclass's.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.organizer.deliveries.texts import Reader
from app.organizer.deliveries.words import DeliveriesWords
from app.organizer.empty_state import EmptyState
from app.organizer.panel import AnyPanel
from app.organizer.panel_frame import PanelFrame
from app.organizer.surroundings import Surroundings
from app.widgets.form import key
from app.widgets.plain_text import show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

TWO_FROM_PX, THREE_FROM_PX = 960, 1_600
"""So wide, two panels or three stand beside each other: the last one, and where somebody came from. Less wide, one."""


class Pane(QWidget):
    """One view of the page. `put` its panels in the order of going deeper; the last one shows one thing."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self.level = 0
        self.frames: list[PanelFrame] = []
        self.back_keys: list[QPushButton] = []
        self._is_shown = False
        self.top = QWidget(self)
        self.top.hide()
        self._row = QHBoxLayout()
        self._row.setSpacing(2 * GRID_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.top)
        column.addLayout(self._row, 1)

    # --- for a subclass -----------------------------------------------------------------------------------------

    @property
    def words(self) -> DeliveriesWords:
        """The page's words of now."""
        return self.at.words.deliveries

    def reader(self) -> Reader:
        """Who reads, as of now."""
        return Reader(self.at.words, self.at.zone, self.at.desk.now_ms())

    def put(self, panel: AnyPanel, stretch: int) -> PanelFrame:
        """One more panel, and the key that leads from it to the one before."""
        place = len(self.frames)
        back = key("", self)  # made before the frame, so that Tab comes to it before what lies in there
        back.clicked.connect(lambda: self.go(place - 1))
        back.setVisible(False)
        frame = PanelFrame(panel, self.at, self)
        if place:
            frame.keys.addWidget(back)
            self.back_keys.append(back)
        self.frames.append(frame)
        self._row.addWidget(frame, stretch)
        return frame

    def end(self, stretch: int) -> None:
        """No more panels: what stands in the place of the last one while nothing is chosen."""
        self.placeholder = EmptyState(self)
        self.placeholder.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._row.addWidget(self.placeholder, stretch)
        self.place_parts()

    def placeholder_text(self) -> str:
        """What is said there."""
        return ""

    def say_placeholder(self) -> None:
        """Says it anew."""
        self.placeholder.show_text(self.placeholder_text())

    def left(self, level: int) -> None:
        """Somebody went back to this level."""

    # --- what its page asks -------------------------------------------------------------------------------------

    def begin(self) -> None:
        """It is seen from now on."""
        self._is_shown = True
        for frame in self.frames[:-1]:
            frame.begin()
        if self.level == len(self.frames) - 1:
            self.frames[-1].begin()

    def rest(self) -> None:
        """Something else is seen: it asks nothing."""
        self._is_shown = False
        for frame in self.frames:
            frame.rest()

    def go(self, level: int) -> None:
        """Shows the panel at this level, and beside it what there is room for."""
        is_back = level < self.level
        self.level = level
        last = self.frames[-1]
        if level < len(self.frames) - 1:
            last.rest()
        elif self._is_shown:
            last.begin()
        self.say_placeholder()
        self.place_parts()
        if is_back:
            self.left(level)
            self.frames[level].setFocus()
            self.focusNextChild()
        elif self.is_alone and level:
            self.back_keys[level - 1].setFocus()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        for each in self.back_keys:
            show_on_button(each, self.words.list.back)
        self.say_placeholder()
        for frame in self.frames:
            frame.say_anew()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for frame in self.frames:
            frame.show_theme(theme)
        self.placeholder.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for frame in self.frames:
            frame.show_base(base_px)
        for each in self.back_keys:
            each.setFont(font(base_px))
        self.placeholder.show_base(base_px)

    def place_parts(self) -> None:
        """As there is room, and as something is chosen."""
        last, most = len(self.frames) - 1, self._most
        for place, frame in enumerate(self.frames):
            frame.setVisible(self._is_seen(place))
        for each in self.back_keys[:-1]:
            each.setVisible(most <= last)
        self.back_keys[-1].setVisible(True)
        self.placeholder.setVisible(most > 1 and self.level < last)

    def _is_seen(self, place: int) -> bool:
        last, most = len(self.frames) - 1, self._most
        if most == 1:
            return place == self.level
        if place == last:
            return self.level == last
        return most > last or place == min(self.level, last - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """All of them, or one."""
        super().resizeEvent(event)
        self.place_parts()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape leads back."""
        if event.key() == Qt.Key.Key_Escape and self.level:
            self.go(self.level - 1)
            return
        super().keyPressEvent(event)

    @property
    def is_alone(self) -> bool:
        """Whether there is room for one panel alone."""
        return self._most == 1

    @property
    def _most(self) -> int:
        """How many panels there is room for."""
        room = self.width() * 16 / self.at.base_px if self.at.base_px > 16 else self.width()
        return 3 if room >= THREE_FROM_PX else 2 if room >= TWO_FROM_PX else 1
