"""The stages: what the plain look misses is read by one in its turn, and nothing is read that isn't there."""

import numpy as np
import pytest

from app.device.decoder import Decoded, Hint, Located, Luma, Reading
from app.device.pipeline import Pipeline, open_pipeline
from app.device.props import Guest, Prop, draw_empty, draw_guest
from app.device.stages import STAGES, around, busy_region
from app.device.vision import cv2
from tests.device.pictures import TICKET, code, door, with_codes

CORNERS = ((0, 0), (9, 0), (9, 9), (0, 9))


class Scripted:
    """A first decoder that reads nothing, or what it is told to."""

    name = "scripted"

    def __init__(self, located: bool = False) -> None:
        self.located = located
        self.looked_at: list[tuple[int, ...]] = []

    def decode(self, luma: Luma) -> Reading:
        self.looked_at.append(luma.shape)
        corners = ((40, 40), (240, 40), (240, 240), (40, 240))
        is_whole = luma.shape == (360, 640)
        return Reading(located=(Located(corners, Hint.HOLD_STILL),)) if self.located and is_whole else Reading()


class Second(Scripted):
    """A second decoder that always reads the same."""

    def decode(self, luma: Luma) -> Reading:
        return Reading((Decoded("read", CORNERS),), by=self.name)


def test_every_stage_has_its_turn() -> None:
    zbar = Second()
    pipeline = Pipeline(Scripted(), zbar)
    frames = [pipeline.decode(with_codes(code(TICKET), seed=seed)) for seed in range(len(STAGES))]
    assert [reading.by for reading in frames].count("pyzbar") >= 1


def test_a_located_code_has_more_turns_than_an_empty_frame() -> None:
    empty, seen = Scripted(), Scripted(located=True)
    Pipeline(empty).decode(with_codes(code(TICKET)))
    Pipeline(seen).decode(with_codes(code(TICKET)))
    assert len(seen.looked_at) > len(empty.looked_at) > 1


def test_a_stage_that_read_goes_first_next_time() -> None:
    pipeline = Pipeline(Scripted(), Second())
    frame = with_codes(code(TICKET))
    readings = [pipeline.decode(frame) for _ in range(12)]
    first = next(i for i, reading in enumerate(readings) if reading.texts)
    assert all(reading.by == "pyzbar" for reading in readings[first:])


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_keeps_a_plain_code_and_its_place(stage: object) -> None:
    frame = with_codes(code(TICKET))
    pipeline = open_pipeline()
    region = busy_region(frame)
    assert region is not None
    read = pipeline._staged(frame, region, stage)  # type: ignore[arg-type]
    assert [found.text for found in read.texts] == [TICKET]
    assert abs(read.texts[0].centre[0] - 102) < 12
    assert read.by == stage.name  # type: ignore[attr-defined]


def test_the_busy_region_holds_the_code() -> None:
    for seed in range(8):
        region = busy_region(with_codes(code(TICKET), seed=seed))
        assert region is not None
        assert region.left <= 36
        assert region.right >= 168
        assert region.right - region.left < 320


def test_a_plain_wall_has_no_busy_region() -> None:
    assert busy_region(np.full((360, 640), 90, np.uint8)) is None
    assert busy_region(np.zeros((10, 10), np.uint8)) is None
    assert around(door(), CORNERS) is None


def test_hard_guests_are_read_only_with_the_stages() -> None:
    """Motion, dusk and moiré: what the plain look reads, the pipeline reads, and more."""
    plain = with_pipeline = 0
    for number in range(10):
        guest = Guest(TICKET, Prop.PHONE, 6, (640, 360), 5, number)
        frames = [harder(frame, number) for frame in draw_guest(guest)[1:5]]
        first, pipeline = open_pipeline()._first, open_pipeline()
        plain += any(first.decode(frame).texts for frame in frames)
        with_pipeline += any(pipeline.decode(frame).texts for frame in frames)
    assert with_pipeline >= plain + 2


def harder(frame: Luma, number: int) -> Luma:
    rng = np.random.default_rng(number)
    kernel = np.zeros((7, 7), np.float32)
    kernel[3, :5] = 1 / 5
    smeared = cv2.GaussianBlur(cv2.filter2D(frame, -1, kernel), (0, 0), 0.4 + 0.12 * number).astype(np.float32)
    return np.asarray(np.clip(smeared * 0.6 + rng.normal(0, 3, frame.shape), 0, 255), np.uint8)


def test_no_phantom_at_the_demo_s_empty_door() -> None:
    pipeline = open_pipeline()
    for seed in range(4):
        for frame in draw_empty(seed, (640, 360), 6):
            assert pipeline.decode(frame) in (Reading(), Reading(looked=False))


def test_a_still_is_searched_without_a_memory() -> None:
    pipeline = open_pipeline()
    frame = with_codes(code(TICKET))
    assert pipeline.decode_still(frame) == pipeline.decode_still(frame)
    assert pipeline.decode_still(door()).texts == ()
