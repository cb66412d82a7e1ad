"""A list of many things in columns: read by eye, by keyboard and by screen reader, plain text only.

Owns which columns there is room for, the order of the rows that are here, and the key that asks for more of them. Up
and Down go through the rows, Enter opens one, Left and Right sort by another column and Minus turns the order round.
What a row means is its page's.
"""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.organizer.empty_state import EmptyState
from app.widgets.form import key
from app.widgets.plain_text import MAX_LONG, draw_lines, plain, plain_label, show_on_button
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.model.outcomes import LOOKS, OutcomeClass

_Index = QModelIndex | QPersistentModelIndex
_TOLD = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
_LINES = 2
_PAD_PX = GRID_PX
_BAR_PX = 4
"""The bar at the left of the row with the mark: its colour is not its only sign."""
UP, DOWN = "▲", "▼"


@dataclass(frozen=True, slots=True)
class Column:
    """`em` is its least width in letters' heights; what is left over goes to the columns that are `is_wide`.

    Columns of a higher `rank` give way first where the window is narrow; rank 0 always stays.
    """

    title: str
    em: float = 6.0
    is_wide: bool = False
    is_right: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One row: `id` tells the page which; `sort_by` are values in the order of columns, else the cells themselves.

    `sign` stands before the first cell; `is_trouble` asks for a look.
    """

    id: str
    cells: tuple[str, ...]
    sort_by: tuple[Any, ...] = ()
    sign: OutcomeClass | None = None
    is_trouble: bool = False


class _Records(QAbstractTableModel):
    """The rows as Qt asks for them."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[Column, ...] = ()
        self.rows: list[Record] = []
        self.sorted_by = -1
        self.is_descending = False

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in _TOLD:
            return plain(self.rows[index.row()].cells[index.column()], MAX_LONG)
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if way is Qt.Orientation.Horizontal and role in {
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        }:
            title = plain(self.columns[section].title)
            return f"{title} {DOWN if self.is_descending else UP}" if section == self.sorted_by else title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.columns[section].is_right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def take(self, columns: tuple[Column, ...], rows: list[Record]) -> None:
        self.beginResetModel()
        self.columns, self.rows = columns, rows
        self.endResetModel()


class _Drawn(QStyledItemDelegate):
    """Draws a cell: literally, on two lines at most."""

    def __init__(self, records: _Records, view: "RecordTable") -> None:
        super().__init__(view)
        self._records = records
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802, ARG002
        return QSize(TOUCH_PX, self._view.row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, record = self._view.theme, self._records.rows[index.row()]
        place = QRectF(option.rect)
        table = self._view.table
        is_current = index.row() == table.currentIndex().row()
        painter.save()
        painter.fillRect(place, QColor(theme.ground if is_current else theme.raised))  # muted text is read on both
        if is_current and index.column() == 0:
            painter.fillRect(QRectF(place.left(), place.top(), _BAR_PX, place.height()), QColor(theme.focus))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        if is_current and table.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 3))
            painter.drawLine(place.topLeft(), place.topRight())
            painter.drawLine(place.bottomLeft(), place.bottomRight())
        area = place.adjusted(_PAD_PX, 2, -_PAD_PX, -2)
        if index.column() == 0 and record.sign is not None:
            side = area.height() * 0.4
            spot = QRectF(area.left(), area.center().y() - side / 2, side, side)
            paint_sign(painter, LOOKS[record.sign].shape, spot, theme.signs[record.sign])
            area.setLeft(spot.right() + _PAD_PX)
        column = self._records.columns[index.column()]
        painter.setPen(
            QColor(theme.notice if record.is_trouble and index.column() == 0 and not is_current else theme.text)
        )
        painter.setFont(font(self._view.base_px, QFont.Weight.Medium if index.column() == 0 else QFont.Weight.Normal))
        side_of = Qt.AlignmentFlag.AlignRight if column.is_right else Qt.AlignmentFlag.AlignLeft
        draw_lines(painter, area, side_of, record.cells[index.column()], _LINES)
        painter.restore()


class _Head(QHeaderView):
    """The head: a click sorts. The keyboard reaches it from the table, so that Tab has one stop for both."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class RecordTable(QWidget):
    """A table, what stands in its place while there is nothing, and the key for more rows."""

    opened = Signal(str)
    """The id of the row that somebody opened: Enter, or a click."""
    marked = Signal(str)
    """The id of the row that has the mark now; empty for none."""
    more_wanted = Signal()
    """Somebody wants the rows that are not here yet."""

    def __init__(self, name: str, hint: str, parent: QWidget | None = None) -> None:
        """`hint` tells a screen reader what the keys do: `words.table.hint`."""
        super().__init__(parent)
        self.theme = THEMES[ThemeName.DARK]
        self.base_px = 16
        self._records = _Records()
        self.table = _Table(self._records, self)
        self.table.setAccessibleName(plain(name))
        self.head = _Head(self.table)
        self.head.setAccessibleName(plain(name))
        self.table.setAccessibleDescription(plain(hint, MAX_LONG))
        self.table.setHorizontalHeader(self.head)
        self.table.setItemDelegate(_Drawn(self._records, self))
        self.head.sectionClicked.connect(self.sort_by)
        self.table.row_activated.connect(self._open)
        self.table.order_wanted.connect(self._sort_beside)
        self.table.turn_wanted.connect(lambda: self.sort_by(max(0, self._records.sorted_by)))
        self.table.resized.connect(self._fit)
        self.table.selectionModel().currentRowChanged.connect(self._mark)
        self.empty = EmptyState(self)
        self.count = plain_label("", self)
        self.more_key = key("", self)
        self.more_key.hide()
        self.more_key.clicked.connect(self.more_wanted)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.count, 1)
        row.addWidget(self.more_key)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        column.addLayout(row)
        self.show_records((), ())

    @property
    def row_px(self) -> int:
        """How tall a row is: two lines, and large enough to be touched."""
        return max(TOUCH_PX, round(2.9 * self.base_px))

    @property
    def records(self) -> tuple[Record, ...]:
        """The rows in their order of now."""
        return tuple(self._records.rows)

    @property
    def marked_id(self) -> str:
        """The row that has the mark; empty for none."""
        row = self.table.currentIndex().row()
        return self._records.rows[row].id if 0 <= row < len(self._records.rows) else ""

    def show_records(
        self, columns: tuple[Column, ...], rows: tuple[Record, ...], *, count: str = "", more: str = ""
    ) -> None:
        """Shows rows, in the order that was chosen; the mark stays on its row, and so does what is in sight.

        `count` says how many there are, `more` is the text of the key for more of them.
        """
        marked, at = self.marked_id, self.table.verticalScrollBar().value()
        self._records.take(columns, self._in_order(columns, list(rows)))
        self.count.show_text(count)
        self.count.setVisible(bool(count))
        show_on_button(self.more_key, more)
        self.more_key.setVisible(bool(more))
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._fit()
        self._put_mark(marked)
        self.table.verticalScrollBar().setValue(at)

    def sort_by(self, column: int) -> None:
        """Sorts by a column; once more turns the order round."""
        records, marked = self._records, self.marked_id
        records.is_descending = not records.is_descending if records.sorted_by == column else False
        records.sorted_by = column
        records.take(records.columns, self._in_order(records.columns, records.rows))
        self._fit()
        self._put_mark(marked)

    def _sort_beside(self, by: int) -> None:
        shown = [at for at in range(len(self._records.columns)) if not self.head.isSectionHidden(at)]
        before = self._records.sorted_by
        place = shown.index(before) + by if before in shown else 0
        if shown and 0 <= place < len(shown):
            self.sort_by(shown[place])

    def mark(self, id_: str) -> None:
        """Puts the mark on a row and brings it into sight; nothing where it is not here."""
        self._put_mark(id_)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.theme = theme
        self.table.setStyleSheet(
            f"QTableView {{ background: {theme.raised}; border: 3px solid {theme.line}; }}"
            f"QTableView:focus {{ border: 3px solid {theme.focus}; }}"
            f"QHeaderView {{ background: {theme.ground}; border: none; }}"
            f"QHeaderView::section {{ color: {theme.muted}; background: {theme.ground}; border: none;"
            f" padding: 0 {_PAD_PX}px; }}"
        )
        self.count.setStyleSheet(f"color: {theme.muted};")
        self.empty.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.base_px = base_px
        self.head.setFont(font(type_px(base_px, -1), QFont.Weight.Medium))
        self.head.setFixedHeight(TOUCH_PX)
        self.table.verticalHeader().setDefaultSectionSize(self.row_px)
        self.count.setFont(font(type_px(base_px, -1)))
        self.more_key.setFont(font(base_px))
        self.table.setMinimumHeight(TOUCH_PX + 3 * self.row_px)
        self.empty.show_base(base_px)
        self._fit()

    def _in_order(self, columns: tuple[Column, ...], rows: list[Record]) -> list[Record]:
        by = self._records.sorted_by
        if not 0 <= by < len(columns):
            return rows
        return sorted(rows, key=lambda row: _sort_value(row, by), reverse=self._records.is_descending)

    def _fit(self) -> None:
        columns = self._records.columns
        room = self.table.viewport().width() or self.width()
        letters = QFontMetricsF(self.head.font())
        wished = [
            round(
                max(TOUCH_PX, each.em * self.base_px, letters.horizontalAdvance(f"{each.title} {DOWN}") + 3 * _PAD_PX)
            )
            for each in columns
        ]
        if any(each.sign is not None for each in self._records.rows[:1]):
            wished[0] += self.row_px // 2
        shown = set(range(len(columns)))
        for place in sorted(shown, key=lambda at: (-columns[at].rank, -at)):
            if columns[place].rank == 0 or sum(wished[at] for at in shown) <= room:
                break
            shown.discard(place)
        wide = [at for at in shown if columns[at].is_wide] or sorted(shown)[:1]
        spare = max(0, room - sum(wished[at] for at in shown)) // max(1, len(wide))
        for at in range(len(columns)):
            self.head.setSectionHidden(at, at not in shown)
            if at in shown:
                self.head.resizeSection(at, wished[at] + (spare if at in wide else 0))

    def _put_mark(self, id_: str) -> None:
        place = next((at for at, each in enumerate(self._records.rows) if each.id == id_), -1)
        if place >= 0:
            self.table.setCurrentIndex(self._records.index(place, 0))

    def _open(self, row: int) -> None:
        if 0 <= row < len(self._records.rows):
            self.opened.emit(self._records.rows[row].id)

    def _mark(self) -> None:
        self.marked.emit(self.marked_id)


class _Table(QTableView):
    """The rows: one mark, Enter and a click open."""

    row_activated = Signal(int)
    order_wanted = Signal(int)
    """The column to the left (-1) or the right (1) shall give the order."""
    turn_wanted = Signal()
    resized = Signal()

    def __init__(self, records: _Records, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(records)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.clicked.connect(lambda index: self.row_activated.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter and Space open; Left, Right and Minus sort."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.row_activated.emit(self.currentIndex().row())
            return
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self.order_wanted.emit(1 if event.key() == Qt.Key.Key_Right else -1)
            return
        if event.key() == Qt.Key.Key_Minus:
            self.turn_wanted.emit()
            return
        super().keyPressEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Tells that there is another width for columns."""
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: Any) -> None:  # noqa: N802
        """The mark is seen as soon as somebody is here."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model().rowCount() > 0:
            self.setCurrentIndex(self.model().index(0, 0))
        self.viewport().update()


def _sort_value(row: Record, column: int) -> tuple[bool, Any]:
    """What is not known comes last; texts by letters, whatever their case."""
    value = row.sort_by[column] if column < len(row.sort_by) else row.cells[column]
    return value is None, (value.casefold() if isinstance(value, str) else value) if value is not None else 0
