"""Guests for the demo: tickets on phones and paper, drawn as a lens at a door sees them.

Owns the drawing, which is the same for the same seed. Frames are luminance, uint8 (h, w).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
import segno

from app.device.decoder import Luma
from app.device.vision import cv2

Plane = npt.NDArray[Any]
"""Light, 0 to 255, uint8 or float32, (h, w)."""

_QUIET = 4
_MODULE_PX = 8


class Prop(Enum):
    """What a guest holds up."""

    PHONE = "phone"
    DARK_PHONE = "dark_phone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Guest:
    """What to draw: a text on a prop, for some frames of `size` (w, h). `number` and `seed` choose the hand."""

    text: str
    prop: Prop
    frames: int
    size: tuple[int, int]
    seed: int
    number: int


def draw_guest(guest: Guest) -> list[Luma]:
    """The guest's frames: the ticket comes up from below, is held with an unsteady hand, and goes."""
    rng = np.random.default_rng((guest.seed, guest.number))
    scene, ticket = draw_scene(guest.seed, guest.size), _ticket(guest)
    turn, share = float(rng.uniform(-12, 12)), float(rng.uniform(0.50, 0.66))
    tilt = rng.uniform(-0.06, 0.06, (4, 2))
    drawn = []
    for frame in range(guest.frames):
        sway = rng.normal(0, 0.004, 2)
        pose = _pose(guest.size, ticket, share, turn, tilt, sway, _height_of_hand(frame, guest.frames))
        drawn.append(_seen(rng, _hold(scene, ticket, pose), 0.5 + abs(float(rng.normal(0, 0.4)))))
    return drawn


def draw_empty(seed: int, size: tuple[int, int], frames: int) -> list[Luma]:
    """The door without a guest: only the sensor's noise changes."""
    scene, rng = draw_scene(seed, size), np.random.default_rng((seed, 0xE))
    return [_seen(rng, scene, 0.6) for _ in range(frames)]


def draw_scene(seed: int, size: tuple[int, int]) -> Plane:
    """A dim foyer with a few lamps, uint8 (h, w)."""
    width, height = size
    rng = np.random.default_rng((seed, 0x5CE))
    coarse = rng.integers(25, 80, (5, 9)).astype(np.uint8)
    scene = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC))
    for _ in range(7):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height // 2))
        cv2.circle(scene, (x, y), int(rng.integers(height // 90, height // 24)), int(rng.integers(140, 235)), -1)
    for x in (width // 7, width - width // 5):
        cv2.rectangle(scene, (x, height // 5), (x + width // 30, height), int(rng.integers(20, 60)), -1)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), height / 70))


def _ticket(guest: Guest) -> Plane:
    code = _code(guest.text)
    if guest.prop is Prop.DARK_PHONE:
        code = 255 - code
    side, ground = code.shape[0], int(code[0, 0])
    wide, tall = (int(side * 1.9), int(side * 1.1)) if guest.prop is Prop.PAPER else (int(side * 1.12), int(side * 1.9))
    page = np.full((tall, wide), ground, np.uint8)
    left, top = (wide - side) // 2, (tall - side) // 2
    page[top : top + side, left : left + side] = code
    ink = 40 if ground > 127 else 190
    for line in range(3):
        cv2.putText(page, "Doorlight", (wide // 12, (line + 1) * tall // 16 + 6), 0, side / 500, ink, 2)
    if guest.prop is not Prop.PAPER:
        cv2.rectangle(page, (0, 0), (wide - 1, tall - 1), 8, side // 16)
    return page


def _code(text: str) -> Plane:
    rows = segno.make(text, error="q", micro=False).matrix
    light = np.array([[0 if dark else 235 for dark in row] for row in rows], np.uint8)
    padded = np.pad(light, _QUIET, constant_values=235)
    return np.asarray(np.kron(padded, np.ones((_MODULE_PX, _MODULE_PX), np.uint8)))


def _height_of_hand(frame: int, frames: int) -> float:
    """How far below its place the hand is, in frame heights: comes, stays, goes."""
    coming = max(1, frames // 6)
    away = max(0.0, 1 - frame / coming, 1 - (frames - 1 - frame) / coming)
    return away * away


def _pose(
    size: tuple[int, int], ticket: Plane, share: float, turn: float, tilt: Plane, sway: Plane, below: float
) -> Plane:
    """Where the ticket's corners come to lie, pixels, float32 (4, 2)."""
    tall, wide = ticket.shape
    side = share * size[1] / max(0.7, min(1.25, tall / wide))
    half = np.array([side / 2, side / 2 * tall / wide])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half + tilt * side
    angle = np.deg2rad(turn)
    spun = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array(size) / 2 + sway * size[1] + np.array([0, below * size[1] * 1.2])
    return np.asarray(spun + middle, np.float32)


def _hold(scene: Plane, ticket: Plane, pose: Plane) -> Plane:
    tall, wide = ticket.shape
    corners = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, pose)
    out = scene.copy()
    size = (scene.shape[1], scene.shape[0])
    cv2.warpPerspective(ticket, warp, size, out, cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return out


def _seen(rng: np.random.Generator, image: Plane, blur: float) -> Luma:
    """Through the lens: blur, light from one side, noise."""
    soft = cv2.GaussianBlur(image, (0, 0), max(0.3, blur)).astype(np.float32)
    lit = soft * np.linspace(1.0, 0.78, image.shape[1], dtype=np.float32)
    return np.asarray(np.clip(lit + rng.normal(0, 1, image.shape).astype(np.float32) * 2.5, 0, 255), np.uint8)
