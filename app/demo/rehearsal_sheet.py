"""The board of a rehearsal: a key for each guest that may come, and one for each thing that may go wrong."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.demo.rehearsal_house import Part
from app.demo.rehearsal_words import RehearsalWords
from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.theme import GRID_PX, TOUCH_PX
from app.widgets.typeface import font

_COLUMNS = 4


class Switch(StrEnum):
    """What goes wrong, or right again."""

    NETWORK = "network"
    AHEAD = "ahead"
    BEHIND = "behind"
    RIGHT = "right"
    DISK = "disk"
    KILL = "kill"


class RehearsalSheet(Sheet):
    """Steps aside for the verdict of the guest that it sent; whoever opened it opens it again."""

    guest_wanted = Signal(object)
    """A `Part`."""
    switched = Signal(object)
    """A `Switch`."""

    def __init__(
        self, words: RehearsalWords, *, is_cut: bool, is_full: bool, can_fill: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(words.board.board, parent)
        said = words.board
        self.guest_keys = {part: self._key(words.guests[part], self._send(part)) for part in Part}
        texts = {
            Switch.NETWORK: said.mend if is_cut else said.cut,
            Switch.AHEAD: said.ahead,
            Switch.BEHIND: said.behind,
            Switch.RIGHT: said.right,
            Switch.DISK: said.free if is_full else said.fill,
            Switch.KILL: said.kill,
        }
        self.switch_keys = {each: self._key(text, self._turn(each)) for each, text in texts.items()}
        self.switch_keys[Switch.DISK].setEnabled(can_fill)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        for keys in (self.guest_keys.values(), self.switch_keys.values()):
            grid = QGridLayout()
            grid.setSpacing(GRID_PX)
            for place, each in enumerate(keys):
                grid.addWidget(each, place // _COLUMNS, place % _COLUMNS)
            for place in range(_COLUMNS):
                grid.setColumnStretch(place, 1)
            column.addLayout(grid, 4)
            column.addStretch(1)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (*self.guest_keys.values(), *self.switch_keys.values()):
            each.setFont(font(base_px))

    def _send(self, part: Part) -> Callable[[], None]:
        return lambda: self.guest_wanted.emit(part)

    def _turn(self, switch: Switch) -> Callable[[], None]:
        return lambda: self.switched.emit(switch)

    def _key(self, text: str, pressed: Callable[[], None]) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        made.clicked.connect(lambda _=False: pressed())
        return made
