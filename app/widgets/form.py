"""Fields and keys of the pages on which somebody types or reads more than a word.

Owns their look and that all of them are large enough to be touched. Texts come through the one door of plain text.
"""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QProgressBar, QPushButton, QSizePolicy, QWidget

from app.widgets.plain_text import PaintedText, draw_line, plain, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, text_on
from app.widgets.typeface import font
from core.model.outcomes import OutcomeClass

_MIDDLE = Qt.AlignmentFlag.AlignHCenter


def entry(name: str, most: int, parent: QWidget | None = None) -> QLineEdit:
    """A field for one line of at most `most` characters."""
    made = QLineEdit(parent)
    made.setMaxLength(most)
    made.setMinimumHeight(TOUCH_PX)
    made.setAccessibleName(plain(name))
    made.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    return made


def key(text: str, parent: QWidget | None = None) -> QPushButton:
    """A key that can be touched, reached by Tab, and pressed by Enter and Space."""
    made = QPushButton(parent)
    show_on_button(made, text)
    made.setMinimumSize(2 * TOUCH_PX, TOUCH_PX)
    made.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    made.setAutoDefault(True)
    return made


class LargeLine(PaintedText):
    """One line as large as its place allows, such as digits that two people compare."""

    def __init__(self, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def text(self) -> str:  # type: ignore[override]
        """What is shown."""
        return self._text

    @property
    def text_px(self) -> int:
        """The size of the letters."""
        metrics = QFontMetricsF(font(100, QFont.Weight.Bold))
        wide = metrics.horizontalAdvance(self._text) or 1.0
        return max(1, int(min(100 * self.width() / wide, 100 * self.height() / metrics.height())))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for something large."""
        return QSize(6 * TOUCH_PX, 2 * TOUCH_PX)

    def show_text(self, text: str) -> None:
        """Shows `text`."""
        self._text = plain(text)
        self.setAccessibleName(self._text)
        self.update()

    def show_colour(self, colour: str) -> None:
        """Takes another colour."""
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the line."""
        painter = QPainter(self)
        painter.setPen(QColor(self._colour))
        painter.setFont(font(self.text_px, QFont.Weight.Bold))
        draw_line(painter, QRectF(self.rect()), _MIDDLE, self._text)
        painter.end()


class ShareBar(QProgressBar):
    """How much of something has come."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share = 0.0
        self.setRange(0, 100)
        self.setTextVisible(False)
        self.setFixedHeight(2 * GRID_PX)

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self._share

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_share(self, share: float, told: str) -> None:
        """Shows a share, from 0 to 1; `told` is what a screen reader says of it."""
        self._share = share
        self.setValue(round(100 * share))
        self.setAccessibleName(plain(told))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for share, colour in ((1.0, self._theme.sunken), (self._share, self._theme.focus)):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(0, 0, self.width() * share, self.height()), GRID_PX, GRID_PX)
        painter.end()


def set_tone(widget: QWidget, tone: str) -> None:
    """Gives a key or a text another tone: `main` for the key of a page that goes on, `danger` for one that ends
    something, `trouble` for a text that asks for a look; empty for the usual one.
    """
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def form_style(theme: Theme) -> str:
    """Flat keys and fields; a ring shows the focus."""
    danger = theme.grounds[OutcomeClass.DENY]
    return f"""
        QLabel {{ color: {theme.text}; background: transparent; }}
        QLabel[tone="trouble"] {{ color: {theme.notice}; }}
        QLineEdit {{ color: {theme.text}; background: {theme.raised}; border: 2px solid {theme.line};
                     border-radius: {GRID_PX}px; padding: 0 {GRID_PX}px; }}
        QPushButton {{ color: {theme.text}; background: {theme.raised}; border: 2px solid {theme.line};
                       border-radius: {GRID_PX}px; padding: 0 {2 * GRID_PX}px; }}
        QPushButton[tone="main"] {{ color: {text_on(theme.focus)}; background: {theme.focus};
                                    border-color: {theme.focus}; }}
        QPushButton[tone="danger"] {{ color: {danger.text}; background: {danger.ground};
                                      border-color: {danger.ground}; }}
        QPushButton:pressed {{ color: {theme.text}; background: {theme.sunken}; }}
        FittedKey {{ padding: 0; }}
        QLineEdit:disabled, QPushButton:disabled {{ color: {theme.muted}; background: {theme.raised};
                                                    border-color: {theme.ground}; }}
        QLineEdit:focus, QPushButton:focus {{ border: 3px solid {theme.focus}; }}
        QScrollBar:vertical {{ background: transparent; border: none; width: 12px; }}
        QScrollBar:horizontal {{ background: transparent; border: none; height: 12px; }}
        QScrollBar::handle {{ background: {theme.sunken}; border-radius: 4px; margin: 2px; min-height: 48px;
                              min-width: 48px; }}
        QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
        QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
        QPushButton[tone="main"]:focus, QPushButton[tone="danger"]:focus {{ border: 3px solid {theme.text}; }}
    """
