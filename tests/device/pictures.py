"""Codes and doors as frames: drawn, the same every time."""

import numpy as np
import numpy.typing as npt
import segno

from app.device.decoder import Luma

TICKET = "T1:" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 2
OTHER = "T1:" + "Z23456ABCDEFGHIJKLMNOPQRSTUVWXY7" * 2
SIZE = (640, 360)


def code(text: str | bytes, module_px: int = 4, *, inverted: bool = False, mode: str | None = None) -> Luma:
    """A code with its quiet zone and nothing else."""
    rows = segno.make(text, error="q", micro=False, mode=mode).matrix
    light = np.array([[0 if dark else 255 for dark in row] for row in rows], np.uint8)
    drawn = np.kron(np.pad(light, 4, constant_values=255), np.ones((module_px, module_px), np.uint8))
    return 255 - drawn if inverted else drawn


def door(seed: int = 0, size: tuple[int, int] = SIZE, noise: float = 2.0) -> Luma:
    """A door without a guest: steps of grey, a lamp, the sensor's noise."""
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    scene = 60 + 40 * (columns > width * 0.7) + 20 * (rows > height * 0.6)
    scene = scene + 120 * ((rows - 30) ** 2 + (columns - 60) ** 2 < 15**2)
    return noisy(scene.astype(np.float32), seed, noise)


def noisy(scene: npt.NDArray[np.float32], seed: int, noise: float = 2.0) -> Luma:
    """The scene with the sensor's noise."""
    grain = np.random.default_rng(seed).normal(0, noise, scene.shape)
    return np.asarray(np.clip(scene + grain, 0, 255), np.uint8)


def with_codes(*codes: Luma, seed: int = 0, size: tuple[int, int] = SIZE) -> Luma:
    """A door with codes held side by side."""
    frame, left = door(seed, size), 20
    for held in codes:
        top = (size[1] - held.shape[0]) // 2
        frame[top : top + held.shape[0], left : left + held.shape[1]] = held
        left += held.shape[1] + 40
    return frame
