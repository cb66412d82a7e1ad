"""The first step of the import wizard: a file that is dropped or chosen, and the imports that somebody left half-way.

Owns that one file of this computer is taken, and nothing else.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.import_present import MAX_MB
from app.organizer.import_words import ImportWords
from app.organizer.row_list import ListRow, RowList
from app.organizer.wrapped import Wrapped
from app.widgets.fitted_key import FittedKey
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainParagraph, plain, plain_label, show_on_button
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font

ROWS = 3


class DropZone(QWidget):
    """Where a file is dropped, or chosen by a key."""

    dropped = Signal(object)
    """A `Path`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._theme = THEMES[ThemeName.DARK]
        self._is_over = False
        self.title, self.text = PlainParagraph(self), PlainParagraph(self)
        self.choose = key("", self)
        set_tone(self.choose, "main")
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX)
        column.setSpacing(GRID_PX)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.text.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        self.text.setFont(font(base_px))
        self.choose.setFont(font(base_px))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """One file of this computer is taken, and nothing else."""
        if _file_of(event) is not None:
            self._be_over(is_over=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802, ARG002
        """It went elsewhere."""
        self._be_over(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Tells which file it is."""
        self._be_over(is_over=False)
        found = _file_of(event)
        if found is not None:
            event.acceptProposedAction()
            self.dropped.emit(found)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the edge; it is filled while a file is held over it."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.focus if self._is_over else theme.line), 2, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(theme.sunken if self._is_over else theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), GRID_PX, GRID_PX)
        painter.end()

    def _be_over(self, *, is_over: bool) -> None:
        self._is_over = is_over
        self.update()


def _file_of(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


class FileFace(QWidget):
    """The file, and the imports that somebody left half-way."""

    go_on_wanted = Signal(str)
    throw_away_wanted = Signal(str)
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zone = DropZone(self)
        self.jobs_title, self.jobs_text = plain_label("", self), PlainParagraph(self)
        self.jobs = RowList("", self)
        self.jobs.chosen.connect(lambda _: self._let())
        self.go_on_key, self.throw_key, self.forget_key = (FittedKey(self) for _ in range(3))
        self.go_on_key.clicked.connect(lambda: self.go_on_wanted.emit(self.jobs.current))
        self.throw_key.clicked.connect(lambda: self.throw_away_wanted.emit(self.jobs.current))
        self.forget_key.clicked.connect(self.forget_wanted)
        self.keys = Wrapped(12.0, parent=self)
        self.keys.show_parts((self.go_on_key, self.throw_key, self.forget_key))
        self._open: frozenset[str] = frozenset()
        self._base_px = 16
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        for part in (self.zone, self.jobs_title, self.jobs_text, self.jobs, self.keys):
            column.addWidget(part)

    def say(self, words: ImportWords) -> None:
        """Says everything in the language of now."""
        said = words.wizard
        self.zone.title.show_text(said.drop)
        self.zone.text.show_text(said.drop_or.fill(most=MAX_MB))
        show_on_button(self.zone.choose, said.choose)
        self.jobs_title.show_text(said.unfinished)
        self.jobs_text.show_text(said.unfinished_text)
        self.jobs.setAccessibleName(plain(said.unfinished))
        for each, text in (
            (self.go_on_key, said.go_on),
            (self.throw_key, said.throw_away),
            (self.forget_key, said.forget_done),
        ):
            each.show_text(text)

    def show_jobs(self, rows: Sequence[ListRow], unfinished: frozenset[str], *, has_done: bool) -> None:
        """Shows the imports of the event; `unfinished` names those that can be gone on with."""
        self._open = unfinished
        self.jobs.show_rows(tuple(rows))
        for part in (self.jobs_title, self.jobs_text, self.jobs, self.keys):
            part.setVisible(bool(rows))
        self.forget_key.setEnabled(has_done)
        self._fit_list()
        self._let()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.zone.show_theme(theme)
        self.jobs.show_theme(theme)
        self.jobs_text.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.zone.show_base(base_px)
        self.jobs.show_base(base_px)
        self._base_px = base_px
        self._fit_list()
        self.jobs_title.setFont(font(base_px, QFont.Weight.Medium))
        self.jobs_text.setFont(font(type_px(base_px, -1)))
        for each in (self.go_on_key, self.throw_key, self.forget_key):
            each.setFont(font(base_px))
        self.keys.show_base(base_px)

    def _fit_list(self) -> None:
        self.jobs.setFixedHeight(list_px(self._base_px, min(ROWS, len(self.jobs.rows) or 1)))

    def _let(self) -> None:
        is_chosen = any(row.name == self.jobs.current for row in self.jobs.rows)
        self.go_on_key.setEnabled(is_chosen and self.jobs.current in self._open)
        self.throw_key.setEnabled(is_chosen)


def list_px(base_px: int, rows: int = ROWS) -> int:
    """So many rows of a list."""
    return rows * max(TOUCH_PX + GRID_PX, round(3.4 * base_px)) + GRID_PX
