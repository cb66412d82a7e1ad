"""The list of incidents as its panel draws it: rows, the keys to older ones, and how many came in above."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.organizer.empty_state import EmptyState
from app.organizer.incidents_present import IncidentRow
from app.organizer.incidents_words import ListWords
from app.organizer.panel import PanelBody
from app.organizer.row_list import ListRow, RowList
from app.widgets.form import key
from app.widgets.plain_text import plain_label, show_on_button
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font


class IncidentsList(PanelBody):
    """Fed by its page; says which incident somebody chose, and which way they turned."""

    chosen = Signal(str)
    """The name of an incident."""
    turned = Signal(int)
    """1: older ones are wanted; -1: newer ones."""

    def __init__(self, words: ListWords) -> None:
        super().__init__()
        self._new = 0
        self.new_key = key("", self)
        self.new_key.hide()
        self.list = RowList(words.list, self)
        self.newer_key, self.older_key = key("", self), key("", self)
        self.empty = EmptyState(self)
        self.place = plain_label("", self)
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.new_key.clicked.connect(self._show_new)
        self.newer_key.clicked.connect(lambda: self.turned.emit(-1))
        self.older_key.clicked.connect(lambda: self.turned.emit(1))
        self.list.chosen.connect(self.chosen)
        self.list.verticalScrollBar().valueChanged.connect(self._forget_new)
        self._turners = QHBoxLayout()
        self._turners.setSpacing(GRID_PX)
        self._turners.addWidget(self.newer_key)
        self._turners.addWidget(self.place, 1)
        self._turners.addWidget(self.older_key)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.new_key)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty, 1)
        column.addLayout(self._turners)

    def show_incidents(
        self, rows: tuple[IncidentRow, ...], nothing: str, words: ListWords, *, number: int, has_older: bool, mark: str
    ) -> None:
        """Shows a page of the list, the `number`th from 0 on; `nothing` says why there is none."""
        listed = [ListRow(row.name, row.title, row.line, row.time, row.sign, is_muted=not row.is_open) for row in rows]
        is_first_look = not self.list.rows
        above = self.list.show_rows(listed)
        self.list.mark(mark)
        self._new = 0 if is_first_look else self._new + above
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.empty.show_text(nothing)
        show_on_button(self.newer_key, words.newer)
        show_on_button(self.older_key, words.older)
        show_on_button(self.new_key, words.new_above.fill(count=self._new))
        self.place.show_text(words.page.fill(page=number + 1) if number else words.newest)
        self.newer_key.setEnabled(number > 0)
        self.older_key.setEnabled(has_older)
        for each in (self.newer_key, self.place, self.older_key):
            each.setVisible(number > 0 or has_older)
        self.new_key.setVisible(self._new > 0)

    def begin_anew(self) -> None:
        """Another filter or page: it is read from its top."""
        self._new = 0
        self.new_key.hide()
        self.list.show_rows((), stands_still=False)
        self.list.scrollToTop()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.list.show_theme(theme)
        self.empty.show_theme(theme)
        self.place.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.list.show_base(base_px)
        self.empty.show_base(base_px)
        self.place.setFont(font(type_px(base_px, -1)))
        for each in (self.new_key, self.newer_key, self.older_key):
            each.setFont(font(base_px))

    def _show_new(self) -> None:
        self.list.scrollToTop()
        self.list.setFocus()
        self._forget_new()

    def _forget_new(self) -> None:
        if self._new and self.list.is_at_top:
            self._new = 0
            self.new_key.hide()
