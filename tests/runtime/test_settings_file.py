"""The settings file of a kiosk: whole or not at all, and a bad one never keeps a door from opening."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.settings import (
    MOST_SETTINGS_BYTES,
    SETTINGS_FILE,
    LoadedSettings,
    SettingsFailed,
    load_settings,
    save_settings,
)
from core.model.settings import CameraSettings, Flaw, Language, Setting, Settings, ThemeName, Turn

OTHER = Settings(theme=ThemeName.LIGHT, is_locked=True, camera=CameraSettings("Webcam ü", turn=Turn.OVER))


def test_settings_outlive_the_program_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    assert load_settings(folder) == LoadedSettings(), "a folder that is not there yet has the defaults"
    save_settings(folder, OTHER)
    assert load_settings(folder) == LoadedSettings(OTHER, kept=frozenset(Setting))
    assert (folder / SETTINGS_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == [SETTINGS_FILE]


def test_a_bad_value_is_told_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text(json.dumps({"theme": "light", "camera.turn": 45, "sound": "loud"}))
    found = load_settings(tmp_path)
    assert found.settings == Settings(theme=ThemeName.LIGHT)
    assert set(found.flaws) == {Flaw(Setting.TURN), Flaw(Setting.SOUND)}
    assert (found.set_aside, (tmp_path / SETTINGS_FILE).exists()) == ("", True), "it can be mended by hand"


@pytest.mark.parametrize("body", [b"", b"\x00" * 200, b"{", b"[]", b"\xff\xfe", b'"dark"', b"[" * 60_000,
                                  b" " * (MOST_SETTINGS_BYTES + 1)])  # fmt: skip
def test_an_unreadable_file_is_set_aside_and_the_defaults_are_used(tmp_path: Path, body: bytes) -> None:
    for number in (1, 2):
        (tmp_path / SETTINGS_FILE).write_bytes(body)
        found = load_settings(tmp_path)
        assert found == LoadedSettings(set_aside=f"settings.damaged-{number}.json")
        assert (tmp_path / found.set_aside).read_bytes() == body, "nothing is thrown away"
        assert not (tmp_path / SETTINGS_FILE).exists()


def test_a_folder_in_its_place_is_said_and_stays(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).mkdir()
    assert load_settings(tmp_path) == LoadedSettings(set_aside=SETTINGS_FILE)
    with pytest.raises(SettingsFailed):
        save_settings(tmp_path, OTHER)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(tmp_path, OTHER)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsFailed, match="No space"):
        save_settings(tmp_path, Settings())
    monkeypatch.undo()
    assert load_settings(tmp_path).settings == OTHER


def test_what_nobody_chose_comes_from_elsewhere_and_is_not_written(tmp_path: Path) -> None:
    """Otherwise a camera that was turned would keep the colours of that day for ever."""
    german = Settings(language=Language.GERMAN, theme=ThemeName.HIGH_CONTRAST)
    assert load_settings(tmp_path, german) == LoadedSettings(german)
    save_settings(tmp_path, replace(german, theme=ThemeName.LIGHT), {Setting.THEME})
    assert json.loads((tmp_path / SETTINGS_FILE).read_text()) == {"theme": "light"}
    found = load_settings(tmp_path, german)
    assert found == LoadedSettings(replace(german, theme=ThemeName.LIGHT), kept=frozenset({Setting.THEME}))
    (tmp_path / SETTINGS_FILE).write_text(json.dumps({"theme": "pink"}))
    assert load_settings(tmp_path, german) == LoadedSettings(german, (Flaw(Setting.THEME),))
