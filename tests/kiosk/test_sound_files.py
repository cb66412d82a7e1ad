"""The six sounds: as the script makes them, half a second at most, near full scale, each with a rhythm of its own."""

import array
import cmath
import importlib.util
import math
import sys
import wave
from itertools import combinations, pairwise
from pathlib import Path
from types import ModuleType

import pytest

import resources
from core.model.outcomes import LOOKS, Sound

ROOT = Path(__file__).resolve().parents[2]
WINDOW_S = 0.01
FULL_SCALE = 32_767
NEWS = "news"
"""The one of the organizer's window: softer, for a room in which people talk."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sounds", ROOT / "packaging" / "make_sounds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def read(sound: Sound) -> tuple[wave._wave_params, list[int]]:
    with wave.open(str(resources.path(f"sounds/{sound.value}.wav")), "rb") as file:
        frames = array.array("h", file.readframes(file.getnframes()))
        if sys.byteorder == "big":
            frames.byteswap()
        return file.getparams(), list(frames)


def rhythm(samples: list[int], rate_hz: int) -> list[bool]:
    """Sounding or silent, every 10 ms."""
    size = round(rate_hz * WINDOW_S)
    windows = [samples[at : at + size] for at in range(0, len(samples), size)]
    return [max(abs(value) for value in window) > FULL_SCALE / 20 for window in windows]


def bursts(samples: list[int], rate_hz: int) -> int:
    heard = [False, *rhythm(samples, rate_hz)]
    return sum(now and not before for before, now in pairwise(heard))


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_is_short_mono_pcm_near_full_scale(sound: Sound) -> None:
    params, samples = read(sound)
    assert (params.nchannels, params.sampwidth, params.comptype) == (1, 2, "NONE")
    assert params.framerate in (44_100, 48_000)
    assert params.nframes / params.framerate <= 0.5
    assert 0.9 * FULL_SCALE <= max(abs(value) for value in samples) < FULL_SCALE


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_neither_starts_nor_ends_with_a_click(sound: Sound) -> None:
    _, samples = read(sound)
    assert max(abs(samples[0]), abs(samples[-1])) < FULL_SCALE / 50


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_carries_where_ears_are_keenest(sound: Sound) -> None:
    params, samples = read(sound)
    keen = max(strength(samples, params.framerate, hz) for hz in range(2_000, 4_001, 20))
    assert keen > FULL_SCALE / 60


def strength(samples: list[int], rate_hz: int, hz: float) -> float:
    """Amplitude at one frequency, over the sound's loud first 80 ms."""
    part = samples[: round(rate_hz * 0.08)]
    turn = cmath.exp(-2j * math.pi * hz / rate_hz)
    total, phase = 0j, 1 + 0j
    for value in part:
        total += value * phase
        phase *= turn
    return 2 * abs(total) / len(part)


@pytest.mark.parametrize("sound", Sound)
def test_the_file_is_what_the_script_makes(sound: Sound, script: ModuleType) -> None:
    made = script.samples_of(script.SOUNDS[sound.value])
    _, samples = read(sound)
    assert len(made) == len(samples)
    assert max(abs(a - b) for a, b in zip(made, samples, strict=True)) <= 1  # libraries of sines differ in the last bit


def test_the_script_makes_every_sound_and_no_other(script: ModuleType) -> None:
    assert set(script.SOUNDS) == {*(sound.value for sound in Sound), NEWS}


def test_rhythms_are_as_the_table_of_classes_says() -> None:
    counted = {sound: bursts(read(sound)[1], read(sound)[0].framerate) for sound in Sound}
    assert counted == {
        Sound.RISING: 2,
        Sound.FALLING: 1,
        Sound.RISING_BELL: 3,
        Sound.TWO_EQUAL: 2,
        Sound.LONG_LOW: 1,
        Sound.THREE_LOW: 3,
    }


@pytest.mark.parametrize(("one", "other"), list(combinations(Sound, 2)))
def test_two_sounds_differ_in_rhythm_by_a_tenth_of_a_second(one: Sound, other: Sound) -> None:
    (params, first), (_, second) = read(one), read(other)
    a, b = rhythm(first, params.framerate), rhythm(second, params.framerate)
    length = max(len(a), len(b))
    a += [False] * (length - len(a))
    b += [False] * (length - len(b))
    assert sum(x != y for x, y in zip(a, b, strict=True)) * WINDOW_S >= 0.1


def test_each_class_has_its_own_sound_and_shape() -> None:
    assert len({look.sound for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.shape for look in LOOKS.values()}) == len(LOOKS)
