"""The six signs explained, and which keys of a keyboard do what. A touch or the next verdict ends it."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet, SheetName
from app.kiosk.words import ClassWords, KioskWords
from app.widgets.plain_text import LEAST_PX, MAX_LONG, PaintedText, draw_line, draw_lines, lines_of, plain_label
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import fitting, font
from core.model.outcomes import LOOKS, OutcomeClass

_LEFT = Qt.AlignmentFlag.AlignLeft
BAND_SHARE = 0.18
KEYS_LINES = 3
SMALL_PX = 16
"""The first step of the type scale on a low window."""


class HelpPage(Sheet):
    """One row per class, and below them the keyboard: `keys` are its keys with what each does."""

    def __init__(self, words: KioskWords, keys: Iterable[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(words.sheet_titles[SheetName.HELP], parent)
        self._rows = [_SignRow(each, words.classes[each], self) for each in OutcomeClass]
        self.setAccessibleName(". ".join((self.title, *(row.accessibleName() for row in self._rows))))
        told = words.sheet.keyboard.fill(keys=" · ".join(keys))
        self._keys = plain_label(told, self, limit=MAX_LONG, most_lines=KEYS_LINES)
        self._grid = QGridLayout()
        self._grid.setSpacing(GRID_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addLayout(self._grid, 1)
        column.addWidget(self._keys)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        for row in self._rows:
            row.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for row in self._rows:
            row.show_base(base_px)
        self._arrange(2 if base_px == SMALL_PX else 1)
        keys_px = type_px(base_px, -1)
        self._keys.setFont(font(keys_px))
        self._keys.setFixedHeight(int(1.2 * (KEYS_LINES - 1) * keys_px) + GRID_PX)

    def _arrange(self, columns: int) -> None:
        """Puts the rows below one another, or on a low window in two columns."""
        rows = len(self._rows) // columns
        for place, row in enumerate(self._rows):
            self._grid.addWidget(row, place % rows, place // rows)
        for row_number in range(len(self._rows)):
            self._grid.setRowStretch(row_number, int(row_number < rows))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A touch anywhere."""
        event.accept()
        self.done.emit()


class _SignRow(PaintedText):
    """A class: its ground and sign, what it means, how it looks."""

    def __init__(self, outcome_class: OutcomeClass, words: ClassWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._class = outcome_class
        self._words = words
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{words.sign}: {words.meaning}")

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the tile, and two lines beside it."""
        painter, row = QPainter(self), QRectF(self.rect())
        tile = QRectF(row.left(), row.top(), min(2.2 * row.height(), 0.3 * row.width()), row.height())
        self._paint_tile(painter, tile)
        left = tile.right() + 2 * GRID_PX
        usual_px = max(LEAST_PX, min(self._base_px, int(0.32 * row.height())))
        title_px = min(type_px(self._base_px, 1 if self._base_px == SMALL_PX else 2), int(0.44 * row.height()))
        room = row.right() - left
        title = fitting(self._words.meaning, room, title_px, QFont.Weight.Medium)
        lines = len(lines_of(self._words.meaning, title, room, 2))
        high = 1.25 * title.pixelSize() * lines
        upper = QRectF(left, row.center().y() - (high + 1.4 * usual_px) / 2, room, high)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(title)
        draw_lines(painter, upper, _LEFT, self._words.meaning, lines)
        painter.setPen(QColor(self._theme.muted))
        painter.setFont(fitting(self._words.sign, room, usual_px))
        draw_line(painter, QRectF(left, upper.bottom(), room, usual_px * 1.4), _LEFT, self._words.sign)
        painter.end()

    def _paint_tile(self, painter: QPainter, tile: QRectF) -> None:
        ground, inner = self._theme.grounds[self._class], QRectF(tile)
        painter.fillRect(tile, QColor(ground.ground))
        if self._class is OutcomeClass.ADMIT_AND_ACT:
            painter.fillRect(tile.adjusted(0, tile.height() * (1 - BAND_SHARE), 0, 0), QColor(ground.band))
            inner.adjust(0, 0, 0, -tile.height() * BAND_SHARE)
        margin = inner.height() * 0.18
        area = inner.adjusted(margin, margin, -margin, -margin)
        paint_sign(painter, LOOKS[self._class].shape, area, ground.text)
