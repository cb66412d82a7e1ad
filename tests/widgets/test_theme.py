"""Colours can be read: contrast by WCAG 2.2, computed from the theme's own values."""

import pytest

from app.widgets.theme import GROUNDS, THEMES, ThemeName, type_px
from core.model.outcomes import OutcomeClass

EVERYWHERE = 4.5
FOR_THE_WORD = 5.0
FOR_SIGNS = 3.0
DESIGNED = {
    OutcomeClass.ADMIT: "#0B7A53",
    OutcomeClass.LEAVE: "#0B5CAD",
    OutcomeClass.ADMIT_AND_ACT: "#0B7A53",
    OutcomeClass.HOLD: "#F2B705",
    OutcomeClass.DENY: "#B3261E",
    OutcomeClass.SYSTEM: "#5B3E96",
}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # the known near miss


@pytest.mark.parametrize("outcome_class", OutcomeClass)
def test_a_verdict_can_be_read(outcome_class: OutcomeClass) -> None:
    ground = GROUNDS[outcome_class]
    assert contrast(ground.ground, ground.text) >= FOR_THE_WORD
    assert contrast(ground.band, ground.band_text) >= EVERYWHERE


def test_the_grounds_are_the_designed_ones() -> None:
    assert {outcome_class: GROUNDS[outcome_class].ground for outcome_class in OutcomeClass} == DESIGNED
    assert GROUNDS[OutcomeClass.ADMIT_AND_ACT].band == "#F5A300"


@pytest.mark.parametrize("name", ThemeName)
def test_neutral_text_can_be_read(name: ThemeName) -> None:
    theme = THEMES[name]
    pairs = [(theme.ground, text) for text in (theme.text, theme.muted, theme.notice)]
    pairs += [(theme.raised, text) for text in (theme.text, theme.muted, theme.notice)]
    pairs += [(theme.calm_ground, theme.calm_text)]
    assert [pair for pair in pairs if contrast(*pair) < EVERYWHERE] == []


@pytest.mark.parametrize("name", ThemeName)
def test_small_signs_and_the_focus_can_be_seen(name: ThemeName) -> None:
    theme = THEMES[name]
    colours = [*theme.signs.values(), theme.focus]
    grounds = (theme.ground, theme.raised)
    assert [(c, g) for c in colours for g in grounds if contrast(c, g) < FOR_SIGNS] == []
    assert set(theme.signs) == set(OutcomeClass)


def test_the_scale_has_one_ratio() -> None:
    assert [type_px(16, step) for step in (0, 1, 2, 3)] == [16, 20, 25, 31]
