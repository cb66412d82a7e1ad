"""The keys below the verdict, and the counts beside them. Only what works is shown.

Owns the keys. They take the focus from the Tab key alone, so that a hand scanner's Enter or space presses nothing by
accident after a touch.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.kiosk.measures import ACTIONS_PX
from app.kiosk.sheet import BIG_KEYS, SheetName
from app.kiosk.sheet_desk import SheetDesk
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import plain_label
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

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
}
"""The keyboard's keys, for what has a key below the verdict and for the switches under More."""


class ActionBar(QWidget):
    """A key for each of `BIG_KEYS` that has something to do, and the counts."""

    def __init__(self, theme: Theme, desk: SheetDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.key_of = {name: self._key(name) for name in BIG_KEYS}
        for name, sequence in SHORTCUTS.items():
            self._shortcut(name, sequence)
        self._counts = plain_label("", self)
        self._counts.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._arrange()
        self.show_theme(theme)
        desk.offers_changed.connect(self.show_offers)
        self.show_offers()

    @property
    def keys(self) -> tuple[FittedKey, ...]:
        """All keys, shown or not."""
        return tuple(self.key_of.values())

    @property
    def counts(self) -> str:
        """What stands beside the keys."""
        return self._counts.text()

    def show_offers(self) -> None:
        """Shows the keys that have something to do; what only rests for the moment stays and can't be pressed."""
        offered = self._desk.offered
        for name, each in self.key_of.items():
            each.setVisible(name in offered)
            each.setEnabled(self._desk.is_ready(name))
            each.show_text(self._desk.title(name))

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self.setStyleSheet(_style(theme))

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in self.keys:
            each.setFont(font(base_px))
        self._counts.setFont(font(base_px))

    def show_counts(self, counts: str) -> None:
        """Shows how many are inside and how fast they come."""
        self._counts.show_text(counts)

    def _key(self, name: SheetName) -> FittedKey:
        made = FittedKey(self)
        made.clicked.connect(lambda: self._desk.touch(name))
        return made

    def _shortcut(self, name: SheetName, sequence: str) -> None:
        made = QShortcut(QKeySequence(sequence), self, context=Qt.ShortcutContext.WindowShortcut)
        made.activated.connect(lambda: self._desk.touch(name))

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.setSpacing(GRID_PX)
        for each in self.keys:
            row.addWidget(each)
        row.addWidget(self._counts, 1)
        self.setMinimumHeight(ACTIONS_PX)


def _style(theme: Theme) -> str:
    """Flat keys on the raised ground; a ring shows the focus."""
    return f"""
        ActionBar {{ background: {theme.raised}; }}
        QLabel {{ color: {theme.muted}; background: transparent; }}
        QPushButton {{ color: {theme.text}; background: {theme.ground}; border: 2px solid {theme.line};
                       border-radius: {GRID_PX}px; padding: 0; }}
        QPushButton:pressed {{ background: {theme.sunken}; }}
        QPushButton:disabled {{ color: {theme.muted}; border-color: {theme.ground}; }}
        QPushButton:focus {{ border: 3px solid {theme.focus}; }}
    """
