"""One row of a list that can be touched: a sign, a title, a line below it, and a tick where it can be ticked.

Owns how such a row looks and how rows fill a page. Text is drawn literally.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.plain_text import draw_line, plain, plain_label, show_on_button
from app.widgets.signs import aspect, paint_sign
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import fitting, font
from app.widgets.words import Template
from core.model.outcomes import LOOKS, OutcomeClass

_LEFT = Qt.AlignmentFlag.AlignLeft
_INDENT_PX = 4 * GRID_PX
LEAST_ROW_PX = TOUCH_PX + GRID_PX


def row_px(base_px: int) -> int:
    """How tall a row is: two lines, and large enough to be touched."""
    return max(LEAST_ROW_PX, round(2.8 * base_px))


@dataclass(frozen=True, slots=True)
class RowText:
    """What one row shows. `is_ticked` None: it can't be ticked. `is_ready`: a touch does something."""

    title: str
    line: str
    sign: OutcomeClass | None = None
    is_beside: bool = False
    is_ticked: bool | None = None
    is_ready: bool = True

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ". ".join(filter(None, (self.title, self.line)))


class RowKey(QPushButton):
    """A row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = RowText("", "")
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(LEAST_ROW_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def row(self) -> RowText:
        """What is shown."""
        return self._row

    def show_row(self, row: RowText) -> None:
        """Shows a row."""
        self._row = row
        self.setCheckable(row.is_ticked is not None)
        self.setChecked(bool(row.is_ticked))
        self.setEnabled(row.is_ready)
        self.setAccessibleName(plain(row.spoken, 400))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.setFixedHeight(row_px(base_px))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Any width, two lines."""
        return QSize(6 * TOUCH_PX, row_px(self._base_px))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the row."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = theme.sunken if self.isDown() else theme.raised
        edge = QPen(QColor(theme.focus if self.hasFocus() else theme.line), 3 if self.hasFocus() else 2)
        painter.setPen(edge)
        painter.setBrush(QColor(ground))
        indent = _INDENT_PX if self._row.is_beside else 0
        area = QRectF(self.rect()).adjusted(2 + indent, 2, -2, -2)
        painter.drawRoundedRect(area, GRID_PX, GRID_PX)
        inner = area.adjusted(1.5 * GRID_PX, 0, -1.5 * GRID_PX, 0)
        inner.setLeft(self._paint_mark(painter, inner))
        self._paint_text(painter, inner)
        painter.end()

    def _paint_mark(self, painter: QPainter, area: QRectF) -> float:
        """The tick box or the sign; where the text begins."""
        side = area.height() * 0.5
        row, theme = self._row, self._theme
        if row.is_ticked is not None:
            box = QRectF(area.left(), area.center().y() - side / 2, side, side)
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 4, 4)
            if self.isChecked():
                mark = box.adjusted(4, 4, -4, -4)
                paint_sign(painter, LOOKS[OutcomeClass.ADMIT].shape, mark, theme.text)
            return box.right() + 1.5 * GRID_PX
        if row.sign is None:
            return area.left()
        shape = LOOKS[row.sign].shape
        wide = side * max(1.0, aspect(shape))
        paint_sign(painter, shape, QRectF(area.left(), area.center().y() - side / 2, wide, side), theme.signs[row.sign])
        return area.left() + 1.5 * side + 1.5 * GRID_PX

    def _paint_text(self, painter: QPainter, area: QRectF) -> None:
        row, theme = self._row, self._theme
        title_px, line_px = type_px(self._base_px, 0), type_px(self._base_px, -1)
        half = area.height() / 2
        title = QRectF(area.left(), area.top() + 2, area.width(), half)
        painter.setPen(QColor(theme.text if row.is_ready else theme.muted))
        painter.setFont(fitting(row.title, area.width(), title_px, QFont.Weight.Medium))
        draw_line(painter, title if row.line else area, _LEFT, row.title)
        painter.setPen(QColor(theme.muted))
        painter.setFont(fitting(row.line, area.width(), line_px))
        draw_line(painter, QRectF(area.left(), area.top() + half - 2, area.width(), half), _LEFT, row.line)


class PagedRows(QWidget):
    """Rows, as many as fit, and keys to the others: with gloves a key is easier than a list that slides."""

    chosen = Signal(int)
    """The number of the row that was touched."""

    def __init__(self, *, up: str, down: str, page: Template, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page_text = page
        self._rows: tuple[RowText, ...] = ()
        self._page = 0
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.keys: list[RowKey] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(GRID_PX)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.up_key, self.down_key = self._turner(up, -1), self._turner(down, 1)
        self._place = plain_label("", self)
        self._place.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._turners = QWidget(self)
        turners = QVBoxLayout(self._turners)
        turners.setContentsMargins(0, 0, 0, 0)
        turners.setSpacing(GRID_PX)
        for each in (self.up_key, self._place, self.down_key):
            turners.addWidget(each)
        turners.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        row.addLayout(self._column, 1)
        row.addWidget(self._turners)
        self.setMinimumHeight(LEAST_ROW_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def shown(self) -> tuple[RowText, ...]:
        """The rows of the page."""
        return tuple(each.row for each in self.keys if not each.isHidden())

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self._rows) // self._fitting()))

    def show_rows(self, rows: tuple[RowText, ...], *, from_start: bool = True) -> None:
        """Shows rows; `from_start` with the first page."""
        self._rows = rows
        self._page = 0 if from_start else min(self._page, self.pages - 1)
        self._show()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        for each in self.keys:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for each in self.keys:
            each.show_base(base_px)
        for each_key in (self.up_key, self.down_key):
            each_key.setFont(font(base_px))
        self._place.setFont(font(base_px))
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """As many rows as fit."""
        super().resizeEvent(event)
        self._page = min(self._page, self.pages - 1)
        self._show()

    def _fitting(self) -> int:
        return max(1, (self.height() + GRID_PX) // (row_px(self._base_px) + GRID_PX))

    def _show(self) -> None:
        fitting, pages = self._fitting(), self.pages
        first = self._page * fitting
        rows = self._rows[first : first + fitting]
        while len(self.keys) < len(rows):
            self._add()
        for place, each in enumerate(self.keys):
            each.setVisible(place < len(rows))
            if place < len(rows):
                each.show_row(rows[place])
        self._turners.setVisible(pages > 1 and self.height() >= 2 * TOUCH_PX + GRID_PX)
        self.up_key.setEnabled(self._page > 0)
        self.down_key.setEnabled(self._page < pages - 1)
        self._place.show_text(f"{self._page + 1}/{pages}")
        self._place.setAccessibleName(self._page_text.fill(page=self._page + 1, pages=pages))
        self._place.setVisible(self.height() >= 3 * (TOUCH_PX + GRID_PX))

    def _add(self) -> None:
        made = RowKey(self)
        made.show_theme(self._theme)
        made.show_base(self._base_px)
        place = len(self.keys)
        made.clicked.connect(lambda _=False: self.chosen.emit(self._page * self._fitting() + place))
        self.keys.append(made)
        self._column.addWidget(made)

    def _turner(self, text: str, by: int) -> QPushButton:
        made = QPushButton(self)
        show_on_button(made, text)
        made.setMinimumSize(2 * TOUCH_PX, TOUCH_PX)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _=False: self._turn(by))
        return made

    def _turn(self, by: int) -> None:
        self._page = min(max(0, self._page + by), self.pages - 1)
        self._show()
