"""A camera's picture turned, mirrored and cut out: what is read lies where it is seen."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from app.device.camera import Frame, grey_picture
from app.device.decoder import Luma
from app.device.framing import frame_read, part_read, picture_seen, region_seen
from app.device.pipeline import open_pipeline
from core.model.settings import CameraSettings, Region, Turn
from tests.device.pictures import OTHER, TICKET, code, with_codes

LEFT_HALF, RIGHT_HALF = Region(0, 0, 50, 100), Region(50, 0, 50, 100)


def marked() -> Luma:
    """A picture with each quarter as bright as its place: 10, 60 above, 110, 160 below."""
    return np.kron(np.array([[10, 60], [110, 160]], np.uint8), np.ones((60, 80), np.uint8))


def seen(luma: Luma, settings: CameraSettings) -> Luma:
    image = picture_seen(grey_picture(luma), settings).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].copy()


@pytest.mark.parametrize("turn", Turn)
@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("region", [LEFT_HALF, RIGHT_HALF, Region(0, 0, 50, 50), Region(50, 50, 50, 50)])
def test_what_is_read_is_what_is_seen_in_the_region(turn: Turn, is_mirrored: bool, region: Region) -> None:
    settings = CameraSettings(is_mirrored=is_mirrored, turn=turn, region=region)
    shown = seen(marked(), settings)
    height, width = shown.shape
    area = region_seen(settings, QRectF(0, 0, width, height))
    inside = shown[int(area.top()) : int(area.bottom()), int(area.left()) : int(area.right())]
    assert sorted(np.unique(part_read(marked(), settings))) == sorted(np.unique(inside))


def test_a_turned_picture_is_seen_clockwise_and_a_mirrored_one_from_the_other_side() -> None:
    assert seen(marked(), CameraSettings(turn=Turn.RIGHT))[0, 0] == 110
    assert seen(marked(), CameraSettings(turn=Turn.LEFT))[0, 0] == 60
    assert seen(marked(), CameraSettings(turn=Turn.OVER))[0, 0] == 160
    assert seen(marked(), CameraSettings(is_mirrored=True))[0, 0] == 60
    assert seen(marked(), CameraSettings(is_mirrored=True, turn=Turn.RIGHT))[0, 0] == 10


def test_only_codes_in_the_region_are_read() -> None:
    luma = with_codes(code(TICKET), code(OTHER))
    frame = Frame(luma, 1, lambda: grey_picture(luma))
    for region, texts in (
        (Region(), {TICKET, OTHER}),
        (Region(0, 0, 30, 100), {TICKET}),
        (Region(30, 0, 70, 100), {OTHER}),
    ):
        part = frame_read(frame, CameraSettings(region=region))
        assert {found.text for found in open_pipeline().decode(part.luma).texts} == texts
    assert frame_read(frame, CameraSettings()) is frame
    assert part.picture().width() == luma.shape[1], "all of the picture is seen"


@pytest.mark.parametrize("turn", Turn)
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_code_is_read_however_the_camera_is_mounted(turn: Turn, is_mirrored: bool) -> None:
    """A camera on its head, or one whose driver mirrors: what it delivers is read all the same."""
    luma = np.rot90(with_codes(code(TICKET)), int(turn) // 90)
    luma = luma[:, ::-1] if is_mirrored else luma
    settings = CameraSettings(is_mirrored=is_mirrored, turn=turn, region=Region(0, 0, 100, 99))
    assert [found.text for found in open_pipeline().decode(part_read(luma, settings)).texts] == [TICKET]
