"""A QR code on a screen: dark on white whatever the theme, as large as its place allows, each module whole pixels.

Owns the drawing. What the code says stands in no accessible name: whoever can hear it could enter.
"""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.paper.qr import QUIET_ZONE, Run, qr_runs
from app.widgets.plain_text import plain
from app.widgets.theme import BLACK, WHITE

LEAST_PX = 160


class QrPicture(QWidget):
    """Shows a code, or nothing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(plain(name))
        self._modules = 0
        self._runs: list[Run] = []
        self.setMinimumSize(LEAST_PX, LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shown."""
        return self._modules == 0

    def show_code(self, text: str) -> None:
        """Shows the code of a text; nothing for an empty one. Raises ValueError for a text that no QR code holds."""
        self._modules, self._runs = qr_runs(text) if text else (0, [])
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Large enough for a phone at arm's length."""
        return QSize(2 * LEAST_PX, 2 * LEAST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Draws the modules."""
        if self._modules == 0:
            return
        painter = QPainter(self)
        across = self._modules + 2 * QUIET_ZONE
        module = max(1, min(self.width(), self.height()) // across)
        side = module * across
        left, top = (self.width() - side) // 2, (self.height() - side) // 2
        painter.fillRect(QRect(left, top, side, side), QColor(WHITE))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(BLACK))
        for run in self._runs:
            x, y = left + (QUIET_ZONE + run.column) * module, top + (QUIET_ZONE + run.row) * module
            painter.drawRect(QRect(x, y, run.length * module, module))
        painter.end()
