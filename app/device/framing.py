"""How a camera's picture is held: turned, mirrored, and which part of it is read.

Owns the way between the picture as it comes from the sensor and as it is seen. What is seen is turned and mirrored;
what is read is only cut out, since a code is read whichever way it is held.
"""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QTransform

from app.device.camera import Frame
from app.device.decoder import Luma
from core.model.settings import CameraSettings, Region, Turn

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of a picture's sides."""


def part_read(luma: Luma, settings: CameraSettings) -> Luma:
    """The part of a sensor's picture (h, w) in which codes are looked for: the picture itself, or a view of it."""
    if settings.region.is_whole:
        return luma
    height, width = luma.shape
    left, top, right, bottom = _on_the_sensor(settings)
    rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
    return luma[rows, int(left * width) : max(int(left * width) + 1, round(right * width))]


def frame_read(frame: Frame, settings: CameraSettings) -> Frame:
    """The same frame with only the part that is read."""
    part = part_read(frame.luma, settings)
    return frame if part is frame.luma else frame.with_luma(part)


def picture_seen(image: QImage, settings: CameraSettings) -> QImage:
    """A sensor's picture as people see it."""
    if settings.turn is not Turn.NONE:
        image = image.transformed(QTransform().rotate(settings.turn))
    return image.transformed(QTransform().scale(-1, 1)) if settings.is_mirrored else image


def region_seen(settings: CameraSettings, area: QRectF) -> QRectF:
    """Where the part that is read lies in a seen picture that fills `area`."""
    left, top, right, bottom = _shares(settings.region)
    width, height = area.width(), area.height()
    return QRectF(
        area.left() + left * width, area.top() + top * height, (right - left) * width, (bottom - top) * height
    )


def _shares(region: Region) -> Box:
    right, bottom = region.left + region.width, region.top + region.height
    return region.left / 100, region.top / 100, right / 100, bottom / 100


def _on_the_sensor(settings: CameraSettings) -> Box:
    """The region before mirror and turn."""
    left, top, right, bottom = _shares(settings.region)
    if settings.is_mirrored:
        left, right = 1 - right, 1 - left
    match settings.turn:
        case Turn.NONE:
            return left, top, right, bottom
        case Turn.RIGHT:
            return top, 1 - right, bottom, 1 - left
        case Turn.OVER:
            return 1 - right, 1 - bottom, 1 - left, 1 - top
        case Turn.LEFT:
            return 1 - bottom, left, 1 - top, right
