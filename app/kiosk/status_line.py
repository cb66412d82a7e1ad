"""The line at the top: where this kiosk stands, how it is, and what time it is.

Owns which parts give way on a narrow window: the plain ones first, the most urgent one never.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kiosk.notices import Tone
from app.kiosk.status import StatusPart, StatusText
from app.widgets.plain_text import PaintedText, draw_line, plain
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

_LEFT, _MIDDLE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter
EDGE_PX = 2 * GRID_PX
GAP_PX = 2 * GRID_PX
LOADED_PX = 4
PLACE_SHARE = 0.3
MIDDLE_SHARE = 0.18
"""What the event's name may claim before plain parts give way."""


class StatusLine(PaintedText):
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
    def text(self) -> StatusText | None:  # type: ignore[override]
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

    def show_name(self, name: str) -> None:
        """Takes what a screen reader calls it, in another language; the text follows."""
        self._name = name
        self.setAccessibleName(f"{name}: {self._text.spoken}" if self._text else name)

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
            self._paint_loaded(painter, text.loaded, is_calm=is_calm)
        painter.end()

    def _paint(self, painter: QPainter, text: StatusText, *, is_calm: bool) -> None:
        colour = self._theme.calm_text if is_calm else self._theme.text
        strong, usual = font(self._base_px, QFont.Weight.Bold), font(self._base_px)
        left = EDGE_PX + self._paint_piece(painter, EDGE_PX, text.place, strong, colour, self.width() * PLACE_SHARE)
        right = self._paint_clock(painter, text.clock, strong, colour, is_calm=is_calm)
        middle = text.strip or text.event
        wanted = _width(middle, usual) if text.strip else min(_width(middle, usual), self.width() * MIDDLE_SHARE)
        for shown, tone in self._that_fit(text.parts, right - left - wanted - 2 * GAP_PX):
            right = self._paint_part(painter, shown, tone, right - GAP_PX, colour, is_calm=is_calm)
        area = QRectF(left + GAP_PX, 0, max(0.0, right - left - 2 * GAP_PX), self.height())
        painter.setPen(QColor(colour if is_calm else self._theme.muted))
        painter.setFont(font(self._base_px, QFont.Weight.Medium) if is_calm else usual)
        draw_line(painter, area, _MIDDLE, middle)

    def _paint_clock(self, painter: QPainter, clock: StatusPart, strong: QFont, colour: str, *, is_calm: bool) -> float:
        """Paints the time at the right end, and returns where it begins."""
        right = float(self.width() - EDGE_PX)
        if clock.tone is Tone.AMBER:
            return self._paint_part(painter, clock.text, Tone.AMBER, right, colour, is_calm=is_calm)
        width = _width(clock.text, strong)
        self._paint_piece(painter, right - width, clock.text, strong, colour, width)
        return right - width

    def _paint_loaded(self, painter: QPainter, share: float | None, *, is_calm: bool) -> None:
        """A thin bar along the lower edge: a newer list is coming, and nobody has to wait for it."""
        if share is not None:
            painter.fillRect(0, self.height() - LOADED_PX, self.width(), LOADED_PX, QColor(self._theme.sunken))
            colour = self._theme.calm_text if is_calm else self._theme.focus
            painter.fillRect(QRectF(0, self.height() - LOADED_PX, share * self.width(), LOADED_PX), QColor(colour))

    def _that_fit(self, parts: tuple[StatusPart, ...], room: float) -> list[tuple[str, Tone]]:
        """The parts for which there is room, the most urgent one in any case; the last of them first.

        What room is left goes to the longer texts, the more urgent part's first.
        """
        chosen: list[StatusPart] = []
        for part in parts:
            width = _width(part.text, font(self._base_px)) + GAP_PX + (2 * GRID_PX if part.tone is Tone.AMBER else 0)
            if width <= room or (part.tone is not Tone.PLAIN and not chosen):
                chosen.append(part)
                room -= width
        shown: list[tuple[str, Tone]] = []
        for part in chosen:
            more = _width(part.longer, font(self._base_px)) - _width(part.text, font(self._base_px))
            is_longer = bool(part.longer) and more <= room
            room -= more if is_longer else 0
            shown.append((part.longer if is_longer else part.text, part.tone))
        return shown[::-1]

    def _paint_part(
        self, painter: QPainter, text: str, tone: Tone, right: float, colour: str, *, is_calm: bool
    ) -> float:
        """Paints a part that ends at `right` and returns where it begins."""
        used = font(self._base_px, QFont.Weight.Normal if tone is Tone.PLAIN else QFont.Weight.Medium)
        width = _width(text, used)
        if tone is Tone.AMBER:
            height = 1.8 * self._base_px
            chip = QRectF(right - width - 2 * GRID_PX, (self.height() - height) / 2, width + 2 * GRID_PX, height)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.calm_text if is_calm else self._theme.calm_ground))
            painter.drawRoundedRect(chip, GRID_PX, GRID_PX)
            colour = self._theme.calm_ground if is_calm else self._theme.calm_text
            self._paint_piece(painter, chip.left() + GRID_PX, text, used, colour, width)
            return chip.left()
        of_tone = {Tone.PLAIN: self._theme.muted, Tone.NOTICE: self._theme.notice}[tone]
        self._paint_piece(painter, right - width, text, used, colour if is_calm else of_tone, width)
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
