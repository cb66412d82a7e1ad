"""A sheet in the place of a page: one thing to be done, step by step, with its keys below.

Owns its look: a column that is no wider than can be read, what it is about on top, the keys at its end. It scrolls
where the window is low. Escape leaves it, unless it is at work.
"""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.organizer.surroundings import Surroundings
from app.widgets.announcing import announce
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainParagraph
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font

_OVERHANG_PX = 2
"""What the marks of a letter may reach out of its line."""
WIDTH_EM = 46
"""A line that an eye finds the next one from."""


class SheetPage(QWidget):
    """One sheet. A subclass puts its parts into `room`, its keys by `show_keys`, and says how it goes by `tell`."""

    left = Signal()
    """Somebody is done with it, or gave it up."""

    def __init__(self, surroundings: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = surroundings
        self._content = content = QWidget(self)
        self.title, self.subtitle, self.text, self.note = (PlainParagraph(content) for _ in range(4))
        for each in (self.title, self.subtitle, self.text, self.note):
            each.setContentsMargins(_OVERHANG_PX, 0, _OVERHANG_PX, 0)
        self.room = QVBoxLayout()
        self.room.setSpacing(2 * GRID_PX)
        self.keys: tuple[QPushButton, ...] = ()
        self._row = QHBoxLayout()
        self._row.setSpacing(2 * GRID_PX)
        self._sheet = QWidget(content)
        column = QVBoxLayout(self._sheet)
        column.setContentsMargins(0, GRID_PX, 0, GRID_PX)
        column.setSpacing(2 * GRID_PX)
        for each in (self.title, self.subtitle, self.text):
            column.addWidget(each)
        column.addLayout(self.room)
        column.addWidget(self.note)
        column.addStretch(1)
        across = QHBoxLayout(content)
        across.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        across.addStretch(1)
        across.addWidget(self._sheet, 100)
        across.addStretch(1)
        self.scroller = ScrollPage(content, self)
        self._foot = QWidget(self)
        self._foot.setLayout(self._row)
        self._row.setContentsMargins(0, 0, 0, GRID_PX)
        below = QHBoxLayout()
        below.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        below.addStretch(1)
        below.addWidget(self._foot, 100)
        below.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GRID_PX)
        outer.addWidget(self.scroller, 1_000)
        outer.addLayout(below)
        outer.addStretch(1)
        content.installEventFilter(self)
        self._sheet.installEventFilter(self)
        self.show_head("")
        self.tell("")

    @property
    def is_busy(self) -> bool:
        """Whether something runs that should not be left by a slip of a finger."""
        return False

    @property
    def is_unsaved(self) -> bool:
        """Whether it holds what nobody has kept yet."""
        return False

    def show_head(self, title: str, subtitle: str = "", text: str = "") -> None:
        """What it is about."""
        self.title.show_text(title)
        self.subtitle.show_text(subtitle)
        self.text.show_text(text)
        self.setAccessibleName(self.title.text())

    def tell(self, text: str, *, is_trouble: bool = False) -> None:
        """Says how it goes, above the keys."""
        set_tone(self.note, "trouble" if is_trouble else "")
        if text != self.note.text():
            announce(self, text, is_urgent=is_trouble)
        self.note.show_text(text)

    def show_keys(self, keys: Sequence[QPushButton]) -> None:
        """The keys from left to right; the last one goes on."""
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None and widget not in keys:
                widget.hide()
        self._row.addStretch(1)
        for each in keys:
            self._row.addWidget(each)
            each.show()
        self.keys = tuple(keys)
        self.go_through(())

    def go_through(self, parts: Sequence[QWidget]) -> None:
        """Tab goes through these parts, made anew meanwhile, and then through the keys."""
        for one, other in pairwise((*parts, *self.keys)):
            QWidget.setTabOrder(one, other)

    def a_key(self, text: str, tone: str = "") -> QPushButton:
        """A key of this sheet."""
        made = key(text, self._foot)
        made.hide()
        made.setFont(font(self.at.base_px))
        set_tone(made, tone)
        return made

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.scroller.show_theme(theme)
        self.subtitle.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(type_px(base_px, 2), QFont.Weight.Bold))
        for each in (self.subtitle, self.text, self.note):
            each.setFont(font(base_px))
        for each_key in self.keys:
            each_key.setFont(font(base_px))
        self._sheet.setMaximumWidth(WIDTH_EM * base_px)
        self._foot.setMaximumWidth(WIDTH_EM * base_px)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The keys follow a short sheet, and stay in sight below a long one."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002, N802
        """It has become longer or shorter."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return False

    def _fit(self) -> None:
        layout = self._content.layout()
        if layout is None:
            return
        wide = max(1, self.scroller.viewport().width())
        high = layout.totalHeightForWidth(wide) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
        self.scroller.setMaximumHeight(max(1, high))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape leaves."""
        if event.key() == Qt.Key.Key_Escape and not self.is_busy:
            self.left.emit()
            return
        super().keyPressEvent(event)
