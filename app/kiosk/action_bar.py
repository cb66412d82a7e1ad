"""The keys below the verdict, and the counts beside them. Only what works is shown.

Owns the keys. They take the focus from the Tab key alone, so that a hand scanner's Enter or space presses nothing by
accident after a touch.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.kiosk.measures import ACTIONS_PX
from app.kiosk.sheet import BIG_KEYS, SHORTCUTS, SheetName
from app.kiosk.sheet_desk import SheetDesk
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import LEAST_PX, PlainLabel, draw_line
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import fitting, font

BETWEEN = " · "


class ActionBar(QWidget):
    """A key for each of `BIG_KEYS` that has something to do, and the counts."""

    def __init__(self, theme: Theme, desk: SheetDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._base_px = 16
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.key_of = {name: self._key(name) for name in BIG_KEYS}
        for name, sequence in SHORTCUTS.items():
            self._shortcut(name, sequence)
        self._counts = _Counts(self)
        self._counts.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._counts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # keys before counts
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
        self._fit()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self.setStyleSheet(_style(theme))

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self._fit()

    def show_counts(self, counts: str) -> None:
        """Shows how many are inside and how fast they come."""
        if counts != self._counts.text():
            self._counts.show_text(counts)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Writes keys and counts smaller where all of them would not have their room."""
        room, shown = self.width() - 3 * GRID_PX, [each for each in self.keys if not each.isHidden()]
        sizes = (font(px) for px in range(self._base_px, LEAST_PX, -1))
        fitting_all = (
            letters
            for letters in sizes
            if sum(each.width_in(letters) + GRID_PX for each in shown) + self._counts.least_width(letters) <= room
        )
        letters = next(fitting_all, font(LEAST_PX))
        for part in (*self.keys, self._counts):
            part.setFont(letters)

    def _key(self, name: SheetName) -> FittedKey:
        made = FittedKey(self)
        made.clicked.connect(lambda: self._desk.touch(name))
        return made

    def _shortcut(self, name: SheetName, sequence: str) -> None:
        made = QShortcut(QKeySequence(sequence), self, context=Qt.ShortcutContext.WindowShortcut)
        made.activated.connect(lambda: self._desk.touch(name))
        if name in self.key_of:
            self.key_of[name].setAccessibleDescription(sequence)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.setSpacing(GRID_PX)
        for each in self.keys:
            row.addWidget(each)
        row.addWidget(self._counts, 1)
        self.setMinimumHeight(ACTIONS_PX)


class _Counts(PlainLabel):
    """The counts, the most wanted first: what there is no room for is left out whole, and the first one stays."""

    def least_width(self, letters: QFont) -> float:
        """What the first of them needs."""
        return QFontMetricsF(letters).horizontalAdvance(self.text().split(BETWEEN)[0])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Draws as many of them as there is room for."""
        painter, room = QPainter(self), QRectF(self.contentsRect())
        pieces = self.text().split(BETWEEN)
        metrics = QFontMetricsF(self.font())
        tries = (BETWEEN.join(pieces[:count]) for count in range(len(pieces), 1, -1))
        shown = next((text for text in tries if metrics.horizontalAdvance(text) <= room.width()), pieces[0])
        painter.setFont(fitting(shown, room.width(), self.font().pixelSize()))
        painter.setPen(self.palette().color(self.foregroundRole()))
        draw_line(painter, room, self.alignment(), shown)
        painter.end()


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
