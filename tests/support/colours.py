"""How colours meet an eye: contrast by WCAG 2.2, sight without one kind of cone, and distances as an eye sees them.

Colours are `#RRGGBB`. The matrices are those of Machado, Oliveira and Fernandes, "A physiologically-based model for
simulation of color vision deficiency" (2009), severity 1.0; they work on linear RGB. Distances are CIE76 in CIELAB
(D65), where 2.3 is what can just be told apart.
"""

from enum import StrEnum

Linear = tuple[float, float, float]


class Sight(StrEnum):
    """How somebody, or a screen, sees colours."""

    USUAL = "usual"
    WITHOUT_RED = "protanopia"
    WITHOUT_GREEN = "deuteranopia"
    WITHOUT_BLUE = "tritanopia"
    BLACK_AND_WHITE = "black and white"


_MACHADO: dict[Sight, tuple[Linear, Linear, Linear]] = {
    Sight.USUAL: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    Sight.WITHOUT_RED: (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    Sight.WITHOUT_GREEN: (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    Sight.WITHOUT_BLUE: (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    Sight.BLACK_AND_WHITE: ((0.2126, 0.7152, 0.0722),) * 3,
}


def linear(colour: str) -> Linear:
    """Light, from 0 to 1 per channel."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def luminance(colour: str) -> float:
    """Relative luminance: 0 is black, 1 is white."""
    return _luminance(linear(colour))


def contrast(one: str, other: str, sight: Sight = Sight.USUAL) -> float:
    """From 1 to 21, as `sight` has it."""
    darker, lighter = sorted(_luminance(seen(colour, sight)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def seen(colour: str, sight: Sight) -> Linear:
    """The light that `sight` takes `colour` for."""
    light = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(m * c for m, c in zip(row, light, strict=True)))) for row in _MACHADO[sight]
    )
    return red, green, blue


def distance(one: str, other: str, sight: Sight = Sight.USUAL) -> float:
    """How far apart two colours look."""
    return sum((a - b) ** 2 for a, b in zip(_lab(seen(one, sight)), _lab(seen(other, sight)), strict=True)) ** 0.5


def _luminance(light: Linear) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def _lab(light: Linear) -> Linear:
    red, green, blue = light
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    fx, fy, fz = (_curve(value) for value in (x, _luminance(light), z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _curve(value: float) -> float:
    return value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
