"""Settings from a shell, and the organizer's configuration code that sets many doors alike."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.__main__ import main
from app.clock import wall_ms
from app.ledger.admin import open_ledger
from app.settings import SETTINGS_FILE, load_settings, save_profile, save_settings
from core.model.ids import EventId
from core.model.settings import Setting, Settings, ThemeName, Turn, value_of
from core.sync.messages import ClassRow, EventRow, GateRow
from tests.support.door import PROFILE

HOUR_MS = 3_600_000


@pytest.fixture
def server(tmp_path: Path) -> tuple[Path, EventId, str]:
    """A server's folder with one event: the folder, the event, the root key in hex."""
    folder = tmp_path / "server"
    now_ms = wall_ms()
    row = EventRow(
        event="",
        name="Summer Night",
        time_zone="Europe/Berlin",
        starts_ms=now_ms - HOUR_MS,
        ends_ms=now_ms + HOUR_MS,
        gates=[GateRow("north", "North gate")],
        classes=[ClassRow(1, "Day ticket")],
    )
    with open_ledger(None, folder) as office:
        event = office.event_named(office.create_event(row).event)
        return folder, event, office.roots.root_public.hex()


@pytest.fixture
def kiosk(tmp_path: Path, server: tuple[Path, EventId, str]) -> Path:
    """A kiosk of that event."""
    folder = tmp_path / "kiosk"
    save_profile(folder, replace(PROFILE, event=server[1], root_key=server[2]))
    return folder


def run(*words: object) -> int:
    return main([str(word) for word in words])


def complaint(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().err


def test_each_setting_is_shown_and_can_be_set_as_it_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_settings(tmp_path, Settings(theme=ThemeName.LIGHT))
    assert run("settings", "show", "--profile", tmp_path) == 0
    lines = capfd.readouterr().out.splitlines()
    told = dict(line.partition("  # ")[0].split("=") for line in lines)
    assert list(told) == [setting.value for setting in Setting]
    for name, value in told.items():
        assert run("settings", "set", name, value, "--profile", tmp_path) == 0
    assert load_settings(tmp_path).settings == Settings(theme=ThemeName.LIGHT)


def test_a_value_that_can_not_be_is_refused_with_what_can(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("settings", "set", "camera.turn", "45", "--profile", tmp_path) == 1
    assert "say 0, 90, 180 or 270" in complaint(capfd)
    assert run("settings", "set", "camera.hologram", "yes", "--profile", tmp_path) == 1
    assert "one of language, theme" in complaint(capfd)
    assert not (tmp_path / SETTINGS_FILE).exists()


def test_a_damaged_file_is_said_with_its_new_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / SETTINGS_FILE).write_text("{")
    assert run("settings", "show", "--profile", tmp_path) == 1
    assert "settings.damaged-1.json" in complaint(capfd)


def test_the_organizers_code_travels_as_a_picture_to_every_kiosk(
    tmp_path: Path, server: tuple[Path, EventId, str], kiosk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "setup.png"
    told = ["--set", "camera.turn=180", "--set", "theme=light", "--set", "lock=yes", "--data", server[0]]
    assert run("device", "setup", *told, "--out", picture, "--json") == 0
    made = json.loads(capfd.readouterr().out)
    assert made["set"] == {"camera.turn": 180, "theme": "light", "lock": True}
    save_settings(kiosk, Settings(is_heard=False))
    for code in (picture, made["setup"]):
        assert run("settings", "load", code, "--profile", kiosk) == 0
        settings = load_settings(kiosk).settings
        assert (settings.camera.turn, settings.theme, settings.is_locked) == (Turn.OVER, ThemeName.LIGHT, True)
        assert value_of(settings, Setting.SOUND) is False, "what the code does not say stays"


def test_another_organizers_code_changes_nothing(
    tmp_path: Path, server: tuple[Path, EventId, str], kiosk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("device", "setup", "--set", "lock=no", "--data", server[0], "--json") == 0
    text = json.loads(capfd.readouterr().out)["setup"]
    save_profile(kiosk, replace(PROFILE, event=server[1]))  # enrolled by somebody else
    assert run("settings", "load", text, "--profile", kiosk) == 1
    assert "Somebody else made this" in complaint(capfd)
    assert not (kiosk / SETTINGS_FILE).exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [("camera.turn=45", "say 0, 90"), ("pin=1234", "sets nothing"), ("theme", "sets nothing")],
)
def test_no_code_is_made_of_what_no_kiosk_takes(
    server: tuple[Path, EventId, str], told: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("device", "setup", "--set", told, "--data", server[0]) == 1
    assert said in complaint(capfd)


def test_a_code_lasts_a_month_at_most(server: tuple[Path, EventId, str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run("device", "setup", "--set", "theme=dark", "--days", 32, "--data", server[0]) == 1
    assert "1 to 31 days" in complaint(capfd)
