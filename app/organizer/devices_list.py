"""All kiosks as their panel draws them: a table whose columns give way where the window is narrow."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from app.organizer.devices_present import KioskRow, present_columns
from app.organizer.devices_words import DevicesWords
from app.organizer.panel import PanelBody
from app.organizer.record_table import Column, Record, RecordTable
from app.widgets.theme import Theme

_WIDTHS = (
    *(Column("", 9, is_wide=True), Column("", 15, is_wide=True), Column("", 7, rank=1), Column("", 6, rank=2)),
    *(Column("", 6, is_right=True, rank=3), Column("", 11, rank=5), Column("", 6.5, rank=6), Column("", 7, rank=7)),
    *(Column("", 10, rank=4), Column("", 6, is_right=True, rank=9), Column("", 5.5, rank=8)),
)
"""In the order of a row's cells: name and how it is stay, the others give way one by one."""


class DevicesList(PanelBody):
    """Fed by its page; says which kiosk somebody opened."""

    opened = Signal(str)
    """A kiosk's id."""
    enrol_wanted = Signal()

    def __init__(self, words: DevicesWords, hint: str) -> None:
        super().__init__()
        self.table = RecordTable(words.list.list, hint, self)
        self._shown: tuple[tuple[Column, ...], tuple[Record, ...]] | None = None
        self.table.opened.connect(self.opened)
        self.table.empty.pressed.connect(self.enrol_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def show_kiosks(self, rows: tuple[KioskRow, ...], words: DevicesWords, *, may_enrol: bool) -> None:
        """Shows kiosks, in their order unless somebody sorted by a column."""
        titles = present_columns(words)
        columns = tuple(
            Column(title, each.em, is_wide=each.is_wide, is_right=each.is_right, rank=each.rank)
            for title, each in zip(titles, _WIDTHS, strict=True)
        )
        records = tuple(Record(row.id, row.cells, row.sort_by, row.sign, row.is_trouble) for row in rows)
        self.table.empty.show_text(words.list.none, words.list.none_step, words.list.enrol if may_enrol else "")
        if (columns, records) != self._shown:  # a table that is told anew is said anew
            self._shown = (columns, records)
            self.table.show_records(columns, records)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.table.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.table.show_base(base_px)
