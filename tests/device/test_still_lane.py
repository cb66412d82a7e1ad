"""Pictures that somebody hands in: searched beside the window, within limits, and nothing else is opened."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.device.camera import grey_picture
from app.device.still import PictureProblem, open_still
from app.device.still_lane import MOST_WAITING, StillLane, StillRead
from app.device.vision import cv2
from tests.device.pictures import OTHER, TICKET, code, door, with_codes

SOON_MS = 15_000


@pytest.fixture
def lane(qapp: object) -> Iterator[StillLane]:
    made = StillLane()
    yield made
    made.stop()


def read(lane: StillLane, qtbot: QtBot, picture: Path | QImage) -> StillRead:
    with qtbot.waitSignal(lane.read, timeout=SOON_MS) as caught:
        assert lane.offer(picture)
    assert caught.args is not None
    return caught.args[0]


def test_files_and_pictures_of_the_clipboard_are_searched(lane: StillLane, qtbot: QtBot, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "ticket.png"), with_codes(code(TICKET)))
    assert read(lane, qtbot, tmp_path / "ticket.png") == StillRead((TICKET,))
    assert read(lane, qtbot, grey_picture(with_codes(code(OTHER)))) == StillRead((OTHER,))
    assert set(read(lane, qtbot, grey_picture(with_codes(code(OTHER), code(TICKET)))).texts) == {OTHER, TICKET}
    assert read(lane, qtbot, grey_picture(door())) == StillRead()
    assert lane.waiting == 0


def test_black_ink_on_nothing_is_read_as_on_paper(lane: StillLane, qtbot: QtBot) -> None:
    plain = grey_picture(code(TICKET))
    clear = QImage(plain.size(), QImage.Format.Format_ARGB32)
    clear.fill(Qt.GlobalColor.transparent)
    for y in range(plain.height()):
        for x in range(plain.width()):
            if plain.pixelColor(x, y).lightness() < 128:
                clear.setPixelColor(x, y, QColor("black"))
    assert read(lane, qtbot, clear).texts == (TICKET,)


@pytest.mark.parametrize(
    ("name", "body", "key"),
    [
        ("a.png", b"#!/bin/sh\nreboot\n", "picture_unknown"),
        ("b.png", b"", "picture_unknown"),
        ("missing.png", None, "picture_out_of_reach"),
        ("nul\0.png", None, "picture_out_of_reach"),
    ],
)
def test_what_is_no_picture_is_said(
    lane: StillLane, qtbot: QtBot, tmp_path: Path, name: str, body: bytes | None, key: str
) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)
    problem = read(lane, qtbot, tmp_path / name).problem
    assert problem is not None
    assert problem.key == key
    empty = read(lane, qtbot, QImage()).problem
    assert empty is not None
    assert empty.key == "picture_unknown"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_a_pipe_and_a_device_keep_nobody_waiting(tmp_path: Path) -> None:
    """They claim no size and have no end: a picture's name is no proof of a picture."""
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "folder.png").mkdir()
    for name, key in (("pipe", "picture_unknown"), ("device", "picture_unknown"), ("folder", "picture_out_of_reach")):
        with pytest.raises(PictureProblem) as told:
            open_still(tmp_path / f"{name}.png")
        assert told.value.key == key


def test_a_folder_dropped_by_mistake_is_not_worked_off(lane: StillLane, qtbot: QtBot) -> None:
    picture = grey_picture(door())
    reads: list[StillRead] = []
    lane.read.connect(reads.append)
    taken = [lane.offer(picture) for _ in range(MOST_WAITING + 3)]
    assert taken == [True] * MOST_WAITING + [False] * 3
    qtbot.waitUntil(lambda: len(reads) == MOST_WAITING, timeout=SOON_MS)
    assert lane.offer(picture)
    qtbot.waitUntil(lambda: lane.waiting == 0, timeout=SOON_MS)


def test_what_a_picture_shows_is_in_no_trace() -> None:
    assert TICKET not in repr(StillRead((TICKET,)))
