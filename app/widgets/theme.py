"""Colours, sizes and spaces of all windows.

Owns the grounds of the six classes, the three neutral themes, one type scale and the grid. Pure values: tests compute
their contrast (WCAG 2.2, relative luminance) and what colour-blind people see of them.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from core.model import settings
from core.model.outcomes import OutcomeClass

GRID_PX = 8
TYPE_RATIO = 1.25
TOUCH_PX = 48
"""The least side of anything to be touched."""

WHITE = "#FFFFFF"
BLACK = "#000000"


@dataclass(frozen=True, slots=True)
class Ground:
    """The colours of one class: its ground, what is written on it, and the band that holds the next step."""

    ground: str
    text: str
    band: str
    band_text: str


GROUNDS: dict[OutcomeClass, Ground] = {
    OutcomeClass.ADMIT: Ground("#0B7A53", WHITE, "#086142", WHITE),
    OutcomeClass.LEAVE: Ground("#0B5CAD", WHITE, "#084A8C", WHITE),
    OutcomeClass.ADMIT_AND_ACT: Ground("#0B7A53", WHITE, "#F5A300", BLACK),
    OutcomeClass.HOLD: Ground("#F2B705", BLACK, "#D9A200", BLACK),
    OutcomeClass.DENY: Ground("#B3261E", WHITE, "#8F1D17", WHITE),
    OutcomeClass.SYSTEM: Ground("#5B3E96", WHITE, "#48307A", WHITE),
}
HIGH_CONTRAST_GROUNDS: dict[OutcomeClass, Ground] = {
    OutcomeClass.ADMIT: Ground("#00613E", WHITE, "#003D27", WHITE),
    OutcomeClass.LEAVE: Ground("#00529F", WHITE, "#003870", WHITE),
    OutcomeClass.ADMIT_AND_ACT: Ground("#00613E", WHITE, "#FFB000", BLACK),
    OutcomeClass.HOLD: Ground("#FFC400", BLACK, "#E0A800", BLACK),
    OutcomeClass.DENY: Ground("#9E1710", WHITE, "#6B0B06", WHITE),
    OutcomeClass.SYSTEM: Ground("#4A1A70", WHITE, "#300F4B", WHITE),
}
"""The same hues, darker under white and brighter under black: at least 7 : 1 (WCAG 1.4.6)."""


ThemeName: TypeAlias = settings.ThemeName
"""The names of the neutral surroundings: a theme is a setting of the door."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Neutral colours: nothing in them could be taken for a verdict."""

    name: ThemeName
    ground: str
    raised: str
    line: str
    sunken: str
    """The ground of a key that is held down, and of a bar that is not full yet."""
    text: str
    muted: str
    notice: str
    """Text that asks for a look when there is time."""
    calm_ground: str
    """The amber strip of a kiosk that works on its own."""
    calm_text: str
    focus: str
    signs: dict[OutcomeClass, str]
    """The small signs of the list, on `ground`."""
    grounds: dict[OutcomeClass, Ground]
    """The colours of verdicts."""


_DARK_SIGNS = {
    OutcomeClass.ADMIT: "#3FCF97",
    OutcomeClass.LEAVE: "#6FB1F5",
    OutcomeClass.ADMIT_AND_ACT: "#F5A300",
    OutcomeClass.HOLD: "#F2B705",
    OutcomeClass.DENY: "#FF8A80",
    OutcomeClass.SYSTEM: "#B9A2EE",
}
_HIGH_CONTRAST_SIGNS = {
    OutcomeClass.ADMIT: "#45F0AE",
    OutcomeClass.LEAVE: "#8CC8FF",
    OutcomeClass.ADMIT_AND_ACT: "#FFB000",
    OutcomeClass.HOLD: "#FFD500",
    OutcomeClass.DENY: "#FFA198",
    OutcomeClass.SYSTEM: "#D2BEFF",
}
_LIGHT_SIGNS = {
    OutcomeClass.ADMIT: "#0B7A53",
    OutcomeClass.LEAVE: "#0B5CAD",
    OutcomeClass.ADMIT_AND_ACT: "#8A5A00",
    OutcomeClass.HOLD: "#7A5A00",
    OutcomeClass.DENY: "#B3261E",
    OutcomeClass.SYSTEM: "#5B3E96",
}

THEMES: dict[ThemeName, Theme] = {
    ThemeName.DARK: Theme(
        name=ThemeName.DARK,
        ground="#14171B",
        raised="#21262D",
        line="#3A424D",
        sunken="#3A424D",
        text="#F2F4F7",
        muted="#A9B2BE",
        notice="#F2B705",
        calm_ground="#E5A823",
        calm_text=BLACK,
        focus="#6FB1F5",
        signs=_DARK_SIGNS,
        grounds=GROUNDS,
    ),
    ThemeName.LIGHT: Theme(
        name=ThemeName.LIGHT,
        ground="#F4F5F7",
        raised="#FFFFFF",
        line="#C3CAD3",
        sunken="#C3CAD3",
        text="#14171B",
        muted="#525C69",
        notice="#7A5A00",
        calm_ground="#F2BC45",
        calm_text=BLACK,
        focus="#0B5CAD",
        signs=_LIGHT_SIGNS,
        grounds=GROUNDS,
    ),
    ThemeName.HIGH_CONTRAST: Theme(
        name=ThemeName.HIGH_CONTRAST,
        ground=BLACK,
        raised="#101010",
        line=WHITE,
        sunken="#404040",
        text=WHITE,
        muted="#E4E4E4",
        notice="#FFD500",
        calm_ground="#FFD500",
        calm_text=BLACK,
        focus="#4DD8FF",
        signs=_HIGH_CONTRAST_SIGNS,
        grounds=HIGH_CONTRAST_GROUNDS,
    ),
}


def aged(theme: Theme) -> Theme:
    """The colours of what is shown though it is old: all of it muted, so that nothing in it looks like now."""
    muted = dict.fromkeys(theme.signs, theme.muted)
    return replace(theme, text=theme.muted, notice=theme.muted, signs=muted)


def text_on(ground: str) -> str:
    """Black or white, whichever is read better on `ground` (WCAG 2.2, relative luminance)."""
    channels = (int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return BLACK if (luminance + 0.05) ** 2 > 1.05 * 0.05 else WHITE


def accent(theme: Theme) -> str:
    """What draws the eye in a chart; muted where what is shown is old."""
    return theme.muted if theme.text == theme.muted else theme.focus


def type_px(base_px: int, step: int) -> int:
    """The pixel size `step` steps up or down the scale from `base_px`."""
    return round(base_px * TYPE_RATIO**step)
