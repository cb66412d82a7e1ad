"""The change gate: cheap at an empty door, and never between a code and its decoder."""

import numpy as np
import pytest

from app.device.change import ALERT_FRAMES, GLANCE_EVERY, Attention, ChangeGate
from app.device.decoder import Luma, Reading
from app.device.pipeline import Gate, Pipeline
from app.device.zxing import ZxingDecoder
from tests.device.pictures import OTHER, TICKET, code, door, with_codes


def asleep(gate: ChangeGate, frames: int = 2 * ALERT_FRAMES) -> None:
    for seed in range(frames):
        gate.attention(door(seed))


def test_an_empty_door_falls_asleep_and_glances() -> None:
    gate = ChangeGate()
    asleep(gate, ALERT_FRAMES)
    looks = [gate.attention(door(seed)) for seed in range(100, 100 + 4 * GLANCE_EVERY)]
    assert looks.count(Attention.ASLEEP) == 4 * (GLANCE_EVERY - 1)
    assert looks.count(Attention.GLANCE) == looks.count(Attention.AWAKE) == 2


@pytest.mark.parametrize("module_px", [1, 2, 4])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_new_code_wakes_it_at_once(module_px: int, inverted: bool) -> None:
    gate = ChangeGate()
    asleep(gate)
    assert gate.attention(with_codes(code(TICKET, module_px, inverted=inverted), seed=99)) is Attention.AWAKE


def test_a_code_in_the_dark_wakes_it() -> None:
    gate = ChangeGate()
    for seed in range(2 * ALERT_FRAMES):
        gate.attention(door(seed, noise=1.0) // 10)
    assert gate.attention(with_codes(code(TICKET, 2), seed=99) // 10) is Attention.AWAKE


def test_a_change_of_light_does_not_hide_a_code() -> None:
    gate = ChangeGate()
    asleep(gate)
    assert gate.attention(with_codes(code(TICKET, 2), seed=99) // 2 + 40) is Attention.AWAKE


def test_what_comes_slowly_adds_up() -> None:
    gate = ChangeGate()
    asleep(gate)
    start, end = door(1).astype(np.float32), with_codes(code(TICKET), seed=1).astype(np.float32)
    looks = [gate.attention((start + (end - start) * share).astype(np.uint8)) for share in np.linspace(0, 1, 200)]
    assert looks.count(Attention.AWAKE) > 150


def test_another_size_of_frame_is_new() -> None:
    gate = ChangeGate()
    asleep(gate)
    assert gate.attention(door(1, (320, 180))) is Attention.AWAKE


class Greedy:
    """The planted defect: sleeps whatever comes."""

    def attention(self, luma: Luma) -> Attention:
        return Attention.ASLEEP

    def stay_awake(self) -> None:
        return


class Forgetful(ChangeGate):
    """The planted defect: compares each frame with nothing but the very first, at its darkest pixel."""

    def attention(self, luma: Luma) -> Attention:
        return super().attention(luma // 200)


def frames_until_read(gate: Gate, text: str, shown: Luma) -> int | None:
    pipeline = Pipeline(ZxingDecoder(), gate=gate)
    for seed in range(2 * ALERT_FRAMES):
        pipeline.decode(door(seed))
    for waited in range(3 * GLANCE_EVERY):
        if any(read.text == text for read in pipeline.decode(shown).texts):
            return waited
    return None


@pytest.mark.parametrize("text", [TICKET, OTHER])
def test_a_code_at_a_sleeping_door_is_read_in_its_first_frame(text: str) -> None:
    assert frames_until_read(ChangeGate(), text, with_codes(code(text), seed=77)) == 0


@pytest.mark.parametrize("gate", [Greedy(), Forgetful(glance_every=10**6)], ids=["greedy", "forgetful"])
def test_a_gate_that_sleeps_too_well_would_be_seen(gate: Gate) -> None:
    """Negative control of the test above."""
    assert frames_until_read(gate, TICKET, with_codes(code(TICKET), seed=77)) != 0


def test_even_a_blind_gate_delays_a_code_by_no_more_than_a_glance() -> None:
    class Blind(ChangeGate):
        def attention(self, luma: Luma) -> Attention:
            return super().attention(np.zeros_like(luma))

    waited = frames_until_read(Blind(), TICKET, with_codes(code(TICKET), seed=77))
    assert waited is not None
    assert waited <= GLANCE_EVERY


def test_a_code_held_still_goes_on_being_read() -> None:
    pipeline = Pipeline(ZxingDecoder())
    frame = with_codes(code(TICKET))
    assert all(len(pipeline.decode(frame).texts) == 1 for _ in range(5 * ALERT_FRAMES))


def test_a_skipped_frame_says_that_nobody_looked() -> None:
    pipeline = Pipeline(ZxingDecoder())
    readings = [pipeline.decode(door(1)) for _ in range(2 * ALERT_FRAMES)]
    assert readings[-1] == Reading(looked=False)
    assert readings[0].looked
