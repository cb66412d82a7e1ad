"""What a list would do, or did: figures, the ticket that is held up, the rows that somebody looks at."""

from PySide6.QtCore import Signal
from PySide6.QtGui import (
    QFont,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.figure_tile import FigureTile
from app.organizer.import_file_face import list_px
from app.organizer.import_present import OutlookText
from app.organizer.import_words import ImportWords
from app.organizer.row_list import RowList
from app.organizer.wrapped import Wrapped
from app.widgets.form import entry, key, set_tone
from app.widgets.plain_text import PlainParagraph, plain, plain_label, show_on_button
from app.widgets.row_key import RowKey, RowText
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import font

MAX_SAMPLE = 4_096
_FIGURE_EM = 6.5
_MOST_ROWS, _MOST_REMARKS = 5, 8


class OutlookFace(QWidget):
    """What a list would do, or did: figures, the ticket that is held up, the rows that somebody looks at."""

    sample_wanted = Signal(str)
    picture_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self.figures = Wrapped(_FIGURE_EM, most=6, parent=self)
        self.remarks = tuple(PlainParagraph(self) for _ in range(_MOST_REMARKS))
        self.allow = RowKey(self)
        self.sample_title, self.sample_text, self.found = (
            plain_label("", self),
            PlainParagraph(self),
            PlainParagraph(self),
        )
        self.sample = entry("", MAX_SAMPLE, self)
        self.sample.returnPressed.connect(lambda: self.sample_wanted.emit(self.sample.text()))
        self.picture = key("", self)
        self.picture.clicked.connect(self.picture_wanted)
        self.bad_title, self.bad_count = plain_label("", self), plain_label("", self)
        self.changed_title, self.changed_count = plain_label("", self), plain_label("", self)
        self.bad, self.changed = RowList("", self), RowList("", self)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        line.addWidget(self.sample, 1)
        line.addWidget(self.picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        for part in (self.figures, *self.remarks, self.allow):
            column.addWidget(part)
        column.addSpacing(GRID_PX)
        column.addWidget(self.sample_title)
        column.addWidget(self.sample_text)
        column.addLayout(line)
        column.addWidget(self.found)
        for title, count, rows in (
            (self.bad_title, self.bad_count, self.bad),
            (self.changed_title, self.changed_count, self.changed),
        ):
            column.addSpacing(GRID_PX)
            column.addWidget(title)
            column.addWidget(count)
            column.addWidget(rows)

    @property
    def allows_cancel(self) -> bool:
        """Whether somebody agreed to the cancels."""
        return self.allow.isChecked() and not self.allow.isHidden()

    def say(self, words: ImportWords) -> None:
        """Says everything in the language of now."""
        sample, said = words.sample, words.preview
        self.sample_title.show_text(sample.title)
        self.sample_text.show_text(sample.text)
        self.sample.setAccessibleName(plain(sample.field))
        self.sample.setPlaceholderText(plain(sample.field))
        show_on_button(self.picture, sample.picture)
        for title, rows, text in (
            (self.bad_title, self.bad, said.bad_rows),
            (self.changed_title, self.changed, said.changed_rows),
        ):
            title.show_text(text)
            rows.setAccessibleName(plain(text))

    def show_outlook(self, text: OutlookText, allow: str, *, is_done: bool) -> None:
        """Shows it. `allow` is what can be agreed to; empty for nothing."""
        tiles = []
        for figure in text.figures:
            tile = FigureTile(self)
            tile.show_figure(figure)
            tile.show_theme(self._theme)
            tile.show_base(self._base_px)
            tiles.append(tile)
        self.figures.show_parts(tiles)
        for place, remark in enumerate(self.remarks):
            remark.show_text(text.remarks[place] if place < len(text.remarks) else "")
        self.allow.setVisible(bool(allow) and not is_done)
        self.allow.show_row(RowText(allow, "", is_ticked=False))
        for part in (self.sample_title, self.sample_text, self.sample, self.picture):
            part.setVisible(not is_done)
        self.found.show_text("")
        for title, count, rows, shown, of in (
            (self.bad_title, self.bad_count, self.bad, text.bad_rows, text.bad_count),
            (self.changed_title, self.changed_count, self.changed, text.changed_rows, text.changed_count),
        ):
            rows.show_rows(shown, stands_still=False)
            count.show_text(of)
            title.setVisible(bool(shown))
            rows.setVisible(bool(shown))
            count.setVisible(bool(of))
        self._fit_lists()

    def show_found(self, text: str, *, is_trouble: bool = False) -> None:
        """Says which row a ticket is."""
        self.found.show_text(text)
        set_tone(self.found, "trouble" if is_trouble else "")
        self.sample.selectAll()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.allow.show_theme(theme)
        for each in (self.sample_text, self.bad_count, self.changed_count):
            each.setStyleSheet(f"color: {theme.muted};")
        for part in (*self.figures.parts, self.bad, self.changed):
            if isinstance(part, FigureTile | RowList):
                part.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for part in (*self.figures.parts, self.bad, self.changed):
            if isinstance(part, FigureTile | RowList):
                part.show_base(base_px)
        for each in (self.sample_title, self.bad_title, self.changed_title):
            each.setFont(font(base_px, QFont.Weight.Medium))
        for each_text in (*self.remarks, self.found, self.sample, self.picture):
            each_text.setFont(font(base_px))
        for small in (self.sample_text, self.bad_count, self.changed_count):
            small.setFont(font(type_px(base_px, -1)))
        self.figures.show_base(base_px)
        self.allow.show_base(base_px)
        self._fit_lists()

    def _fit_lists(self) -> None:
        for rows in (self.bad, self.changed):
            rows.setFixedHeight(list_px(self._base_px, min(_MOST_ROWS, len(rows.rows) or 1)))
