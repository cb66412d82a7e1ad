"""One section in the page's list: its sign, its title, and on two lines what it comes to or what it lacks."""

from enum import StrEnum
from typing import assert_never

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.plain_text import draw_line, draw_lines
from app.widgets.row_key import RowKey
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, TOUCH_PX, type_px
from app.widgets.typeface import fitting, font
from core.model.outcomes import LOOKS, OutcomeClass

_LEFT = Qt.AlignmentFlag.AlignLeft
_LINES = 2


class StepMark(StrEnum):
    """How a section stands, told by a shape: nothing, a tick, an empty ring, a full dot."""

    NONE = "none"
    DONE = "done"
    MISSING = "missing"
    UNSAVED = "unsaved"


class StepRow(RowKey):
    """A row that is the open section's, or not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_open = False
        self._mark = StepMark.NONE

    @property
    def mark(self) -> StepMark:
        """How its section stands."""
        return self._mark

    def show_mark(self, mark: StepMark) -> None:
        """Shows how its section stands."""
        self._mark = mark
        self.update()

    @property
    def is_open(self) -> bool:
        """Whether its section is the one that is shown."""
        return self._is_open

    def show_open(self, *, is_open: bool) -> None:
        """Its section is shown, or another one."""
        self._is_open = is_open
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.setFixedHeight(self._height())

    def sizeHint(self) -> QSize:  # noqa: N802
        """A title and two lines."""
        return QSize(4 * TOUCH_PX, self._height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Its letters give way."""
        return self.sizeHint()

    def _height(self) -> int:
        return max(TOUCH_PX + GRID_PX, round(3.9 * self._base_px))

    def _paint_mark(self, painter: QPainter, area: QRectF) -> float:
        """The mark; where the text begins, whatever the mark is."""
        side, theme = 1.25 * self._base_px, self._theme
        place = QRectF(area.left(), area.center().y() - side / 2, side, side)
        match self._mark:
            case StepMark.DONE:
                paint_sign(painter, LOOKS[OutcomeClass.ADMIT].shape, place, theme.signs[OutcomeClass.ADMIT])
            case StepMark.MISSING:
                painter.setPen(QPen(QColor(theme.notice), 3))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(place.adjusted(2, 2, -2, -2))
            case StepMark.UNSAVED:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.focus))
                painter.drawEllipse(place.adjusted(3, 3, -3, -3))
            case StepMark.NONE:
                pass
            case _:
                assert_never(self._mark)
        return place.right() + 1.5 * GRID_PX

    def _paint_text(self, painter: QPainter, area: QRectF) -> None:
        row, theme, base_px = self._row, self._theme, self._base_px
        if self._is_open:
            painter.fillRect(QRectF(2, GRID_PX, 4, self.height() - 2 * GRID_PX), QColor(theme.focus))
        title_px = round(1.5 * base_px)
        room = area.height() - title_px - GRID_PX
        top = area.top() + (GRID_PX / 2 if row.line else (area.height() - title_px) / 2)
        painter.setPen(QColor(theme.text))
        painter.setFont(fitting(row.title, area.width(), base_px, QFont.Weight.Medium))
        draw_line(painter, QRectF(area.left(), top, area.width(), title_px), _LEFT, row.title)
        painter.setPen(QColor(theme.muted))
        painter.setFont(font(max(12, type_px(base_px, -1))))
        draw_lines(painter, QRectF(area.left(), top + title_px, area.width(), room), _LEFT, row.line, _LINES)
