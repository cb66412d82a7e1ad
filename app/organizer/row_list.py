"""A list of rows of which one can be chosen: a sign, a title with a word at its right, and a line below.

Owns how such a list looks, how it is walked with the keyboard, and that it stands still while it is read: rows that
come in above push nothing away. Text is drawn literally.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.widgets.plain_text import MAX_LONG, draw_line, plain
from app.widgets.signs import aspect, paint_sign
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import fitting, font
from core.model.outcomes import LOOKS, OutcomeClass

_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_Index = QModelIndex | QPersistentModelIndex
_BAR_PX = 4
"""The bar at the left of the row that is chosen: its colour is not its only sign."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row. `name` tells it from the others, whatever place it has. `sign` None: nothing is the matter."""

    name: str
    title: str
    line: str
    aside: str = ""
    sign: OutcomeClass | None = None
    is_muted: bool = False

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ". ".join(filter(None, (self.title, self.aside, self.line)))


class RowList(QListView):
    """The rows. One of them is the current one, or none."""

    chosen = Signal(str)
    """The name of a row that somebody chose: by a click, or by Enter."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self._model = _Rows(self)
        self._painting = _RowPainting(self)
        self._theme = THEMES[ThemeName.DARK]
        self.setAccessibleName(plain(name))
        self.setModel(self._model)
        self.setItemDelegate(self._painting)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        self.clicked.connect(self._choose)

    @property
    def rows(self) -> tuple[ListRow, ...]:
        """All rows, the first one first."""
        return self._model.rows

    @property
    def current(self) -> str:
        """The name of the row that is marked as chosen; empty for none."""
        return self._current

    @property
    def is_at_top(self) -> bool:
        """Whether the first row is seen whole."""
        return self.verticalScrollBar().value() == 0

    def show_rows(self, rows: Sequence[ListRow], *, stands_still: bool = True) -> int:
        """Shows rows; how many of them are new above what is being read, and not seen.

        `stands_still`: what was seen stays where it was, unless the list stood at its top and nobody was in it.
        """
        before = self._model.rows
        anchor, at_px = self._anchor() if stands_still else (None, 0)
        focused = before[self.currentIndex().row()].name if self.currentIndex().isValid() else self._current
        self._model.show_rows(tuple(rows))
        names = [row.name for row in self._model.rows]
        if focused in names:
            self.setCurrentIndex(self._model.index(names.index(focused)))
        if anchor is None or anchor not in names:
            return 0
        self.doItemsLayout()
        self.verticalScrollBar().setValue(names.index(anchor) * self._painting.row_px - at_px)
        known = {row.name for row in before}
        above = names[: self.verticalScrollBar().value() // self._painting.row_px]
        return sum(name not in known for name in above)

    def mark(self, name: str) -> None:
        """Marks the row that is shown elsewhere; none for a name that no row has."""
        self._current = name
        names = [row.name for row in self._model.rows]
        if name in names:
            self.setCurrentIndex(self._model.index(names.index(name)))
        self.viewport().update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._painting.theme = theme
        ring = f"border: 2px solid {theme.raised}; border-radius: {GRID_PX}px;"
        self.setStyleSheet(
            f"RowList {{ background: transparent; {ring} }} RowList:focus {{ border: 2px solid {theme.focus}; }}"
        )
        self.viewport().update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._painting.base_px = base_px
        self.setMinimumHeight(self._painting.row_px + 2 * GRID_PX)
        self.doItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter and Space choose the row that has the focus; the arrows move it."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """One row."""
        return QSize(4 * TOUCH_PX, self._painting.row_px + 2 * GRID_PX)

    def _anchor(self) -> tuple[str | None, int]:
        """The row that stays where it is, and how far below the upper edge it lies."""
        rows, row_px, top = self._model.rows, self._painting.row_px, self.verticalScrollBar().value()
        if not rows or (top == 0 and not self.hasFocus() and not self.underMouse()):
            return None, 0
        place = min(len(rows) - 1, -(-top // row_px))
        return rows[place].name, place * row_px - top

    def _choose(self, index: _Index) -> None:
        if index.isValid():
            name = self._model.rows[index.row()].name
            self.mark(name)
            self.chosen.emit(name)


class _Rows(QAbstractListModel):
    """The rows as Qt asks for them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[ListRow, ...] = ()

    def show_rows(self, rows: tuple[ListRow, ...]) -> None:
        """Takes other rows; where they are the same ones, only what has changed is told."""
        before = self.rows
        if [row.name for row in before] != [row.name for row in rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        self.rows = rows
        for place, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(place), self.index(place))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a screen reader says of a row; what is seen, the delegate draws."""
        if index.isValid() and role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return plain(self.rows[index.row()].spoken, MAX_LONG)
        return None


class _RowPainting(QStyledItemDelegate):
    """Draws a row."""

    def __init__(self, of: RowList) -> None:
        super().__init__(of)
        self._of = of
        self.theme = THEMES[ThemeName.DARK]
        self.base_px = 16

    @property
    def row_px(self) -> int:
        """How tall a row is: two lines, and large enough to be touched."""
        return max(TOUCH_PX + GRID_PX, round(3.4 * self.base_px))

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802, ARG002
        """As wide as the list."""
        return QSize(2 * TOUCH_PX, self.row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draws the ground, the sign, the texts and the line below."""
        row, theme, area = self._of.rows[index.row()], self.theme, QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, area, option, row)
        inner = area.adjusted(1.5 * GRID_PX, 0, -1.5 * GRID_PX, 0)
        if row.sign is not None:
            self._paint_sign(painter, inner, row.sign)
        inner.setLeft(inner.left() + 3.5 * GRID_PX)
        self._paint_texts(painter, inner, row)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.restore()

    def _paint_ground(self, painter: QPainter, area: QRectF, option: QStyleOptionViewItem, row: ListRow) -> None:
        state: QStyle.StateFlag = option.state
        theme, is_current = self.theme, row.name == self._of.current
        if is_current or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.ground))
        if is_current:
            painter.fillRect(QRectF(area.left(), area.top(), _BAR_PX, area.height()), QColor(theme.focus))
        if state & QStyle.StateFlag.State_HasFocus and self._of.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(2, 2, -2, -3), GRID_PX / 2, GRID_PX / 2)

    def _paint_sign(self, painter: QPainter, area: QRectF, sign: OutcomeClass) -> None:
        side = 2.25 * GRID_PX
        shape = LOOKS[sign].shape
        high = side / max(1.0, aspect(shape))  # a wide sign is drawn smaller: beside it the text begins
        place = QRectF(area.left(), area.center().y() - high / 2, high * aspect(shape), high)
        paint_sign(painter, shape, place, self.theme.signs[sign])

    def _paint_texts(self, painter: QPainter, area: QRectF, row: ListRow) -> None:
        theme, line_px = self.theme, type_px(self.base_px, -1)
        middle = area.center().y()
        upper = QRectF(area.left(), middle - 1.55 * self.base_px, area.width(), 1.5 * self.base_px)
        lower = QRectF(area.left(), middle + 0.1 * self.base_px, area.width(), 1.4 * self.base_px)
        painter.setPen(QColor(theme.muted))
        painter.setFont(font(line_px))
        aside_px = QFontMetricsF(painter.font()).horizontalAdvance(row.aside)
        draw_line(painter, upper, _RIGHT, row.aside)
        painter.setFont(fitting(row.line, lower.width(), line_px))
        draw_line(painter, lower, _LEFT, row.line, MAX_LONG)
        painter.setPen(QColor(theme.muted if row.is_muted else theme.text))
        title = upper.adjusted(0, 0, -(aside_px + GRID_PX), 0)
        painter.setFont(fitting(row.title, title.width(), self.base_px, QFont.Weight.Medium))
        draw_line(painter, title, _LEFT, row.title)
