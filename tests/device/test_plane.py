"""The luminance of each pixel format that cameras deliver."""

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtMultimedia import QVideoFrame, QVideoFrameFormat

from app.device.plane import luma_of_frame, video_frame
from tests.device.pictures import SIZE, TICKET, code, with_codes

Kind = QVideoFrameFormat.PixelFormat
WIDTH, HEIGHT = 70, 6
RAMP = np.add.outer(np.arange(HEIGHT) * 10, np.arange(WIDTH) * 2).astype(np.uint8)


def filled(kind: Kind, apart: int, first: int) -> QVideoFrame:
    """A frame of that format with the ramp in the bytes of its luminance and 0x55 everywhere else."""
    frame = QVideoFrame(QVideoFrameFormat(QSize(WIDTH, HEIGHT), kind))
    assert frame.map(QVideoFrame.MapMode.WriteOnly)
    stride = frame.bytesPerLine(0)
    raw = np.frombuffer(frame.bits(0), np.uint8)
    raw[:] = 0x55
    raw[: stride * HEIGHT].reshape(HEIGHT, stride)[:, first : apart * WIDTH : apart] = RAMP
    frame.unmap()
    return frame


@pytest.mark.parametrize(
    ("kind", "apart", "first"),
    [
        (Kind.Format_Y8, 1, 0),
        (Kind.Format_NV12, 1, 0),
        (Kind.Format_NV21, 1, 0),
        (Kind.Format_YUV420P, 1, 0),
        (Kind.Format_YUV422P, 1, 0),
        (Kind.Format_YV12, 1, 0),
        (Kind.Format_YUYV, 2, 0),
        (Kind.Format_UYVY, 2, 1),
        (Kind.Format_Y16, 2, 1),
        (Kind.Format_P010, 2, 1),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_luminance_is_taken_as_it_is(kind: Kind, apart: int, first: int) -> None:
    luma = luma_of_frame(filled(kind, apart, first))
    assert luma is not None
    assert np.array_equal(luma, RAMP)
    assert luma.flags.owndata or luma.base is None


@pytest.mark.qt_log_ignore("No RHI backend")  # a machine without a graphics card converts by itself
@pytest.mark.parametrize(
    "kind", [Kind.Format_BGRA8888, Kind.Format_RGBA8888, Kind.Format_BGRX8888, Kind.Format_ARGB8888]
)
def test_colours_become_luminance(kind: Kind) -> None:
    picture = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32)
    picture.fill(QColor(255, 0, 0))
    frame = QVideoFrame(QVideoFrameFormat(QSize(WIDTH, HEIGHT), kind))
    places = {"B": (0, 0, 255, 255), "R": (255, 0, 0, 255), "A": (255, 255, 0, 0)}
    assert frame.map(QVideoFrame.MapMode.WriteOnly)
    stride = frame.bytesPerLine(0)
    rows = np.frombuffer(frame.bits(0), np.uint8)[: stride * HEIGHT].reshape(HEIGHT, stride)
    rows[:, : 4 * WIDTH] = np.tile(np.array(places[kind.name.removeprefix("Format_")[0]], np.uint8), WIDTH)
    frame.unmap()
    luma = luma_of_frame(frame)
    assert luma is not None
    assert luma.shape == (HEIGHT, WIDTH)
    assert abs(int(luma[2, 30]) - 76) <= 1


def test_a_frame_made_of_luminance_gives_it_back() -> None:
    frame = with_codes(code(TICKET))
    back = luma_of_frame(video_frame(frame))
    assert np.array_equal(back, frame)
    assert frame.shape == (SIZE[1], SIZE[0])


def test_a_frame_that_is_none_gives_nothing() -> None:
    assert luma_of_frame(QVideoFrame()) is None
