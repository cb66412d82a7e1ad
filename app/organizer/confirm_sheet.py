"""The question before a deed, over the page: what it does, how much it touches, yes or no.

Owns that nothing below it can be pressed meanwhile, that Escape is no, and that a destructive deed begins with no: its
key is reached by Tab, or wants a number typed first. No loop runs in it: whoever asked is called when somebody says
yes.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.surroundings import Confirmation
from app.organizer.words import ConfirmWords
from app.widgets.announcing import announce
from app.widgets.form import entry, key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font

MOST_TYPED = 32
WIDTH_EM = 34
_SHADE_ALPHA = 170
_CHILDREN = Qt.FindChildOption.FindDirectChildrenOnly


class ConfirmSheet(QWidget):
    """Lies over all of its parent while it asks."""

    def __init__(self, words: Callable[[], ConfirmWords], parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._over = parent
        self._do: Callable[[], None] | None = None
        self._asked = Confirmation("", "", "")
        self._before: QWidget | None = None
        self._below: list[QWidget] = []
        self.card = QWidget(self)
        self.card.setObjectName("card")
        self.card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title, self.text, self.wants = (PlainParagraph(self.card) for _ in range(3))
        self.field = entry("", MOST_TYPED, self.card)
        self.no, self.yes = key("", self.card), key("", self.card)
        self.field.textChanged.connect(self._let)
        self.field.returnPressed.connect(self._enter)
        self.yes.clicked.connect(self._confirm)
        self.no.clicked.connect(self.close_sheet)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID_PX)
        row.addStretch(1)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX)
        column.setSpacing(2 * GRID_PX)
        for each in (self.title, self.text, self.wants, self.field):
            column.addWidget(each)
        column.addLayout(row)
        across = QHBoxLayout(self)
        across.addStretch(1)
        across.addWidget(self.card, 0, Qt.AlignmentFlag.AlignVCenter)
        across.addStretch(1)
        parent.installEventFilter(self)
        self.hide()

    @property
    def is_open(self) -> bool:
        """Whether it asks."""
        return self._do is not None

    def ask(self, asked: Confirmation, do: Callable[[], None]) -> None:
        """Asks. Another question that was open is answered with no."""
        self._asked, self._do = asked, do
        self._before = self.window().focusWidget()
        self._below += [part for part in self._over.findChildren(QWidget, options=_CHILDREN) if self._is_below(part)]
        for part in self._below:
            part.setEnabled(False)
        self.title.show_text(asked.title)
        self.text.show_text(asked.text)
        self.wants.show_text(self._words().type_it.fill(text=asked.typed) if asked.typed else "")
        self.field.setVisible(bool(asked.typed))
        self.field.clear()
        self.field.setAccessibleName(self.wants.text())
        show_on_button(self.yes, asked.yes)
        show_on_button(self.no, self._words().no)
        set_tone(self.yes, "danger" if asked.is_destructive else "main")
        self._let()
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        (self.field if asked.typed else self.no if asked.is_destructive else self.yes).setFocus()
        announce(self, f"{asked.title} {asked.text}", is_urgent=True)

    def close_sheet(self) -> None:
        """No."""
        self._do = None
        self.hide()
        while self._below:
            self._below.pop().setEnabled(True)
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.card.setStyleSheet(
            f"#card {{ background: {theme.raised}; border: 2px solid {theme.line}; border-radius: {GRID_PX}px; }}"
        )

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        for each in (self.text, self.wants):
            each.setFont(font(base_px))
        for each_key in (self.field, self.yes, self.no):
            each_key.setFont(font(base_px))
            each_key.setMinimumHeight(TOUCH_PX)
        self.card.setFixedWidth(min(WIDTH_EM * base_px, max(1, self._over.width() - 4 * GRID_PX)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape is no; no key reaches the page below."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        event.accept()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802
        """Tab goes round within the sheet."""
        order: list[QWidget] = [
            part for part in (self.field, self.no, self.yes) if part.isVisible() and part.isEnabled()
        ]
        at = next_at(order, self.window().focusWidget(), 1 if next else -1)
        order[at].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """As large as what it lies over."""
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self.setGeometry(self._over.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Dims the page."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, _SHADE_ALPHA))
        painter.end()

    def _is_below(self, part: QWidget) -> bool:
        return part is not self and part.isEnabled() and not part.isWindow()

    def _let(self) -> None:
        self.yes.setEnabled(self.field.text().strip() == self._asked.typed)

    def _enter(self) -> None:
        if self.yes.isEnabled():
            self._confirm()

    def _confirm(self) -> None:
        do = self._do
        self.close_sheet()
        if do is not None:
            do()


def next_at(order: Sequence[QWidget], now: QWidget | None, by: int) -> int:
    """The place in a circle that comes after the part with the focus; the first one where none of them has it."""
    return (list(order).index(now) + by) % len(order) if now is not None and now in order else 0
