"""Everything that has no key of its own below the verdict."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import BIG_KEYS, SHORTCUTS, Sheet, SheetName
from app.kiosk.sheet_desk import SheetDesk
from app.widgets.fitted_key import FittedKey
from app.widgets.theme import GRID_PX, TOUCH_PX
from app.widgets.typeface import font

_COLUMNS = 4
MOST_KEY_PX = 72


class MoreSheet(Sheet):
    """A key for each; `wanted` says which was touched. Its keys are of the moment at which it is opened."""

    wanted = Signal(object)
    """A `SheetName`."""

    def __init__(self, title: str, desk: SheetDesk, locked: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.keys: dict[SheetName, FittedKey] = {}
        grid = QGridLayout()
        grid.setSpacing(GRID_PX)
        for place, name in enumerate(each for each in desk.offered if each not in BIG_KEYS):
            self.keys[name] = self._key(desk, name, locked)
            grid.addWidget(self.keys[name], place // _COLUMNS, place % _COLUMNS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        outer.addLayout(grid, 1)
        outer.addStretch(0)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in self.keys.values():
            each.setFont(font(base_px))
            each.setMaximumHeight(max(MOST_KEY_PX, 3 * base_px))

    def _key(self, desk: SheetDesk, name: SheetName, locked: str) -> FittedKey:
        made = FittedKey(self)
        made.show_text(desk.title(name) + (f" · {locked}" if desk.is_locked(name) else ""))
        made.setMinimumHeight(TOUCH_PX)
        made.setMaximumHeight(MOST_KEY_PX)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        made.setEnabled(desk.is_ready(name))
        made.setAccessibleDescription(SHORTCUTS.get(name, ""))
        made.clicked.connect(lambda: self.wanted.emit(name))
        return made
