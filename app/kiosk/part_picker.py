"""A camera's whole picture with the part that is read: staff draw another part with a finger or the mouse.

Owns the way from a drag to percents of the picture's sides. Nothing is cut off, unlike in the window's own preview.
"""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.device.framing import region_seen
from app.widgets.theme import BLACK, THEMES, WHITE, Theme, ThemeName
from core.model.settings import LEAST_REGION, CameraSettings, Region

_LEAST = QSize(240, 180)
_LEAST_DRAG_PX = 16
"""A touch that slips is no drag."""
_VEIL_ALPHA = 150


class PartPicker(QWidget):
    """Paints the newest picture and dims what is not read; a drag chooses what is."""

    part_chosen = Signal(object)
    """A `Region`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        self.setMinimumSize(_LEAST)
        self._theme = THEMES[ThemeName.DARK]
        self._image = QImage()
        self._settings = CameraSettings()
        self._began: QPointF | None = None
        self._now = QPointF()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self.update()

    def show_image(self, image: QImage) -> None:
        """Shows the newest picture, as people see it."""
        self._image = image
        self.update()

    def show_settings(self, settings: CameraSettings) -> None:
        """Shows which part is read."""
        self._settings = settings
        self.update()

    @property
    def area(self) -> QRectF:
        """Where the picture lies."""
        whole = QRectF(self.rect())
        if self._image.isNull():
            return whole
        scale = min(whole.width() / self._image.width(), whole.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((whole.width() - width) / 2, (whole.height() - height) / 2, width, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A drag begins."""
        self._began = self._now = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A drag goes on."""
        self._now = event.position()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A drag ends."""
        began, self._began = self._began, None
        if began is not None:
            drawn = QRectF(began, event.position()).normalized()
            if min(drawn.width(), drawn.height()) >= _LEAST_DRAG_PX:
                self.part_chosen.emit(region_of(drawn, self.area))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the picture, the veil and the part."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(BLACK))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = self.area
        if not self._image.isNull():
            painter.drawImage(area, self._image)
        drawn = QRectF(self._began, self._now).normalized() & area if self._began is not None else None
        self._paint_part(painter, area, drawn or region_seen(self._settings, area))
        painter.end()

    def _paint_part(self, painter: QPainter, area: QRectF, part: QRectF) -> None:
        veil = QColor(BLACK)
        veil.setAlpha(_VEIL_ALPHA)
        for side in (
            QRectF(area.left(), area.top(), area.width(), part.top() - area.top()),
            QRectF(area.left(), part.bottom(), area.width(), area.bottom() - part.bottom()),
            QRectF(area.left(), part.top(), part.left() - area.left(), part.height()),
            QRectF(part.right(), part.top(), area.right() - part.right(), part.height()),
        ):
            painter.fillRect(side, veil)
        for colour, width in ((BLACK, 4), (WHITE, 2)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRect(part.adjusted(1, 1, -1, -1))


def region_of(drawn: QRectF, area: QRectF) -> Region:
    """What was drawn, in percent of the picture, within its bounds and not smaller than codes are found in."""
    left, width = _side(drawn.left() - area.left(), drawn.right() - area.left(), area.width())
    top, height = _side(drawn.top() - area.top(), drawn.bottom() - area.top(), area.height())
    return Region(left, top, width, height)


def _side(start: float, end: float, whole: float) -> tuple[int, int]:
    """Start and length of one side in percent."""
    first = min(100, max(0, round(100 * start / max(1.0, whole))))
    last = min(100, max(0, round(100 * end / max(1.0, whole))))
    length = max(LEAST_REGION, last - first)
    return min(first, 100 - length), length
