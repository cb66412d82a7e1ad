"""The desk: a change is heard at once, outlives the program, and survives a disk that fails."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.kiosk.settings_desk import SettingsDesk
from app.settings import SETTINGS_FILE, SettingsFailed
from core.model.settings import Flaw, Setting, Settings, ThemeName, Turn

PATIENCE_MS = 20_000


def test_a_change_is_heard_and_outlives_the_program(qtbot: QtBot, tmp_path: Path) -> None:
    desk = SettingsDesk(tmp_path)
    assert desk.settings == Settings()
    with qtbot.waitSignal(desk.settings_changed, timeout=PATIENCE_MS) as heard:
        assert desk.change(Setting.TURN, 180) is None
    assert heard.args == [desk.settings]
    assert desk.change(Setting.TURN, 45) == Flaw(Setting.TURN)
    assert SettingsDesk(tmp_path).settings.camera.turn is Turn.OVER


def test_what_changes_nothing_is_not_told(qtbot: QtBot, tmp_path: Path) -> None:
    desk = SettingsDesk(tmp_path)
    with qtbot.assertNotEmitted(desk.settings_changed):
        desk.take(Settings())
    assert not (tmp_path / SETTINGS_FILE).exists()


def test_a_disk_that_fails_costs_the_next_start_alone(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).mkdir()
    desk = SettingsDesk(tmp_path)
    with qtbot.waitSignal(desk.failed, timeout=PATIENCE_MS) as heard, qtbot.waitSignal(desk.settings_changed):
        desk.take(Settings(theme=ThemeName.LIGHT))
    assert heard.args is not None
    assert isinstance(heard.args[0], SettingsFailed)
    assert desk.settings.theme is ThemeName.LIGHT


def test_a_choice_is_kept_and_what_comes_from_elsewhere_is_not(tmp_path: Path) -> None:
    dark, light = (Settings(theme=theme) for theme in (ThemeName.DARK, ThemeName.LIGHT))
    SettingsDesk(tmp_path, usual=light).change(Setting.TURN, 180)
    assert SettingsDesk(tmp_path, usual=dark).settings.theme is ThemeName.DARK, "nobody chose the light here"
    SettingsDesk(tmp_path, usual=dark).change(Setting.THEME, "high_contrast")
    later = SettingsDesk(tmp_path, usual=light)
    assert (later.settings.theme, later.settings.camera.turn) == (ThemeName.HIGH_CONTRAST, Turn.OVER)


def test_what_a_code_names_is_chosen_though_it_changes_nothing_now(tmp_path: Path) -> None:
    light = Settings(theme=ThemeName.LIGHT)
    SettingsDesk(tmp_path, usual=light).take(light, {Setting.THEME})
    assert SettingsDesk(tmp_path).settings.theme is ThemeName.LIGHT
