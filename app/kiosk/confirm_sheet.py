"""One sentence and two keys: to take a scan back, to turn the lane, to begin a simulation."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph
from app.widgets.theme import GRID_PX, TOUCH_PX, type_px
from app.widgets.typeface import font

KEY_PX = 2 * TOUCH_PX


class ConfirmSheet(Sheet):
    """`confirmed` is the one key, closing is the other. Without `yes` there is nothing to confirm."""

    holds_codes = True
    confirmed = Signal()

    def __init__(self, title: str, text: str, yes: str, no: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.text = PlainParagraph(self)
        self.text.show_text(text)
        self.yes, self.no = FittedKey(self), FittedKey(self)
        for each, told in ((self.yes, yes), (self.no, no)):
            each.show_text(told)
            each.setFixedHeight(KEY_PX)
            each.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.yes.setVisible(bool(yes))
        self.yes.clicked.connect(self.confirmed)
        self.no.clicked.connect(self.done)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.yes)
        row.addWidget(self.no)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        column.addWidget(self.text)
        column.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.text.setFont(font(type_px(base_px, 1)))
        for each in (self.yes, self.no):
            each.setFont(font(type_px(base_px, 1)))
