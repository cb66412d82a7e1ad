"""What lies over a page for a moment: a question, the settings, the log-in.

Owns that nothing below it can be pressed meanwhile, by pointer or by keyboard, that Escape closes it where it may be
closed, and that the focus goes back to where it was. No loop runs in it. What was typed on the page below stays.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.plain_text import PlainParagraph
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font

WIDTH_EM = 34
_SHADE_ALPHA = 170
_CHILDREN = Qt.FindChildOption.FindDirectChildrenOnly


class OverSheet(QWidget):
    """A card over all of its parent; a subclass puts its parts into `column`, below the title."""

    left = Signal()
    """It has been closed."""
    width_em = WIDTH_EM
    may_close = True
    """Whether Escape closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._before: QWidget | None = None
        self._below: list[QWidget] = []
        self._base_px = 16
        self.is_open = False
        self.card = QWidget(self)
        self.card.setObjectName("card")
        self.card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.content = QWidget()
        self.title = PlainParagraph(self.content)
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX)
        self.column.setSpacing(2 * GRID_PX)
        self.column.addWidget(self.title)
        self.scroller = ScrollPage(self.content, self.card)
        inside = QVBoxLayout(self.card)
        inside.setContentsMargins(2, 2, 2, 2)
        inside.addWidget(self.scroller)
        parent.installEventFilter(self)
        self.content.installEventFilter(self)
        self.hide()

    def open_over(self, first: QWidget | None = None) -> None:
        """Shows it; the focus goes to `first`, else to the first part that takes it."""
        if not self.is_open:
            self._before = self.window().focusWidget()
            for part in self._over.findChildren(QWidget, options=_CHILDREN):
                if part is not self and not part.isWindow() and part.isEnabled():
                    self._below.append(part)
                    part.setEnabled(False)
        self.is_open = True
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self.fit()
        parts = self.stops()
        target = first if first in parts else next(iter(parts), None)
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def close_sheet(self) -> None:
        """Takes it away; whoever had the focus has it again."""
        if not self.is_open:
            return
        self.is_open = False
        self.hide()
        while self._below:
            self._below.pop().setEnabled(True)
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None
        self.left.emit()

    def stops(self) -> Sequence[QWidget]:
        """The parts that Tab reaches, in the order in which they are read."""
        found = [
            part
            for part in self.findChildren(QWidget)
            if part.isVisibleTo(self) and part.isEnabled() and _takes_tab(part)
        ]
        return sorted(found, key=self._place_of)

    def _place_of(self, part: QWidget) -> tuple[int, int]:
        at = part.mapTo(self, QPoint())
        return at.y(), at.x()

    def fit(self) -> None:
        """Takes as much room as its content wants and the window has."""
        room = self._over.size() - QSize(4 * GRID_PX, 4 * GRID_PX)
        width = max(1, min(round(self.width_em * self._base_px), room.width()))
        wanted = self.column.heightForWidth(width - 4) if self.column.hasHeightForWidth() else 0
        height = max(wanted, self.column.sizeHint().height()) + 4
        self.card.setFixedSize(width, min(height, room.height()))
        place = self.card.rect()
        place.moveCenter(self.rect().center())
        self.card.setGeometry(place)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.card.setStyleSheet(
            f"#card {{ background: {theme.raised}; border: 2px solid {theme.line}; border-radius: {GRID_PX}px; }}"
        )
        self.scroller.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        if self.is_open:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes it; no key reaches the page below."""
        if event.key() == Qt.Key.Key_Escape and self.may_close:
            self.close_sheet()
        event.accept()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802
        """Tab goes round within the sheet."""
        parts = self.stops()
        if parts:
            parts[next_at(parts, self.window().focusWidget(), 1 if next else -1)].setFocus(
                Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
            )
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """As large as what it lies over, and as its content wants: a sentence more wants another height."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.content and self.is_open:
            QTimer.singleShot(0, self, self.fit)  # when the layout is done
        if event.type() == QEvent.Type.Resize and watched is self._over and self.is_open:
            self.setGeometry(self._over.rect())
            self.fit()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Dims the page."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, _SHADE_ALPHA))
        painter.end()


def key_row(*keys: QWidget) -> QHBoxLayout:
    """Keys at the right, the one that goes on last."""
    row = QHBoxLayout()
    row.setSpacing(2 * GRID_PX)
    row.addStretch(1)
    for each in keys:
        row.addWidget(each)
    return row


def next_at(order: Sequence[QWidget], now: QWidget | None, by: int) -> int:
    """The place in a circle that comes after the part with the focus; the first one where none of them has it."""
    return (list(order).index(now) + by) % len(order) if now is not None and now in order else 0


def _takes_tab(part: QWidget) -> bool:
    return bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)
