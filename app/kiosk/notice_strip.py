"""The strip for what is worth knowing: one sentence at a time, calm, above the page that waits for guests.

Owns which of several sentences is shown: the most urgent one, and the next at a touch. It gives way to every verdict,
which says itself how old its list was.
"""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.kiosk.notices import Notice, Tone
from app.kiosk.words import NoticeWords
from app.widgets.plain_text import draw_line, draw_lines
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme
from app.widgets.typeface import font

_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
EDGE_PX = 2 * GRID_PX
EDGE_LINE_PX = 2


class NoticeStrip(QAbstractButton):
    """Paints a notice in two lines at most; a touch, or Space while it has the focus, shows the next one."""

    turned = Signal()
    """The next notice is shown."""

    def __init__(self, theme: Theme, words: NoticeWords, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme = theme
        self._words = words
        self._name = name
        self._base_px = 16
        self._notices: tuple[Notice, ...] = ()
        self._shown = 0
        self.clicked.connect(self.show_next)
        self._tell()

    @property
    def notice(self) -> Notice | None:
        """The one that is shown."""
        return self._notices[self._shown] if self._notices else None

    @property
    def wanted_px(self) -> int:
        """How tall it is: two lines of text, and large enough to be touched."""
        return max(TOUCH_PX, int(2.5 * self._base_px + GRID_PX) // GRID_PX * GRID_PX)

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.update()

    def show_words(self, words: NoticeWords, name: str) -> None:
        """Takes another language; the notices follow."""
        self._words, self._name = words, name
        self._tell()
        self.update()

    def show_notices(self, notices: tuple[Notice, ...]) -> None:
        """Shows the most urgent one; the one that is shown stays where only its figures have changed."""
        if notices == self._notices:
            return
        if [notice.tone for notice in notices] != [notice.tone for notice in self._notices]:
            self._shown = 0
        self._notices = notices
        self._tell()
        self.update()

    def show_next(self) -> None:
        """Shows the notice after the one shown."""
        if self._notices:
            self._shown = (self._shown + 1) % len(self._notices)
            self._tell()
            self.update()
        self.turned.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the sentence, and how many more there are."""
        painter = QPainter(self)
        notice = self.notice
        is_amber = notice is not None and notice.tone is Tone.AMBER
        painter.fillRect(self.rect(), QColor(self._theme.calm_ground if is_amber else self._theme.raised))
        # the status line above may be amber as well
        painter.fillRect(0, 0, self.width(), EDGE_LINE_PX, QColor(self._theme.ground))
        if notice is not None:
            self._paint(painter, notice, self._theme.calm_text if is_amber else self._theme.notice)
        painter.end()

    def _paint(self, painter: QPainter, notice: Notice, colour: str) -> None:
        painter.setPen(QColor(colour))
        area = QRectF(self.rect()).adjusted(EDGE_PX, 0, -EDGE_PX, 0)
        others = len(self._notices) - 1
        if others:
            more = self._words.more.fill(count=others)
            painter.setFont(font(self._base_px, QFont.Weight.Medium))
            draw_line(painter, area, _RIGHT, more)
            area.adjust(0, 0, -QFontMetricsF(painter.font()).horizontalAdvance(more) - EDGE_PX, 0)
        painter.setFont(font(self._base_px, QFont.Weight.Medium))
        draw_lines(painter, area, _LEFT, notice.text, 2)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colour), 3))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))

    def _tell(self) -> None:
        told = ". ".join(notice.text for notice in self._notices)
        self.setAccessibleName(f"{self._name}: {told}" if told else self._name)
