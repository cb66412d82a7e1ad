"""The tickets that a search found, or what to do to find one."""

from PySide6.QtWidgets import QVBoxLayout

from app.organizer.empty_state import EmptyState
from app.organizer.panel import PanelBody
from app.organizer.row_list import RowList
from app.organizer.tickets_present import FoundText
from app.widgets.plain_text import PlainParagraph
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font


class FoundBody(PanelBody):
    """The tickets that were found, or what to do to find one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows = RowList(name, self)
        self.note = PlainParagraph(self)
        self.empty = EmptyState(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.rows, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.note)

    def show_found(self, text: FoundText) -> None:
        """Shows them."""
        self.rows.show_rows(text.rows, stands_still=False)
        self.rows.setVisible(bool(text.rows))
        self.empty.setVisible(not text.rows)
        self.empty.show_text(text.note)
        self.note.show_text(text.note if text.rows else "")

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.rows.show_theme(theme)
        self.empty.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.rows.show_base(base_px)
        self.empty.show_base(base_px)
        self.note.setFont(font(base_px))
