#!/usr/bin/env python3
"""Makes the six sounds of the door, and that of news in the office: `python3 packaging/make_sounds.py [folder]`.

The folder is `resources/sounds` by default.

Owns rhythm and timbre. Each class is told by its rhythm alone, half a second at most; every note carries partials
between 2 and 4 kHz, where ears are keenest and a crowd is weakest, and is driven near full scale without clipping.
Needs nothing but the standard library; the same sounds come out on every machine.
"""

import array
import math
import sys
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

RATE_HZ = 48_000
PEAK = 0.97  # -0.26 dBFS: a resampler's overshoot still fits
EDGE_S = 0.006  # a note that starts or ends at once clicks
DRIVE = 1.6  # soft saturation: louder at the same peak
PRESENCE_HZ = 3_000
PRESENCE_WIDTH_HZ = 1_000
HIGHEST_HZ = 6_000  # small loudspeakers give no more
FOLDER = Path(__file__).resolve().parent.parent / "resources" / "sounds"

Voice = Callable[[float, float], float]
"""Seconds since the note began and its pitch in Hz → a sample of any size."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: when it begins, how long it sounds, from which pitch to which, in which voice."""

    at_s: float
    lasts_s: float
    from_hz: float
    to_hz: float
    voice: Voice


def bright(turns: float, hz: float) -> float:
    """A pipe: a strong fundamental, and whatever partials fall where ears are keenest made as strong."""
    return sum(_weight(n * hz, n) * math.sin(2 * math.pi * n * turns) for n in range(1, int(HIGHEST_HZ / hz) + 1))


def bell(turns: float, _hz: float) -> float:
    """A struck bell: partials that are no multiples of each other."""
    return sum(weight * math.sin(2 * math.pi * ratio * turns) for ratio, weight in ((1, 1.0), (1.48, 0.6), (2.0, 0.4)))


def _weight(hz: float, n: int) -> float:
    presence = 0.5 * math.exp(-(((hz - PRESENCE_HZ) / PRESENCE_WIDTH_HZ) ** 2)) if n > 1 else 0.0
    return (1 / n + presence) * (1 - (hz / HIGHEST_HZ) ** 4)  # smooth, so that a gliding pitch does not crackle


SOUNDS: dict[str, tuple[Note, ...]] = {
    "rising": (Note(0.0, 0.11, 880, 880, bright), Note(0.16, 0.2, 1_319, 1_319, bright)),
    "falling": (Note(0.0, 0.22, 1_245, 520, bright),),
    "rising_bell": (
        Note(0.0, 0.08, 880, 880, bright),
        Note(0.1, 0.08, 1_319, 1_319, bright),
        Note(0.22, 0.27, 2_093, 2_093, bell),
    ),
    "two_equal": (Note(0.0, 0.13, 659, 659, bright), Note(0.3, 0.13, 659, 659, bright)),
    "long_low": (Note(0.0, 0.49, 196, 185, bright),),
    "three_low": tuple(Note(0.17 * n, 0.09, 247, 247, bright) for n in range(3)),
    "news": (Note(0.0, 0.2, 1_568, 1_568, bell), Note(0.14, 0.35, 1_047, 1_047, bell)),
}


def samples_of(notes: Iterable[Note]) -> list[int]:
    """The notes as 16-bit samples, the loudest of them at `PEAK` of full scale."""
    notes = tuple(notes)
    mix = [0.0] * round(RATE_HZ * max(note.at_s + note.lasts_s for note in notes))
    for note in notes:
        first = round(note.at_s * RATE_HZ)
        for index, value in enumerate(_played(note)[: len(mix) - first]):
            mix[first + index] += value
    loudest = max(abs(value) for value in mix)
    return [round(value / loudest * PEAK * 32_767) for value in mix]


def _played(note: Note) -> list[float]:
    count = round(note.lasts_s * RATE_HZ)
    turns, values = 0.0, []
    for index in range(count):
        share = index / count
        hz = note.from_hz * (note.to_hz / note.from_hz) ** share
        turns += hz / RATE_HZ
        values.append(note.voice(turns, hz) * _envelope(index / RATE_HZ, note))
    loudest = max(abs(value) for value in values)
    return [math.tanh(DRIVE * value / loudest) for value in values]


def _envelope(at_s: float, note: Note) -> float:
    decay = math.exp(-5 * at_s / note.lasts_s) if note.voice is bell else 1.0
    return decay * min(1.0, at_s / EDGE_S, max(0.0, note.lasts_s - at_s) / EDGE_S)


def write(path: Path, samples: list[int]) -> None:
    """A mono PCM wave file."""
    frames = array.array("h", samples)
    if sys.byteorder == "big":
        frames.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(frames.tobytes())


def main(argv: list[str]) -> int:
    """Writes all sounds into the folder named in `argv`, or into the resources."""
    folder = Path(argv[0]) if argv else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in SOUNDS.items():
        write(folder / f"{name}.wav", samples_of(notes))
        print(folder / f"{name}.wav")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
