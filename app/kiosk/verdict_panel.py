"""The large part of the window: a verdict in the colours of its class, or a calm page while there is none.

Owns painting. A verdict is painted before `show_verdict` returns; `painted` tells when it has been. Nothing blinks but
a refusal, once.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.kiosk.measures import Measures
from app.kiosk.present import ScreenText
from app.kiosk.verdict_layout import VerdictLayout, lay_out
from app.widgets.plain_text import PaintedText, draw_line, draw_lines, draw_on_baseline
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, TYPE_RATIO, Ground, Theme, type_px
from app.widgets.typeface import fitting, font
from core.gate.verdict import Verdict
from core.model.outcomes import OutcomeClass

BLINK_MS = 110
"""One change of the ground and back: seen from the corner of an eye, too slow and too rare to harm anybody."""
_MIDDLE = Qt.AlignmentFlag.AlignHCenter
_RIGHT = Qt.AlignmentFlag.AlignRight
_LEFT = Qt.AlignmentFlag.AlignLeft


@dataclass(frozen=True, slots=True)
class Page:
    """What stands where a verdict would: waiting, a hint, or what is the matter."""

    title: str
    step: str = ""
    is_trouble: bool = False


class VerdictPanel(PaintedText):
    """Shows a verdict or a page."""

    painted = Signal(object)
    """The verdict whose first painting has ended."""
    touched = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._page = Page("")
        self._page_area = QRectF()
        self._measures: Measures | None = None
        self._text: ScreenText | None = None
        self._hint = ""
        self._layout: VerdictLayout | None = None
        self._unreported: Verdict | None = None
        self._is_showing = False
        self._was_painted = False
        self._is_inverted = False
        self._blinks_left = 0
        self._blink = QTimer(self, interval=BLINK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._blink.timeout.connect(self._turn_over)

    @property
    def text(self) -> ScreenText | None:  # type: ignore[override]
        """The verdict that is shown, in words; None while a page is."""
        return self._text

    @property
    def page(self) -> Page:
        """The page that is shown when no verdict is."""
        return self._page

    @property
    def verdict_layout(self) -> VerdictLayout | None:
        """Where the parts of the verdict are."""
        return self._layout

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours; a verdict keeps its hue."""
        self._theme = theme
        self.update()

    def show_measures(self, measures: Measures) -> None:
        """Takes another window's size."""
        self._measures = measures
        self._page_area = QRectF(measures.page.translated(-measures.verdict.topLeft()))
        self._lay_out()
        self.update()

    def show_verdict(self, verdict: Verdict, text: ScreenText) -> None:
        """Shows and paints `text` at once."""
        self._text, self._unreported = text, verdict
        self._is_inverted, self._blinks_left = False, 2 if text.outcome_class is OutcomeClass.DENY else 0
        self._blink.stop()
        self._lay_out()
        self.setAccessibleName(text.spoken)
        self._is_showing, self._was_painted = True, False
        self.repaint()
        self._is_showing = False
        if self._was_painted:
            self._report()
        if self._blinks_left:
            self._blink.start()

    def show_anew(self, text: ScreenText) -> None:
        """Shows the same verdict in other words; it is no new one, and nobody has to look up."""
        self._text = text
        self._lay_out()
        self.setAccessibleName(text.spoken)
        self.update()

    def show_hint(self, hint: str) -> None:
        """Shows a hint beside a verdict, where the picture is too small for it; empty for none."""
        if hint != self._hint:
            self._hint = hint
            self.update()

    def show_page(self, page: Page) -> None:
        """Shows a page in place of any verdict; the same page again costs nothing."""
        if self._text is None and page == self._page:
            return
        self._text, self._page, self._unreported, self._blinks_left = None, page, None, 0
        self._blink.stop()
        self.setAccessibleName(". ".join(part for part in (page.title, page.step) if part))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints what is shown; afterwards, once per verdict, reports it as painted."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        if self._text is not None and self._layout is not None:
            self._paint_verdict(painter, self._text, self._layout)
        else:
            self._paint_page(painter, self._page)
        painter.end()
        self._was_painted = True
        if self._unreported is not None and not self._is_showing:
            QTimer.singleShot(0, self, self._report)  # once the window system has it: hidden or covered until now

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A touch anywhere on the ground."""
        event.accept()
        self.touched.emit()

    def _lay_out(self) -> None:
        self._layout = None
        if self._text is not None and self._measures is not None:
            self._layout = lay_out(QRectF(self.rect()), self._measures, self._text)

    def _report(self) -> None:
        verdict, self._unreported = self._unreported, None
        if verdict is not None:
            self.painted.emit(verdict)

    def _turn_over(self) -> None:
        self._is_inverted = not self._is_inverted
        self._blinks_left -= 1
        if self._blinks_left <= 0:
            self._blink.stop()
        self.update()

    def _paint_verdict(self, painter: QPainter, text: ScreenText, layout: VerdictLayout) -> None:
        colours = self._colours(text.outcome_class)
        painter.fillRect(self.rect(), QColor(colours.ground))
        painter.fillRect(layout.band, QColor(colours.band))
        paint_sign(painter, text.shape, layout.sign, colours.text)
        painter.setPen(QColor(colours.text))
        painter.setFont(layout.word_font)
        for line, baseline in zip(layout.word, layout.baselines, strict=True):
            draw_on_baseline(painter, baseline, line, layout.squeeze)
        self._paint_small(painter, text, layout)
        painter.setPen(QColor(colours.band_text))
        _paint_step(painter, text.next_step, layout, colours.band_text)

    def _paint_small(self, painter: QPainter, text: ScreenText, layout: VerdictLayout) -> None:
        painter.setFont(font(layout.line_px, QFont.Weight.Medium))
        for line, area in zip(text.lines, layout.lines, strict=False):
            draw_line(painter, area, _MIDDLE, line)
        painter.setFont(fitting(text.evidence, layout.evidence.width(), layout.evidence_px))
        if self._hint and self._measures is not None and self._measures.is_small:
            _paint_chip(painter, layout, self._hint, self._theme.calm_ground, self._theme.calm_text)
        elif text.old_list:
            colours = self._theme.grounds[text.outcome_class]
            shown = text.old_list if self._measures is not None and self._measures.is_small else text.evidence
            _paint_chip(painter, layout, shown, colours.text, colours.ground)
        else:
            draw_line(painter, layout.evidence, _RIGHT, text.evidence)

    def _colours(self, outcome_class: OutcomeClass) -> Ground:
        colours = self._theme.grounds[outcome_class]
        if not self._is_inverted:
            return colours
        return Ground(colours.text, colours.ground, colours.band, colours.band_text)

    def _paint_page(self, painter: QPainter, page: Page) -> None:
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        base_px = self._measures.base_px if self._measures else 16
        area = self._page_area.adjusted(2 * GRID_PX, 0, -2 * GRID_PX, 0)
        title_px = _title_px(page.title, area.width(), base_px)
        frame = min(area.height() / 3, 9.0 * base_px)
        top = area.center().y() - (frame + 4 * title_px) / 2
        colour = self._theme.notice if page.is_trouble else self._theme.text
        _paint_aim(painter, QRectF(area.center().x() - frame / 2, top, frame, frame), colour)
        painter.setPen(QColor(colour))
        painter.setFont(font(title_px, QFont.Weight.Bold))
        title = QRectF(area.left(), top + frame + title_px, area.width(), title_px * 1.4)
        draw_line(painter, title, _MIDDLE, page.title)
        painter.setPen(QColor(self._theme.muted))
        step_px = max(base_px, round(title_px / TYPE_RATIO**2))
        painter.setFont(font(step_px))
        draw_lines(painter, QRectF(area.left(), title.bottom(), area.width(), 2.5 * step_px), _MIDDLE, page.step, 2)


def _paint_chip(painter: QPainter, layout: VerdictLayout, text: str, ground: str, colour: str) -> None:
    """Small words that want to be seen in the verdict's corner: a hint, or that its list was old."""
    painter.setFont(fitting(text, layout.evidence.width() - 3.0 * GRID_PX, layout.evidence_px, QFont.Weight.Medium))
    width = min(layout.evidence.width(), painter.fontMetrics().horizontalAdvance(text) + 3.0 * GRID_PX)
    height = max(4.0 * GRID_PX, 1.6 * layout.evidence_px)
    chip = QRectF(layout.evidence.right() - width, layout.evidence.top(), width, height)
    painter.fillRect(chip, QColor(ground))
    painter.setPen(QColor(colour))
    draw_line(painter, chip, _MIDDLE, text)


def _paint_step(painter: QPainter, step: str, layout: VerdictLayout, colour: str) -> None:
    """The next step in the middle of its band, an arrow before it."""
    painter.setFont(font(layout.step_px, QFont.Weight.Medium))
    arrow_px = layout.step_px * 0.8
    room = layout.band.width() - 4 * GRID_PX - 2 * arrow_px
    width = min(room, painter.fontMetrics().horizontalAdvance(step) + 1.0)
    left = layout.band.center().x() - (width + 1.6 * arrow_px) / 2
    middle = layout.band.center().y()
    _paint_arrow(painter, QRectF(left, middle - arrow_px / 2, arrow_px, arrow_px), colour)
    area = QRectF(left + 1.6 * arrow_px, layout.band.top(), width + 2, layout.band.height())
    draw_line(painter, area, _LEFT, step)


def _title_px(title: str, width: float, base_px: int) -> int:
    """The largest size at which a page's title stays on one line."""
    sizes = [type_px(base_px, step) for step in ((4, 3, 2, 1) if width > 640 else (2, 1, 0))]
    fitting = (px for px in sizes if QFontMetricsF(font(px, QFont.Weight.Bold)).horizontalAdvance(title) <= width)
    return next(fitting, sizes[-1])


def _pen(colour: str, width: float) -> QPen:
    return QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _paint_arrow(painter: QPainter, area: QRectF, colour: str) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(_pen(colour, area.height() * 0.14))
    tip = QPointF(area.right(), area.center().y())
    barb = area.height() * 0.32
    painter.drawPolyline([QPointF(tip.x() - barb, tip.y() - barb), tip, QPointF(tip.x() - barb, tip.y() + barb)])
    painter.drawLine(QPointF(area.left(), tip.y()), tip)
    painter.restore()


def _paint_aim(painter: QPainter, area: QRectF, colour: str) -> None:
    """Four corners, as around the camera's picture, and the three eyes of a code within."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side, stroke = area.width(), area.width() * 0.045
    painter.setPen(_pen(colour, stroke))
    for right, below in ((False, False), (True, False), (False, True), (True, True)):
        corner = QPointF(area.right() if right else area.left(), area.bottom() if below else area.top())
        across = QPointF(-side / 5 if right else side / 5, 0)
        down = QPointF(0, -side / 5 if below else side / 5)
        painter.drawPolyline([corner + across, corner, corner + down])
    for x, y in ((0.25, 0.25), (0.55, 0.25), (0.25, 0.55)):
        eye = QRectF(area.left() + x * side, area.top() + y * side, side / 5, side / 5)
        painter.drawRoundedRect(eye, stroke, stroke)
    painter.drawPoint(QPointF(area.left() + 0.65 * side, area.top() + 0.65 * side))
    painter.restore()
