"""The door's decoder: a change gate, the plain look, and two extra stages in turn per frame.

Owns the order of looks. A hard code is read because a guest holds it up for many frames, and each frame gives
other stages their turns; one in which a code was located but not read gives more. A single still has them all.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from app.device.change import Attention, ChangeGate
from app.device.decoder import Corners, Decoded, Decoder, DecoderMissing, Located, Luma, Reading, checked
from app.device.stages import STAGES, Region, Stage, around, busy_region
from app.device.zbar import PyzbarDecoder
from app.device.zxing import ZxingDecoder
from core.model.codes import QR_ONLY, Symbology

TURNS = 2
"""Stages for a frame in which nothing was seen: what an empty frame can pay for."""
TURNS_WHEN_LOCATED = 3
"""Stages for a frame in which a code is seen and not read: somebody waits, and no empty frame pays for it."""
LUCK_LASTS = 8
"""Frames for which a stage that has read something goes first."""
MOST_REGIONS = 3
"""Regions that a still is searched in."""


class Gate(Protocol):
    """Whether a frame is worth a look."""

    def attention(self, luma: Luma) -> Attention: ...

    def stay_awake(self) -> None: ...


class Pipeline:
    """A `Decoder` with a memory of the last frames: one per camera, used by one thread at a time."""

    name = "pipeline"

    def __init__(self, first: Decoder, zbar: Decoder | None = None, gate: Gate | None = None) -> None:
        self._first = first
        self._zbar = zbar
        self._gate: Gate = gate if gate is not None else ChangeGate()
        self._stages = tuple(stage for stage in STAGES if zbar is not None or not stage.by_zbar)
        self._turns = _turns_of(self._stages)
        self._turn = 0
        self._lucky: Stage | None = None
        self._unlucky_frames = 0

    def decode(self, luma: Luma) -> Reading:
        """What the frame holds, as the next of a camera's frames.

        1. a frame that shows nothing new is left alone
        2. the plain look at the whole frame
        3. stages in turn at the busiest region, or more of them about a code that was located
        """
        if min(checked(luma).shape) == 0:
            return Reading()
        attention = self._gate.attention(luma)
        if attention is Attention.ASLEEP:  # (1)
            return Reading(looked=False)
        reading = self._first.decode(luma)  # (2)
        if not reading.texts and (reading.located or attention is Attention.AWAKE):
            reading = self._look_closer(luma, reading)  # (3)
        if reading.texts or reading.located:
            self._gate.stay_awake()
        return reading

    def decode_still(self, luma: Luma) -> Reading:
        """What a single picture holds, every stage tried until one reads something; no memory is used or left."""
        reading = self._first.decode(luma)
        if reading.texts or min(luma.shape) == 0:
            return reading
        for region in self._regions_of_still(luma, reading.located):
            for stage in self._stages:
                read = self._staged(luma, region, stage)
                if read.texts:
                    return read
        return self._zbar.decode(luma) if self._zbar is not None and not reading.located else reading

    def _look_closer(self, luma: Luma, plain: Reading) -> Reading:
        located = plain.located
        region = around(luma, located[0].corners) if located else busy_region(luma)
        if region is None:
            return plain
        for stage in self._stages_now(TURNS_WHEN_LOCATED if located else TURNS):
            read = self._staged(luma, region, stage)
            if read.texts:
                self._lucky, self._unlucky_frames = stage, 0
                return read
        self._unlucky_frames += 1
        return plain

    def _stages_now(self, turns: int) -> list[Stage]:
        """The stage that read the last frames, while it is fresh in memory, and the next ones in turn."""
        if self._unlucky_frames > LUCK_LASTS:
            self._lucky = None
        now = [] if self._lucky is None else [self._lucky]
        for _ in range(turns):
            now.append(self._turns[self._turn])
            self._turn = (self._turn + 1) % len(self._turns)
        return list(dict.fromkeys(now))

    def _staged(self, luma: Luma, region: Region, stage: Stage) -> Reading:
        decoder = self._zbar if stage.by_zbar and self._zbar is not None else self._first
        crop = region.of(luma)
        filtered = stage.filtered(crop)
        scale = filtered.shape[1] / crop.shape[1]
        texts = tuple(replace(code, corners=_placed(code, region, scale)) for code in decoder.decode(filtered).texts)
        return Reading(texts, (), stage.name if texts else "")

    def _regions_of_still(self, luma: Luma, located: tuple[Located, ...]) -> list[Region]:
        whole = Region(0, 0, luma.shape[1], luma.shape[0])
        found = [around(luma, code.corners) for code in located]
        found += [busy_region(luma, skip) for skip in range(MOST_REGIONS)]
        return [region for region in dict.fromkeys([*found, whole]) if region is not None]


def open_pipeline(symbologies: Iterable[Symbology] = QR_ONLY) -> Pipeline:
    """The door's decoder for these kinds of code, with the libraries that this machine has. Raises DecoderMissing
    when it has none.

    zxing-cpp reads, and pyzbar is a stage; without zxing-cpp pyzbar reads; without libzbar a stage is missing.
    """
    zbar = _zbar(symbologies)
    try:
        return Pipeline(ZxingDecoder(symbologies), zbar)
    except DecoderMissing:
        if zbar is None:
            raise
        return Pipeline(zbar, None)


def missing_libraries() -> tuple[DecoderMissing, ...]:
    """What can't be loaded here, for the self-test to report; the door works unless both are in it."""
    missing = []
    for kind in (ZxingDecoder, PyzbarDecoder):
        try:
            kind()
        except DecoderMissing as err:
            missing.append(err)
    return tuple(missing)


def _zbar(symbologies: Iterable[Symbology]) -> PyzbarDecoder | None:
    try:
        return PyzbarDecoder(symbologies)
    except DecoderMissing:
        return None


def _turns_of(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The order of turns: pyzbar, several times as dear as the others, has one in every second round."""
    cheap = tuple(stage for stage in stages if not stage.by_zbar)
    return (*stages, *cheap)


def _placed(code: Decoded, region: Region, scale: float) -> Corners:
    one, two, three, four = ((int(x / scale) + region.left, int(y / scale) + region.top) for x, y in code.corners)
    return one, two, three, four
