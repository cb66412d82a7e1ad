"""A QR code on a screen: black on plain white in every theme, with its quiet zone, large enough for a camera."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.paper.qr import QUIET_ZONE, Run, qr_runs
from app.widgets.plain_text import plain
from app.widgets.theme import BLACK, WHITE

LEAST_PX = 280
"""An enrolment code has some 60 modules a side with its margin: four dots each."""


class QrPicture(QWidget):
    """Holds one text, or nothing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modules = 0
        self._runs: list[Run] = []
        self.setMinimumSize(LEAST_PX, LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(plain(name))

    @property
    def is_empty(self) -> bool:
        """Whether there is no code to show."""
        return not self._modules

    def show_name(self, name: str) -> None:
        """What a screen reader calls it; what it holds is said beside it."""
        self.setAccessibleName(plain(name))

    def show_code(self, text: str) -> None:
        """Shows the code of a text; nothing for an empty one, or one that no code holds."""
        try:
            self._modules, self._runs = qr_runs(text, is_on_screen=True) if text else (0, [])
        except ValueError:
            self._modules, self._runs = 0, []
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As large as is needed."""
        return QSize(LEAST_PX, LEAST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints whole dots, so that no edge is blurred."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(WHITE))
        if self._modules:
            across = self._modules + 2 * QUIET_ZONE
            side = min(self.width(), self.height())
            dot = max(1, side // across)
            start = (side - dot * self._modules) // 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(BLACK))
            for run in self._runs:
                painter.drawRect(QRectF(start + run.column * dot, start + run.row * dot, run.length * dot, dot))
        painter.end()
