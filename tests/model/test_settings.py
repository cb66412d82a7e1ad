"""Settings: each has a default and bounds, comes back from a file as it was, and refuses what it can't be."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.model.settings import (
    LEAST_REGION,
    MOST_DEVICE_NAME,
    CameraSettings,
    Flaw,
    Language,
    Region,
    Setting,
    Settings,
    ThemeName,
    Turn,
    changed,
    choices_of,
    settings_of,
    typed,
    value_of,
    values_of,
)

OTHER: dict[Setting, object] = {
    Setting.LANGUAGE: "de",
    Setting.THEME: "light",
    Setting.SOUND: False,
    Setting.LOCK: True,
    Setting.CAMERA: "HD Camera: USB 2",
    Setting.MIRROR: True,
    Setting.TURN: 270,
    Setting.REGION: [10, 0, 80, 50],
    Setting.TORCH: True,
}
"""A value of each that is not its default."""
UNFIT: dict[Setting, list[object]] = {
    Setting.LANGUAGE: ["xx", "EN", "", 1, None, True, ["en"]],
    Setting.THEME: ["pink", 0, None],
    Setting.SOUND: ["yes", 1, 0, None],
    Setting.LOCK: ["true", 1],
    Setting.CAMERA: [1, None, "x" * (MOST_DEVICE_NAME + 1), "two\nlines", "\x00"],
    Setting.MIRROR: [1, "no"],
    Setting.TURN: [45, "90", 90.0, True, -90, 360],
    Setting.REGION: [[0, 0, 100], [0, 0, 101, 100], [50, 0, 51, 100], [-1, 0, 50, 50], [0, 0, LEAST_REGION - 1, 50],
                     [0, 0, True, 50], [0.0, 0, 50, 50], "0,0,100,100", None],
    Setting.TORCH: ["on", 1],
}  # fmt: skip


def everything_other() -> Settings:
    settings, flaws = settings_of({setting.value: value for setting, value in OTHER.items()})
    assert flaws == ()
    return settings


def test_every_setting_has_another_value_and_unfit_ones_in_this_test() -> None:
    assert set(OTHER) == set(UNFIT) == set(Setting)
    assert all(value_of(Settings(), setting) != OTHER[setting] for setting in Setting)


def test_the_defaults_are_those_of_a_door_at_night() -> None:
    assert Settings() == Settings(
        Language.ENGLISH, ThemeName.DARK, is_heard=True, is_locked=False, camera=CameraSettings()
    )
    assert Settings().camera.region.is_whole


def test_what_is_written_is_read_again() -> None:
    settings = everything_other()
    assert settings.camera == CameraSettings("HD Camera: USB 2", True, Turn.LEFT, Region(10, 0, 80, 50), True)
    assert (settings.is_locked, settings.is_heard) == (True, False)
    assert settings_of(json.loads(json.dumps(values_of(settings)))) == (settings, ())


@pytest.mark.parametrize(("setting", "told"), [(setting, value) for setting in Setting for value in UNFIT[setting]])
def test_a_value_out_of_bounds_is_named_and_changes_nothing(setting: Setting, told: object) -> None:
    before = everything_other()
    assert changed(before, setting, told) == Flaw(setting)
    assert settings_of({setting.value: told}, before) == (before, (Flaw(setting),))


@pytest.mark.parametrize("setting", Setting)
def test_each_choice_that_is_offered_can_be_taken(setting: Setting) -> None:
    for choice in choices_of(setting):
        found = changed(Settings(), setting, choice)
        assert isinstance(found, Settings)
        assert value_of(found, setting) == choice


@pytest.mark.parametrize(
    ("setting", "text", "told"),
    [
        (Setting.SOUND, "Off", False),
        (Setting.MIRROR, " yes ", True),
        (Setting.TURN, "180", 180),
        (Setting.REGION, "10, 0, 80, 50", [10, 0, 80, 50]),
        (Setting.CAMERA, "HD Camera", "HD Camera"),
        (Setting.LANGUAGE, "de", "de"),
    ],
)
def test_what_somebody_types_is_what_a_file_would_say(setting: Setting, text: str, told: object) -> None:
    assert typed(setting, text) == told
    assert isinstance(changed(Settings(), setting, typed(setting, text)), Settings)


@given(st.sampled_from(Setting), st.text(max_size=40))
def test_whatever_is_typed_is_a_value_or_a_flaw(setting: Setting, text: str) -> None:
    assert changed(Settings(), setting, typed(setting, text)) is not None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=6))
def test_no_value_of_a_file_raises(told: object) -> None:
    settings, flaws = settings_of({setting.value: told for setting in Setting})
    assert {flaw.setting for flaw in flaws} == {s for s in Setting if isinstance(changed(Settings(), s, told), Flaw)}
    assert settings_of(values_of(settings)) == (settings, ())


def test_a_newer_programs_setting_is_passed_over() -> None:
    assert settings_of({"camera.hologram": True, "theme": "light"}) == (Settings(theme=ThemeName.LIGHT), ())


def test_each_language_has_its_words() -> None:
    folder: Path = resources.path("words/en.toml").parent
    assert {each.value for each in Language} >= {path.stem for path in folder.glob("*.toml")}


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de_AT", "de"),
        ("de-CH", "de"),
        ("DE", "de"),
        ("en_GB", "en"),
        ("fr_FR", "en"),
        ("C", "en"),
        ("", "en"),
        ("deu", "en"),
    ],
)
def test_a_computers_locale_has_its_language_or_english(locale: str, language: str) -> None:
    assert Language.of_locale(locale) == language
