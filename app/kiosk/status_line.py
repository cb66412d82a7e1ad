"""The line at the top: where this kiosk stands, how it is, and what time it is.

Owns which parts give way on a narrow window: the plain ones first, the most urgent one never.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kiosk.status import StatusPart, StatusText, Tone
from app.widgets.plain_text import draw_line, plain
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

_LEFT, _MIDDLE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter
EDGE_PX = 2 * GRID_PX
GAP_PX = 2 * GRID_PX
PLACE_SHARE = 0.3
MIDDLE_SHARE = 0.18
"""What the event's name may claim before plain parts give way."""


class StatusLine(QWidget):
    """Paints a `StatusText`."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._name = name
        self._base_px = 16
        self._text: StatusText | None = None
        self.setAccessibleName(name)

    @property
    def text(self) -> StatusText | None:
        """What is shown."""
        return self._text

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.update()

    def show_text(self, text: StatusText) -> None:
        """Shows the kiosk's state."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(f"{self._name}: {text.spoken}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints clock and parts from the right, the place from the left, and the middle between them."""
        painter = QPainter(self)
        text = self._text
        is_calm = text is not None and text.strip is not None
        painter.fillRect(self.rect(), QColor(self._theme.calm_ground if is_calm else self._theme.raised))
        if text is not None:
            self._paint(painter, text, is_calm=is_calm)
        painter.end()

    def _paint(self, painter: QPainter, text: StatusText, *, is_calm: bool) -> None:
        colour = self._theme.calm_text if is_calm else self._theme.text
        strong, usual = font(self._base_px, QFont.Weight.Bold), font(self._base_px)
        left = EDGE_PX + self._paint_piece(painter, EDGE_PX, text.place, strong, colour, self.width() * PLACE_SHARE)
        right = self.width() - EDGE_PX - _width(text.clock, strong)
        self._paint_piece(painter, right, text.clock, strong, colour, self.width())
        middle = text.strip or text.event
        wanted = _width(middle, usual) if text.strip else min(_width(middle, usual), self.width() * MIDDLE_SHARE)
        for part in self._that_fit(text.parts, right - left - wanted - 2 * GAP_PX):
            right = self._paint_part(painter, part, right - GAP_PX, colour, is_calm=is_calm)
        area = QRectF(left + GAP_PX, 0, max(0.0, right - left - 2 * GAP_PX), self.height())
        painter.setPen(QColor(colour if is_calm else self._theme.muted))
        painter.setFont(font(self._base_px, QFont.Weight.Medium) if is_calm else usual)
        draw_line(painter, area, _MIDDLE, middle)

    def _that_fit(self, parts: tuple[StatusPart, ...], room: float) -> list[StatusPart]:
        """The parts for which there is room, the most urgent one in any case; the last of them first."""
        chosen: list[StatusPart] = []
        for part in parts:
            room -= _width(part.text, font(self._base_px)) + GAP_PX + (2 * GRID_PX if part.tone is Tone.AMBER else 0)
            if room >= 0 or (part.tone is not Tone.PLAIN and not chosen):
                chosen.append(part)
        return chosen[::-1]

    def _paint_part(self, painter: QPainter, part: StatusPart, right: float, colour: str, *, is_calm: bool) -> float:
        """Paints a part that ends at `right` and returns where it begins."""
        used = font(self._base_px, QFont.Weight.Normal if part.tone is Tone.PLAIN else QFont.Weight.Medium)
        width = _width(part.text, used)
        if part.tone is Tone.AMBER:
            chip = QRectF(right - width - 2 * GRID_PX, self.height() / 2 - 18, width + 2 * GRID_PX, 36)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.calm_text if is_calm else self._theme.calm_ground))
            painter.drawRoundedRect(chip, GRID_PX, GRID_PX)
            colour = self._theme.calm_ground if is_calm else self._theme.calm_text
            self._paint_piece(painter, chip.left() + GRID_PX, part.text, used, colour, width)
            return chip.left()
        tone = {Tone.PLAIN: self._theme.muted, Tone.NOTICE: self._theme.notice}[part.tone]
        self._paint_piece(painter, right - width, part.text, used, colour if is_calm else tone, width)
        return right - width

    def _paint_piece(
        self, painter: QPainter, left: float, text: str, used: QFont, colour: str, most_px: float
    ) -> float:
        width = min(_width(text, used), most_px)
        painter.setPen(QColor(colour))
        painter.setFont(used)
        draw_line(painter, QRectF(left, 0, width, self.height()), _LEFT, text)
        return width


def _width(text: str, used: QFont) -> float:
    return QFontMetricsF(used).horizontalAdvance(plain(text)) + 2
