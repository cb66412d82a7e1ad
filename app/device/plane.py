"""The luminance of a video frame, taken from its planes without a conversion.

Owns what each pixel format's bytes mean. A copy of one plane costs a tenth of a millisecond at 720p, a conversion of
the picture to grey by Qt a hundred times that.
"""

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtMultimedia import QVideoFrame, QVideoFrameFormat

from app.device.decoder import MOST_PIXELS, Luma
from app.device.vision import cv2

_Format = QVideoFrameFormat.PixelFormat

_BYTE_OF_LUMA = {
    _Format.Format_Y8: (1, 0),
    _Format.Format_NV12: (1, 0),
    _Format.Format_NV21: (1, 0),
    _Format.Format_YUV420P: (1, 0),
    _Format.Format_YUV422P: (1, 0),
    _Format.Format_YV12: (1, 0),
    _Format.Format_IMC1: (1, 0),
    _Format.Format_IMC2: (1, 0),
    _Format.Format_IMC3: (1, 0),
    _Format.Format_IMC4: (1, 0),
    _Format.Format_YUYV: (2, 0),
    _Format.Format_UYVY: (2, 1),
    _Format.Format_Y16: (2, 1),
    _Format.Format_P010: (2, 1),
    _Format.Format_P016: (2, 1),
}
"""Bytes per pixel of plane 0, and which of them is the luminance (the high byte, little end first)."""

_COLOURS = {
    _Format.Format_BGRA8888: cv2.COLOR_BGRA2GRAY,
    _Format.Format_BGRA8888_Premultiplied: cv2.COLOR_BGRA2GRAY,
    _Format.Format_BGRX8888: cv2.COLOR_BGRA2GRAY,
    _Format.Format_RGBA8888: cv2.COLOR_RGBA2GRAY,
    _Format.Format_RGBX8888: cv2.COLOR_RGBA2GRAY,
}


def luma_of_frame(frame: QVideoFrame) -> Luma | None:
    """The luminance, (h, w), in memory of its own; None for a frame that is broken, absurdly large or unreadable."""
    width, height = frame.width(), frame.height()
    if not frame.isValid() or width < 1 or height < 1 or width * height > MOST_PIXELS:
        return None
    kind = frame.pixelFormat()
    if kind not in _BYTE_OF_LUMA and kind not in _COLOURS:
        return _by_picture(frame)
    if not frame.map(QVideoFrame.MapMode.ReadOnly):
        return None
    try:
        return _mapped(frame, kind, width, height)
    finally:
        frame.unmap()


def _mapped(frame: QVideoFrame, kind: QVideoFrameFormat.PixelFormat, width: int, height: int) -> Luma | None:
    """The luminance of a frame whose memory is at hand; None when its rows are shorter than they claim."""
    apart, first = _BYTE_OF_LUMA.get(kind, (4, 0))
    stride = frame.bytesPerLine(0)
    raw = np.frombuffer(frame.bits(0), np.uint8)
    if stride < apart * width or raw.size < stride * height:
        return None
    rows = raw[: stride * height].reshape(height, stride)[:, : apart * width]
    if kind in _BYTE_OF_LUMA:
        return np.array(rows[:, first::apart], copy=True)
    return np.asarray(cv2.cvtColor(rows.reshape(height, width, 4), _COLOURS[kind]), np.uint8)


def _by_picture(frame: QVideoFrame) -> Luma | None:
    """For formats that cameras rarely deliver: through a picture, slowly."""
    picture = frame.toImage()
    if picture.isNull():
        return None
    picture = picture.convertToFormat(picture.Format.Format_RGBA8888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    pixels = rows[:, : 4 * picture.width()].reshape(picture.height(), picture.width(), 4)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2GRAY), np.uint8)


def video_frame(luma: Luma) -> QVideoFrame:
    """A frame of 8 bits of luminance, as some cameras deliver it."""
    height, width = luma.shape
    frame = QVideoFrame(QVideoFrameFormat(QSize(width, height), _Format.Format_Y8))
    if frame.map(QVideoFrame.MapMode.WriteOnly):
        stride = frame.bytesPerLine(0)
        rows = np.frombuffer(frame.bits(0), np.uint8)[: stride * height].reshape(height, stride)
        rows[:, :width] = luma
        frame.unmap()
    return frame
