"""Mock-ups of guests at a door: phones and paper held up to a lens, drawn from seeded ranges.

Owns the ranges (`BASE`, `FAMILIES`) and the drawing. The ranges were fixed before the decoder was tuned; it is tuned
on seed A and reported on seed B. A presentation is one guest: a few frames of one code that drifts as a hand does.
Frames are luminance, uint8, shape (h, w).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import segno

from app.device.vision import cv2

Luma = npt.NDArray[np.uint8]
Plane = npt.NDArray[Any]
"""Light, 0 to 1, float32, (h, w)."""

SEED_TUNE = 20_261
SEED_REPORT = 77_003
SIZES = {"480p": (854, 480), "720p": (1280, 720), "1080p": (1920, 1080)}
FRAMES = 10
"""Frames of one presentation: two thirds of a second at 15 frames a second."""

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MODULES = 41
"""Version 4-Q has 33 modules a side, and 4 of quiet zone on each."""

BASE = {
    "module_px": (2.6, 6.5),  # at 720 lines; scales with the height
    "turn_deg": (-18.0, 18.0),
    "tilt": (0.0, 0.10),  # how far a corner leaves its place, in code widths
    "defocus": (0.10, 0.35),  # Gaussian sigma, in modules
    "contrast": (0.55, 0.95),
    "light": (0.55, 1.0),
    "unevenness": (0.0, 0.35),
    "noise": (1.5, 5.0),  # sigma, grey levels
    "phone": (0.0, 1.0),  # above 0.4: a phone, else paper
    "drift": (0.004, 0.02),  # of the frame's height, per frame
}

FAMILIES: dict[str, dict[str, tuple[float, float]]] = {
    "plain": {},
    "tilted": {"tilt": (0.14, 0.30)},
    "rotated": {"turn_deg": (0.0, 360.0)},
    "moved": {"smear": (0.7, 2.2)},  # length of the motion blur, in modules
    "defocused": {"defocus": (0.45, 0.95)},
    "dark": {"light": (0.06, 0.22), "noise": (2.5, 7.0)},
    "glare": {"glare": (0.5, 1.0), "phone": (0.5, 1.0)},
    "moire": {"moire": (0.20, 0.55), "phone": (0.5, 1.0)},
    "small": {"module_px": (1.35, 2.3), "defocus": (0.10, 0.30)},
    "inverted": {"inverted": (1.0, 1.0), "phone": (0.5, 1.0)},
    "occluded": {"thumb": (0.10, 0.30)},  # the thumb's reach into the code, in code widths
    "curved": {"curve": (0.4, 1.1), "phone": (0.0, 0.3)},  # half the angle that the code spans on a cylinder, radians
    "mixed": {
        "tilt": (0.05, 0.2),
        "defocus": (0.25, 0.6),
        "smear": (0.2, 1.2),
        "light": (0.2, 0.7),
        "noise": (3.0, 8.0),
        "unevenness": (0.2, 0.7),
    },
}
HARD = tuple(name for name in FAMILIES if name != "plain")


@dataclass(frozen=True, slots=True)
class Presentation:
    """One guest: the text shown, what makes it hard, and its frames, each (h, w) uint8."""

    text: str
    family: str
    frames: tuple[Luma, ...]


def ticket_text(rng: np.random.Generator) -> str:
    """A text of a ticket's shape: `T1:` and 64 base32 characters."""
    return "T1:" + "".join(_BASE32[i] for i in rng.integers(0, 32, 64))


def presentations(seed: int, size: tuple[int, int], per_family: int, frames: int = FRAMES) -> Iterator[Presentation]:
    """`per_family` guests of every family at `size` (w, h), the same ones for the same seed."""
    for number, family in enumerate(FAMILIES):
        for guest in range(per_family):
            rng = np.random.default_rng((seed, size[1], number, guest))
            yield _presentation(rng, family, size, frames)


def empties(seed: int, size: tuple[int, int], count: int, moving: bool = True) -> Iterator[Luma]:
    """Frames of `size` (w, h) without a code: a foyer, people, print and screens with everything but a QR code.

    Not `moving`: one scene, only the sensor's noise changes from frame to frame.
    """
    for number in range(count):
        rng = np.random.default_rng((seed, size[1], 999, number if moving else 0))
        scene = _scene(rng, size)
        thing = _text_page(rng) if rng.random() < 0.5 else _stripes(rng)
        if rng.random() < 0.7:
            pose = _pose(rng, {**_draw(rng, "plain"), "module_px": 5.0}, size, thing.shape)
            scene = _hold_up(scene, thing, pose)
        rng = np.random.default_rng((seed, size[1], 998, number))
        yield _sensed(rng, scene, 0.8, 3.0)


def _presentation(rng: np.random.Generator, family: str, size: tuple[int, int], frames: int) -> Presentation:
    text = ticket_text(rng)
    how = _draw(rng, family)
    scene = _scene(rng, size)
    thing = _ticket(rng, text, how, size)
    pose = _pose(rng, how, size, thing.shape)
    heading = rng.normal(0, 1, 2) * how["drift"] * size[1]
    drawn = []
    for _ in range(frames):
        pose = pose + heading.astype(np.float32) + rng.normal(0, 0.003 * size[1], (4, 2)).astype(np.float32)
        heading = heading * 0.7 + rng.normal(0, 0.3, 2) * how["drift"] * size[1]
        drawn.append(_frame(rng, scene, thing, pose, how, size))
    return Presentation(text, family, tuple(drawn))


def _draw(rng: np.random.Generator, family: str) -> dict[str, float]:
    ranges = {**BASE, **FAMILIES[family]}
    return {name: float(rng.uniform(*ranges[name])) for name in sorted(ranges)}


def _frame(
    rng: np.random.Generator,
    scene: Plane,
    thing: Plane,
    pose: Plane,
    how: dict[str, float],
    size: tuple[int, int],
) -> Luma:
    module = how["module_px"] * size[1] / 720
    image = _hold_up(scene, thing, pose)
    centre = pose.mean(axis=0)
    image = cv2.GaussianBlur(image, (0, 0), max(0.3, how["defocus"] * module * rng.uniform(0.85, 1.15)))
    for name, effect in _EFFECTS.items():
        if name in how:
            image = effect(rng, image, centre, how[name], module)
    image = image * _unevenness(rng, size, how["unevenness"])
    return _sensed(rng, image, how["light"], how["noise"])


def _ticket(rng: np.random.Generator, text: str, how: dict[str, float], size: tuple[int, int]) -> Plane:
    """A phone's screen or a paper slip with the code in its middle, about twice as fine as it will be seen."""
    scale = int(np.clip(round(2 * how["module_px"] * size[1] / 720), 3, 16))
    modules = np.array(
        [[not dark for dark in row] for row in segno.make(text, error="q", micro=False).matrix], np.float32
    )
    code = np.kron(np.pad(modules, 4, constant_values=1.0), np.ones((scale, scale), np.float32))
    low = (1 - how["contrast"]) * 0.5
    code = low + code * (0.5 + how["contrast"] * 0.5 - low)
    if "inverted" in how:
        code = 1.0 - code
    if "thumb" in how:
        code = _with_thumb(rng, code, how["thumb"])
    code = _on_phone(rng, code) if how["phone"] > 0.4 else _on_paper(rng, code)
    return _rolled(code, how["curve"]) if "curve" in how else code


def _with_thumb(rng: np.random.Generator, code: Plane, reach: float) -> Plane:
    side = code.shape[0]
    inside = int(side * 4 / _MODULES)
    along = int(rng.integers(side // 3, side - side // 3))
    depth = inside + int(reach * (side - 2 * inside))
    tip = (along, side - depth) if rng.random() < 0.5 else (side - depth, along)
    skin = float(rng.uniform(0.35, 0.65))
    out = code.copy()
    axes = (int(side * 0.12), depth)
    angle = 0 if tip[0] == along else 90
    middle = (tip[0], side) if angle == 0 else (side, tip[1])
    cv2.ellipse(out, middle, axes, 0 if angle == 0 else 90, 0, 360, skin, -1)
    return out


def _on_phone(rng: np.random.Generator, code: Plane) -> Plane:
    side = code.shape[0]
    body = np.full((int(side * 2.1), int(side * 1.25)), float(code[0, 0]), np.float32)
    edge = int(side * 0.05)
    top = int(side * 0.6)
    body[top : top + side, (body.shape[1] - side) // 2 :][:, :side] = code
    _write(rng, body, top + side + edge, body.shape[0] - 2 * edge, float(1 - code[0, 0]))
    _write(rng, body, 3 * edge, top - edge, float(1 - code[0, 0]))
    body[:edge], body[-edge:], body[:, :edge], body[:, -edge:] = 0.04, 0.04, 0.04, 0.04
    return body


def _on_paper(rng: np.random.Generator, code: Plane) -> Plane:
    side = code.shape[0]
    page = np.full((int(side * 1.3), int(side * 2.4)), float(code[0, 0]), np.float32)
    top = int(side * 0.15)
    page[top : top + side, int(side * 0.15) : int(side * 0.15) + side] = code
    _write(rng, page[:, int(side * 1.2) :], top, top + side, 0.15)
    # the middle of the code is the middle of the page for whoever aims
    return np.ascontiguousarray(page[:, : int(side * 2.1)])


def _rolled(page: Plane, half_angle: float) -> Plane:
    """The page on an upright cylinder, seen from the front."""
    height, width = page.shape
    across = np.linspace(-np.sin(half_angle), np.sin(half_angle), width, dtype=np.float32)
    source = (np.arcsin(across) / half_angle + 1) * (width - 1) / 2
    map_x = np.tile(source.astype(np.float32), (height, 1))
    map_y = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    return np.asarray(cv2.remap(page, map_x, map_y, cv2.INTER_LINEAR), np.float32)


def _write(rng: np.random.Generator, page: Plane, top: int, bottom: int, ink: float) -> None:
    """Lines of something like print, from row `top` to row `bottom`."""
    width = page.shape[1]
    step = max(6, width // 14)
    mask = np.zeros(page.shape, np.uint8)
    for row in range(top + step, bottom - step // 2, step):
        words = "".join(rng.choice(list("abcdefghiklmnoprstuvw   ")) for _ in range(24))
        cv2.putText(mask, words, (width // 14, row), cv2.FONT_HERSHEY_SIMPLEX, step / 40, 255, max(1, step // 14))
    page[mask > 127] = ink


def _pose(rng: np.random.Generator, how: dict[str, float], size: tuple[int, int], shape: tuple[int, ...]) -> Plane:
    """Where the four corners of a thing come to lie, pixels, (4, 2), from the top left clockwise."""
    height = size[1]
    code = how["module_px"] * height / 720 * _MODULES
    slender = shape[0] / shape[1]
    across = code * (1.25 if slender > 1 else 2.1)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * [across / 2, across * slender / 2]
    corners = corners + rng.uniform(-1, 1, (4, 2)) * how["tilt"] * code
    turn = np.deg2rad(how["turn_deg"])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    room = np.maximum(0.0, (np.array(size) - code * 1.6) / 2)
    middle = np.array(size) / 2 + rng.uniform(-1, 1, 2) * room * 0.6
    return np.asarray(corners @ rotation.T + middle, np.float32)


def _hold_up(scene: Plane, thing: Plane, pose: Plane) -> Plane:
    height, width = thing.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, pose)
    out = scene.copy()
    cv2.warpPerspective(
        thing, warp, (scene.shape[1], scene.shape[0]), out, cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    return out


def _scene(rng: np.random.Generator, size: tuple[int, int]) -> Plane:
    """A foyer: soft shapes, edges of doors and frames, lamps, a person's outline."""
    width, height = size
    coarse = rng.uniform(0.1, 0.6, (9, 16)).astype(np.float32)
    scene = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)
    for _ in range(int(rng.integers(4, 14))):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        far = (x + int(rng.integers(10, width // 3)), y + int(rng.integers(10, height // 2)))
        cv2.rectangle(scene, (x, y), far, float(rng.uniform(0.02, 0.8)), int(rng.choice([-1, 2, 5])))
    for _ in range(int(rng.integers(0, 4))):
        lamp = (int(rng.integers(0, width)), int(rng.integers(0, height // 3)))
        cv2.circle(scene, lamp, int(rng.integers(8, 40)), 1.0, -1)
    x = int(rng.integers(0, width))
    cv2.ellipse(scene, (x, height), (height // 3, height // 2), 0, 0, 360, float(rng.uniform(0.05, 0.5)), -1)
    cv2.circle(scene, (x, height // 2 - height // 8), height // 8, float(rng.uniform(0.3, 0.7)), -1)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), height / 360), np.float32)


def _text_page(rng: np.random.Generator) -> Plane:
    page = np.full((400, 300), 0.9, np.float32)
    _write(rng, page, 10, 390, 0.1)
    return page


def _stripes(rng: np.random.Generator) -> Plane:
    """A shirt's checks or a bar code."""
    page = np.full((300, 400), 0.85, np.float32)
    x = 20
    while x < 380:
        bar = int(rng.integers(2, 9))
        page[40:260, x : x + bar] = 0.1
        x += bar + int(rng.integers(2, 9))
    if rng.random() < 0.5:
        page[np.arange(300) // 12 % 2 == 0] *= 0.5
    return page


def _smear(rng: np.random.Generator, image: Plane, _centre: Plane, modules: float, module: float) -> Plane:
    length = max(1.0, modules * module * rng.uniform(0.6, 1.2))
    half = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    angle = rng.uniform(0, np.pi)
    for step in np.linspace(-length / 2, length / 2, 64):
        kernel[round(half + step * float(np.sin(angle))), round(half + step * float(np.cos(angle)))] += 1
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.float32)


def _glare(rng: np.random.Generator, image: Plane, centre: Plane, strength: float, module: float) -> Plane:
    spot = np.zeros_like(image)
    at = centre + rng.normal(0, 9 * module, 2)
    axes = (int(module * rng.uniform(3, 11)), int(module * rng.uniform(2, 6)))
    cv2.ellipse(spot, (int(at[0]), int(at[1])), axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    halo = cv2.GaussianBlur(spot, (0, 0), module * 3)
    veil = cv2.GaussianBlur(spot, (0, 0), module * 0.8) * strength + halo * 0.5 * strength
    return np.asarray(image + veil, np.float32)


def _moire(rng: np.random.Generator, image: Plane, _centre: Plane, strength: float, module: float) -> Plane:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    period = module * rng.uniform(0.7, 3.5)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period + rng.uniform(0, 6))
    return np.asarray(image * (1 - strength * (0.5 + 0.5 * wave)), np.float32)


_EFFECTS: dict[str, Callable[[np.random.Generator, Plane, Plane, float, float], Plane]] = {
    "glare": _glare,
    "moire": _moire,
    "smear": _smear,
}


def _unevenness(rng: np.random.Generator, size: tuple[int, int], depth: float) -> Plane:
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-0.5, 0.5, size[0], dtype=np.float32)[None, :]
    y = np.linspace(-0.5, 0.5, size[1], dtype=np.float32)[:, None]
    return np.asarray(1 - depth * (0.5 + x * np.cos(angle) + y * np.sin(angle)), np.float32)


def _sensed(rng: np.random.Generator, image: Plane, light: float, noise: float) -> Luma:
    grey = image * (light * 255) + rng.standard_normal(image.shape, np.float32) * noise
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


def describe() -> dict[str, Any]:
    """The ranges, for a report."""
    return {"base": BASE, "families": FAMILIES, "seeds": {"tune": SEED_TUNE, "report": SEED_REPORT}}
