"""The camera's picture with an aim frame, and the hint below that frame.

Owns the newest frame only: frames that arrive faster than they are painted replace each other. Without a camera it
says so.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.kiosk.measures import hint_px
from app.widgets.plain_text import PaintedText, draw_line
from app.widgets.theme import BLACK, GRID_PX, WHITE, Theme, type_px
from app.widgets.typeface import fitting

_MIDDLE = Qt.AlignmentFlag.AlignHCenter
_SMALL_PX = 160
"""A picture lower than this has no room for a hint: the verdict beside it shows it."""
_AIM_SHARE = 0.62


class CameraPreview(PaintedText):
    """Paints the newest frame, the aim frame, and one line below."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._name = name
        self._image = QImage()
        self._hint = ""
        self._trouble = ""
        self._base_px = 16
        self._tell()

    @property
    def image(self) -> QImage:
        """The frame that is, or is about to be, painted."""
        return self._image

    @property
    def hint(self) -> str:
        """The line below the picture."""
        return self._hint

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.update()

    def show_image(self, image: QImage) -> None:
        """Shows `image` at the next painting, unless a newer one comes before."""
        self._image = image
        self.update()

    def show_name(self, name: str) -> None:
        """Takes what a screen reader calls it, in another language."""
        self._name = name
        self._tell()

    def show_hint(self, hint: str) -> None:
        """Shows one line; empty for none."""
        if hint != self._hint:
            self._hint = hint
            self._tell()
            self.update()

    def show_trouble(self, trouble: str) -> None:
        """Shows what is the matter in place of the picture; empty when it is well."""
        self._trouble = trouble
        if trouble:
            self._image = QImage()
        self._tell()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints picture, aim and line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.raised))
        below_px = hint_px(self._base_px) if self.height() >= _SMALL_PX else 0
        self._paint_picture(painter, QRectF(self.rect()), below_px)
        if self._hint and below_px:
            self._paint_hint(painter, QRectF(0, self.height() - below_px, self.width(), below_px))
        painter.end()

    def _tell(self) -> None:
        self.setAccessibleName(". ".join(part for part in (self._name, self._trouble, self._hint) if part))

    def _paint_picture(self, painter: QPainter, area: QRectF, below_px: int) -> None:
        painter.fillRect(area, QColor(BLACK))
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._image, _cover(self._image, area))
        elif self._trouble:
            painter.setPen(QColor(WHITE))
            line = area.adjusted(GRID_PX, 0, -GRID_PX, 0)
            painter.setFont(
                fitting(self._trouble, line.width(), self._base_px if below_px else type_px(self._base_px, -1))
            )
            draw_line(painter, line, _MIDDLE, self._trouble)
            return
        _paint_aim(painter, area.adjusted(0, 0, 0, -below_px))

    def _paint_hint(self, painter: QPainter, area: QRectF) -> None:
        painter.fillRect(area, QColor(self._theme.calm_ground))
        painter.setPen(QColor(self._theme.calm_text))
        line = area.adjusted(GRID_PX, 0, -GRID_PX, 0)
        painter.setFont(fitting(self._hint, line.width(), self._base_px, QFont.Weight.Medium))
        draw_line(painter, line, _MIDDLE, self._hint)


def _cover(image: QImage, area: QRectF) -> QRectF:
    """The middle of `image` that fills `area` without distortion."""
    scale = max(area.width() / image.width(), area.height() / image.height())
    width, height = area.width() / scale, area.height() / scale
    return QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)


def _paint_aim(painter: QPainter, area: QRectF) -> None:
    """Four white corners with a dark edge: seen on any picture."""
    side = min(area.width(), area.height()) * _AIM_SHARE
    left, top = area.center().x() - side / 2, area.center().y() - side / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((BLACK, side * 0.045), (WHITE, side * 0.022)):
        pen = QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for right, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
            corner = QPointF(left + right * side, top + below * side)
            across, down = QPointF(side / 5 * (1 - 2 * right), 0), QPointF(0, side / 5 * (1 - 2 * below))
            painter.drawPolyline([corner + across, corner, corner + down])
