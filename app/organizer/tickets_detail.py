"""One ticket: who holds it, how it stands, what is known of it, what can be done, and all that happened to it.

Owns the drawing of what `present_ticket` made. Does nothing itself: a key that is pressed is told.
"""

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.panel import PanelBody
from app.organizer.row_list import RowList
from app.organizer.tickets_present import Fact, TicketText
from app.organizer.tickets_words import MailWords, TicketWords
from app.organizer.wrapped import Wrapped
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PaintedText, PlainParagraph, draw_line, plain, plain_label
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.model.outcomes import LOOKS, OutcomeClass

MORE = ("attention", "print_one", "print_order", "show_order", "mail")
"""What the keys tell that are no deeds."""
_ROWS = 3
_FACT_EM, _KEY_EM = 13.0, 8.0
_PILL_PX = 4 * GRID_PX


class StatePill(PaintedText):
    """How a ticket stands: a sign and a word on the colour of its class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = THEMES[ThemeName.DARK]
        self._sign = OutcomeClass.ADMIT
        self._text = ""
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:  # type: ignore[override]
        """What is shown."""
        return self._text

    def show_state(self, text: str, sign: OutcomeClass) -> None:
        """Shows a state."""
        self._text, self._sign = plain(text), sign
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Its text and its sign."""
        wide = QFontMetricsF(self._font).horizontalAdvance(self._text)
        return QSize(round(wide + 3.2 * self._base_px + 3 * GRID_PX), max(_PILL_PX, 2 * self._base_px))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """It is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the pill."""
        painter, ground = QPainter(self), self._theme.grounds[self._sign]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground.ground))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        side = 0.9 * self._base_px
        spot = QRectF(area.left() + 1.5 * GRID_PX, area.center().y() - side / 2, side, side)
        paint_sign(painter, LOOKS[self._sign].shape, spot, ground.text)
        painter.setPen(QColor(ground.text))
        painter.setFont(self._font)
        draw_line(painter, area.adjusted(spot.right() + GRID_PX, 0, 0, 0), Qt.AlignmentFlag.AlignLeft, self._text)
        painter.end()

    @property
    def _font(self) -> QFont:
        return font(self._base_px, QFont.Weight.Medium)


class FactCell(QWidget):
    """What a thing is called, small, and what it is, below."""

    def __init__(self, fact: Fact, theme: Theme, base_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self.value = plain_label(fact.label, self), PlainParagraph(self)
        self.value.show_text(fact.value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.label)
        column.addWidget(self.value)
        column.addStretch(1)
        self.show_theme(theme)
        self.show_base(base_px)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.label.setStyleSheet(f"color: {theme.muted};")
        self.value.setStyleSheet(f"color: {theme.text};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.label.setFont(font(type_px(base_px, -1)))
        self.value.setFont(font(base_px))


class TicketBody(PanelBody):
    """A ticket."""

    wanted = Signal(str)
    """A key was pressed: the value of a `TicketDeed`, or one of `MORE`."""

    def __init__(self, words: Callable[[], TicketWords], mail_words: Callable[[], MailWords]) -> None:
        super().__init__()
        self._words, self._mail_words = words, mail_words
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self._facts: tuple[Fact, ...] = ()
        self._keys: tuple[tuple[str, str, bool], ...] = ()
        self.name = PlainParagraph(self)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.pill = StatePill(self)
        self.facts = Wrapped(_FACT_EM, most=4, parent=self)
        self.keys = Wrapped(_KEY_EM, most=6, parent=self)
        self.history_title, self.count = plain_label("", self), plain_label("", self)
        self.history = RowList(words().history, self)
        self.note = PlainParagraph(self)
        head = QHBoxLayout()
        head.setSpacing(2 * GRID_PX)
        head.addWidget(self.name, 1)
        head.addWidget(self.pill, 0, Qt.AlignmentFlag.AlignTop)
        line = QHBoxLayout()
        line.setSpacing(2 * GRID_PX)
        line.addWidget(self.history_title)
        line.addWidget(self.count, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addWidget(self.keys)
        column.addLayout(line)
        column.addWidget(self.history, 1)
        column.addWidget(self.note)

    def show_ticket(self, text: TicketText) -> None:
        """Shows a ticket; what stays the same is not made anew, so that the focus stays where it is."""
        self.name.show_text(text.name)
        self.pill.show_state(text.state, text.sign)
        if text.facts != self._facts:
            self._facts = text.facts
            self.facts.show_parts([FactCell(each, self._theme, self._base_px, self.facts) for each in text.facts])
        self._show_keys(text)
        self.history_title.show_text(self._words().history)
        self.history.setAccessibleName(plain(self._words().history))
        self.count.show_text(text.count)
        self.history.show_rows(text.steps)
        self.history.setVisible(bool(text.steps))
        self.note.show_text(text.note)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.pill.show_theme(theme)
        self.history.show_theme(theme)
        self.count.setStyleSheet(f"color: {theme.muted};")
        for part in self.facts.parts:
            if isinstance(part, FactCell):
                part.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.name.setFont(font(type_px(base_px, 2), QFont.Weight.Bold))
        self.pill.show_base(base_px)
        self.history_title.setFont(font(base_px, QFont.Weight.Medium))
        for each in (self.count, self.note):
            each.setFont(font(type_px(base_px, -1)))
        self.history.show_base(base_px)
        self.history.setMinimumHeight(_ROWS * max(TOUCH_PX + GRID_PX, round(3.4 * base_px)) + GRID_PX)
        for part in (*self.facts.parts, *self.keys.parts):
            if isinstance(part, FactCell):
                part.show_base(base_px)
            elif isinstance(part, QPushButton):
                part.setFont(font(base_px))
        self.facts.show_base(base_px)
        self.keys.show_base(base_px)

    def _show_keys(self, text: TicketText) -> None:
        words = self._words()
        wanted = [(each.deed.value, each.key, each.is_ready) for each in text.offers]
        wanted.append((MORE[0], words.change_attention, text.can_mark))
        wanted += [(MORE[1], words.print_one, True)] if text.can_print else []
        wanted += [(MORE[4], self._mail_words().key, True)] if text.can_mail else []
        if text.order:
            wanted += [(MORE[2], words.print_order, True)] if text.can_print else []
            wanted.append((MORE[3], words.show_order, True))
        if tuple(wanted) == self._keys:
            return
        self._keys = tuple(wanted)
        keys = [self._key(*each) for each in wanted]
        self.keys.show_parts(keys)
        for one, other in pairwise((*keys, self.history)):
            QWidget.setTabOrder(one, other)

    def _key(self, value: str, text: str, is_ready: bool) -> FittedKey:
        made = FittedKey(self.keys)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        made.setFont(font(self._base_px))
        made.setEnabled(is_ready)
        made.setProperty("means", value)
        made.clicked.connect(lambda: self.wanted.emit(value))
        return made
