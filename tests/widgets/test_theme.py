"""Colours can be read: contrast by WCAG 2.2, computed from the theme's own values."""

import pytest

from app.widgets.theme import GROUNDS, THEMES, ThemeName, type_px
from core.model.outcomes import OutcomeClass
from tests.support.colours import contrast

EVERYWHERE = {ThemeName.DARK: 4.5, ThemeName.LIGHT: 4.5, ThemeName.HIGH_CONTRAST: 7.0}
FOR_THE_WORD = {ThemeName.DARK: 5.0, ThemeName.LIGHT: 5.0, ThemeName.HIGH_CONTRAST: 7.0}
FOR_SIGNS = 3.0
DESIGNED = {
    OutcomeClass.ADMIT: "#0B7A53",
    OutcomeClass.LEAVE: "#0B5CAD",
    OutcomeClass.ADMIT_AND_ACT: "#0B7A53",
    OutcomeClass.HOLD: "#F2B705",
    OutcomeClass.DENY: "#B3261E",
    OutcomeClass.SYSTEM: "#5B3E96",
}


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # the known near miss


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize("outcome_class", OutcomeClass)
def test_a_verdict_can_be_read(outcome_class: OutcomeClass, name: ThemeName) -> None:
    ground = THEMES[name].grounds[outcome_class]
    assert contrast(ground.ground, ground.text) >= FOR_THE_WORD[name]
    assert contrast(ground.band, ground.band_text) >= EVERYWHERE[name]


def test_the_grounds_are_the_designed_ones() -> None:
    assert {outcome_class: GROUNDS[outcome_class].ground for outcome_class in OutcomeClass} == DESIGNED
    assert GROUNDS[OutcomeClass.ADMIT_AND_ACT].band == "#F5A300"


@pytest.mark.parametrize("name", ThemeName)
def test_neutral_text_can_be_read(name: ThemeName) -> None:
    theme = THEMES[name]
    pairs = [(theme.ground, text) for text in (theme.text, theme.muted, theme.notice)]
    pairs += [(theme.raised, text) for text in (theme.text, theme.muted, theme.notice)]
    pairs += [(theme.calm_ground, theme.calm_text)]
    pairs += [(theme.sunken, theme.text)]
    assert [pair for pair in pairs if contrast(*pair) < EVERYWHERE[name]] == []


@pytest.mark.parametrize("name", ThemeName)
def test_small_signs_and_the_focus_can_be_seen(name: ThemeName) -> None:
    theme = THEMES[name]
    colours = [*theme.signs.values(), theme.focus]
    grounds = (theme.ground, theme.raised)
    assert [(c, g) for c in colours for g in grounds if contrast(c, g) < FOR_SIGNS] == []
    assert contrast(theme.focus, theme.sunken) >= FOR_SIGNS
    assert set(theme.signs) == set(OutcomeClass)


def test_the_key_for_the_theme_leads_through_all_of_them() -> None:
    seen = [ThemeName.DARK]
    while (name := seen[-1].following) not in seen:
        seen.append(name)
    assert set(seen) == set(ThemeName)


def test_the_scale_has_one_ratio() -> None:
    assert [type_px(16, step) for step in (0, 1, 2, 3)] == [16, 20, 25, 31]
