"""`clock show` and `clock set`, as a supervisor uses them on a kiosk's folder."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from app.cli.clock import CURES, QUALITIES, set_clock, show_clock
from app.clock import BUILT_MS, wall_ms
from app.errors import AppError
from app.settings import Profile, save_profile
from app.speech import sentence_for
from app.store.clock_memory import CLOCK_FILE, ClockFile, clock_of
from core.model.moments import ClockQuality
from core.model.timekeeping import CorrectionFlaw, Floor, Remembered

MINUTE, HOUR = 60_000, 3_600_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_profile(tmp_path, Profile("http://127.0.0.1:1", uuid4(), "Summer Night", uuid4(), "North 1", "north", 1))
    return tmp_path


def ask(folder: Path, *, as_json: bool = False, instant: str = "", uncertainty: int = 120) -> argparse.Namespace:
    return argparse.Namespace(profile=folder, json=as_json, instant=instant, uncertainty=uncertainty)


def shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert show_clock(ask(folder, as_json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    return told


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def test_a_kiosk_that_never_synced_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(folder, capsys)
    assert (told["quality"], told["uncertainty_ms"], told["synced_at_ms"]) == ("holdover", 300_000, None)
    assert told["floor_ms"] == BUILT_MS
    assert not (folder / CLOCK_FILE).exists(), "looking writes nothing"


def test_a_synced_kiosk_says_since_when(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now_ms = wall_ms()
    clock_of(folder).learn(now_ms, 100)
    told = shown(folder, capsys)
    assert (told["quality"], told["synced_at_ms"], told["floor_ms"]) == ("synced", now_ms + 50, now_ms + 50)
    assert show_clock(ask(folder)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert "within 2 s" in lines[0]
    assert QUALITIES[ClockQuality.SYNCED] in lines[1]


def test_a_suspect_clock_tells_no_time_and_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ClockFile(folder / CLOCK_FILE).save(Remembered(floor=Floor(wall_ms() + HOUR, 0, "an earlier boot")))
    assert show_clock(ask(folder)) == 0
    said = capsys.readouterr().out
    assert "not known" in said
    assert "within" not in said
    assert "doorlight clock set" in said


def test_what_a_supervisor_says_counts_from_then_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said_ms = wall_ms() + HOUR
    assert set_clock(ask(folder, instant=iso(said_ms), uncertainty=60)) == 0
    told = shown(folder, capsys)
    assert told["quality"] == "holdover"
    assert isinstance(told["at_ms"], int)
    assert 0 <= told["at_ms"] - said_ms < MINUTE
    assert told["uncertainty_ms"] == 60_000
    assert told["floor_ms"] == BUILT_MS, "a word raises no floor"


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+01:00", "-03:30"])
def test_an_instant_says_its_offset(folder: Path, zone: str) -> None:
    hours = {"Z": 0.0, "+00:00": 0.0, "+01:00": 1.0, "-03:30": -3.5}[zone]
    now_ms = wall_ms() // 1000 * 1000
    local = iso(now_ms + int(hours * HOUR)).removesuffix("+00:00")
    assert set_clock(ask(folder, instant=local + zone)) == 0
    assert abs(clock_of(folder).now().at_ms - now_ms) < MINUTE


@pytest.mark.parametrize(
    ("instant", "uncertainty", "part"),
    [
        ("2026-12-31T20:15", 120, "offset"),
        ("20:15", 120, "2026-12-31"),
        ("soon", 120, "2026-12-31"),
        ("", 120, "2026-12-31"),
        ("1969-12-31T00:00Z", 120, "year"),
        ("9999-12-31T00:00Z", 120, "year"),
        ("2020-01-01T00:00Z", 120, "certainly passed"),
        ("2062-12-31T20:15Z", 120, "year"),
        ("2026-12-31T20:15Z", 0, "seconds"),
        ("2026-12-31T20:15Z", 3_601, "seconds"),
    ],
)
def test_what_is_no_time_is_refused_with_the_cure(folder: Path, instant: str, uncertainty: int, part: str) -> None:
    with pytest.raises(AppError) as refused:
        set_clock(ask(folder, instant=instant, uncertainty=uncertainty))
    sentence = sentence_for(refused.value)
    assert part in sentence
    assert "\n" not in sentence
    assert not (folder / CLOCK_FILE).exists()


def test_a_synced_kiosk_takes_no_word(folder: Path) -> None:
    clock_of(folder).learn(wall_ms(), 0)
    with pytest.raises(AppError) as refused:
        set_clock(ask(folder, instant=iso(wall_ms() + HOUR)))
    assert "set the server's" in sentence_for(refused.value)


@pytest.mark.parametrize("command", [show_clock, set_clock])
def test_a_folder_that_is_no_kiosk_is_said(tmp_path: Path, command: object) -> None:
    assert callable(command)
    with pytest.raises(AppError) as refused:
        command(ask(tmp_path, instant="2026-12-31T20:15Z"))
    assert "no kiosk" in sentence_for(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_every_quality_and_every_flaw_has_its_words() -> None:
    assert set(QUALITIES) == set(ClockQuality)
    assert set(CURES) == set(CorrectionFlaw)
    assert all(text.format(floor="then") for text in CURES.values())
