"""What stands where there is nothing yet: a sentence that says so, and what to do next.

Nothing failed and nothing is missing: a page says with it that an event has no kiosk, a night no incident.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font


class EmptyState(QWidget):
    """Two sentences, and a key where there is something to do here."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.step = PlainParagraph(self), PlainParagraph(self)
        for each in (self.title, self.step):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.key: QPushButton = key("", self)
        self.key.hide()
        self.key.clicked.connect(self.pressed)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.key)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, 3 * GRID_PX, 2 * GRID_PX, 3 * GRID_PX)
        column.setSpacing(GRID_PX)
        column.addStretch(1)
        column.addWidget(self.title)
        column.addWidget(self.step)
        column.addSpacing(GRID_PX)
        column.addLayout(row)
        column.addStretch(1)

    def show_text(self, title: str, step: str = "", act: str = "") -> None:
        """Says `title`, what to do next, and on the key what a press does; no key without `act`."""
        self.title.show_text(title)
        self.step.show_text(step)
        show_on_button(self.key, act)
        self.key.setVisible(bool(act))

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.title.setStyleSheet(f"color: {theme.text};")
        self.step.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        self.step.setFont(font(base_px))
        self.key.setFont(font(base_px))
