"""A strip below a verdict that wants a person's word: it is done, or the guest was not let in.

The verdict stays in sight above it, whole, for as long as it takes.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font
from core.model.outcomes import OutcomeClass


class AcknowledgeSheet(Sheet):
    """Two keys. `acknowledged`: it is done. `turned_away`: it is not, and nobody went in."""

    holds_codes = True
    keeps_verdict = True
    acknowledged = Signal()
    turned_away = Signal()

    def __init__(
        self, title: str, done: str, away: str, outcome_class: OutcomeClass, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self.outcome_class = outcome_class
        self.yes, self.no = FittedKey(self), FittedKey(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.setSpacing(2 * GRID_PX)
        for each, told, share in ((self.yes, done, 2), (self.no, away, 1)):
            each.show_text(told)
            each.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            row.addWidget(each, share)
        self.yes.clicked.connect(self.acknowledged)
        self.no.clicked.connect(self.turned_away)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (self.yes, self.no):
            each.setFont(font(type_px(base_px, 1)))
