"""Parts side by side in as many columns as there is room for: keys, choices, facts about something.

Owns that none of them becomes narrower than it may, and that all columns are equally wide. Tab goes through them in
their order.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.widgets.theme import GRID_PX


class Wrapped(QWidget):
    """The parts that are not hidden, at least `em` letters' heights wide each."""

    def __init__(self, em: float, most: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._em = em
        self._most = most
        self._base_px = 16
        self._parts: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID_PX)
        self._grid.setVerticalSpacing(GRID_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    @property
    def parts(self) -> tuple[QWidget, ...]:
        """In their order."""
        return tuple(self._parts)

    def show_parts(self, parts: Sequence[QWidget]) -> None:
        """Takes other parts; those that were there before and are no more, go."""
        for each in self._parts:
            self._grid.removeWidget(each)
            if each not in parts:
                each.hide()
                each.deleteLater()
        self._parts = list(parts)
        self._columns = 0
        self._arrange()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self._columns = 0
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """As many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """One column, as high as the columns of now make it."""
        return QSize(round(self._em * self._base_px), self._grid.minimumSize().height())

    def _arrange(self) -> None:
        least = self._em * self._base_px + GRID_PX
        room = int((self.width() + GRID_PX) // least)
        columns = max(1, min(room, self._most, len(self._parts) or 1))
        if columns == self._columns:
            return
        for column in range(self._columns, columns):
            self._grid.setColumnStretch(column, 1)
        for column in range(columns, max(self._columns, self._grid.columnCount())):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        for place, each in enumerate(self._parts):
            self._grid.addWidget(each, place // columns, place % columns)
            each.show()
        self.updateGeometry()
