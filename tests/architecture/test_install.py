"""`dev.py install`: what it puts where, that it takes all of it away again, and that the unit is one.

The environment itself is made on bare systems, by hand: here a stand-in takes its place.
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from app.runtime.supervisor import SILENCE_MS, START_MS
from tests.architecture.sources import ROOT, dev_program


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, with this test's Python in the place of an environment of its own."""
    program = dev_program()

    def fill(python: str) -> None:
        folder = Path(python).parent
        for path in folder.iterdir():
            path.unlink()
        Path(python).write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
        Path(python).chmod(0o755)

    def attempt(command: list[str], *_args: object, **_kwargs: object) -> int:
        if "venv" in command:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text("", encoding="utf-8")
            fill(str(python))
        return 0

    monkeypatch.setattr(program, "satisfy", lambda needs: None)
    monkeypatch.setattr(program, "fill", fill)
    monkeypatch.setattr(program, "attempt", attempt)
    monkeypatch.setattr(program, "subprocess", _Asked(program.subprocess))
    return program


class _Asked:
    """The stand-in's answer to where its packages lie; all else is the real module's."""

    def __init__(self, real: ModuleType) -> None:
        self._real = real

    def run(self, command: list[str], **options: object) -> object:
        if "sysconfig" not in command[-1]:
            return self._real.run(command, **options)
        pure = Path(command[0]).parents[1] / "site-packages"
        pure.mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, 0, f"{pure}\n", "")

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_program_is_copied_and_starts_from_path(dev: ModuleType, tmp_path: Path) -> None:
    prefix = tmp_path / "a prefix"
    assert dev.main(["install", "--prefix", str(prefix)]) == 0
    (edition,) = [path for path in (prefix / "lib" / "doorlight").iterdir() if path.is_dir()]
    copied = files_in(edition / "program")
    assert {"app/__main__.py", "core/sync/messages.py", "resources/icons/doorlight.svg"} <= copied
    assert copied == {path.relative_to(ROOT).as_posix() for path in dev.shipped_files()}
    assert not [path for path in (edition / "program").rglob("*") if path.is_symlink()]
    (pth,) = edition.rglob("doorlight.pth")
    assert pth.read_text("utf-8") == f"{edition / 'program'}\n"
    launcher = prefix / "bin" / "doorlight"
    started = subprocess.run(
        [launcher, "--help"],
        env={"PYTHONPATH": str(edition / "program")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.stdout.startswith("usage: doorlight"), started.stderr


def test_the_same_program_is_made_once_and_another_takes_its_place(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr(dev, "make_edition", lambda folder: made.append(folder) or folder.mkdir())
    for name in ("one", "one", "two"):
        monkeypatch.setattr(dev, "edition", lambda name=name: name)
        assert dev.main(["install", "--prefix", str(tmp_path)]) == 0
    assert [folder.name for folder in made] == ["one", "two"]
    assert not made[0].exists()
    assert f"{made[1]}/venv" in (tmp_path / "bin" / "doorlight").read_text("utf-8")


def test_an_interrupted_install_is_begun_again(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path) -> None:
        folder.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "edition", lambda: "one")
    with monkeypatch.context() as first:
        first.setattr(dev, "make_edition", interrupted)
        assert dev.main(["install", "--prefix", str(tmp_path)]) == 130
    assert not (tmp_path / "bin").exists()
    made: list[Path] = []
    monkeypatch.setattr(dev, "make_edition", lambda folder: made.append(folder) or folder.mkdir())
    assert dev.main(["install", "--prefix", str(tmp_path)]) == 0
    assert made


def test_uninstall_leaves_what_it_did_not_put(dev: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "other").write_text("mine", encoding="utf-8")
    assert dev.main(["install", "--prefix", str(tmp_path)]) == 0
    assert dev.main(["uninstall", "--prefix", str(tmp_path)]) == 0
    assert files_in(tmp_path) == {"bin/other"}
    assert dev.main(["uninstall", "--prefix", str(tmp_path)]) == 1


def test_nothing_is_installed_over_something_else(dev: ModuleType, tmp_path: Path) -> None:
    foreign = tmp_path / "lib" / "doorlight" / "letters.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine", encoding="utf-8")
    assert dev.main(["install", "--prefix", str(tmp_path)]) == 1
    assert dev.main(["uninstall", "--prefix", str(tmp_path)]) == 1
    assert files_in(tmp_path) == {"lib/doorlight/letters.txt"}


def test_an_accounts_program_does_not_lie_where_its_kiosk_does(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    places = dev.places_of(None)
    assert places.units is None
    assert not places.program.is_relative_to(tmp_path / ".local" / "share" / "doorlight")


# --- the files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def kiosk_unit(dev: ModuleType, tmp_path: Path) -> Path:
    """The kiosk's unit, its program one that exists."""
    places = dev.Places(tmp_path, tmp_path / "bin", tmp_path / "share", None)
    dev.put(places.launcher, "#!/bin/sh\n", 0o755)
    dev.put(places.kiosk_unit, dev.filled(dev.KIOSK_UNIT, places))
    return places.kiosk_unit


@pytest.fixture
def unit(dev: ModuleType, tmp_path: Path) -> Path:
    """The server's unit, its program one that exists."""
    places = dev.Places(tmp_path, tmp_path / "bin", tmp_path / "share", tmp_path)
    dev.put(places.launcher, "#!/bin/sh\n", 0o755)
    dev.put(tmp_path / dev.UNIT, dev.filled(dev.UNIT, places))
    return tmp_path / dev.UNIT


def complaints(unit: Path, *more: str) -> str:
    """What systemd says against a unit."""
    command = ["systemd-analyze", *more, "verify", "--man=no", str(unit)]
    told = {**os.environ, "XDG_RUNTIME_DIR": tempfile.gettempdir()}
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)
    mine = [line for line in done.stderr.splitlines() if unit.name in line or "Failed" in line]
    return "\n".join(mine) or ("" if done.returncode == 0 else done.stderr)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_unit_and_would_say_what_is_wrong(unit: Path) -> None:
    assert complaints(unit) == ""
    text = unit.read_text("utf-8")
    unit.write_text(text.replace("ProtectSystem=strict", "ProtectSystem=stricter"), encoding="utf-8")
    assert "stricter" in complaints(unit)
    unit.write_text(text.replace('"' + str(unit.parent / "bin" / "doorlight"), '"/nowhere/doorlight'), encoding="utf-8")
    assert "/nowhere/doorlight" in complaints(unit)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_kiosks_unit_and_would_say_what_is_wrong(kiosk_unit: Path) -> None:
    assert complaints(kiosk_unit, "--user") == ""
    text = kiosk_unit.read_text("utf-8")
    kiosk_unit.write_text(text.replace("WatchdogSec=20", "WatchdogSec=soon"), encoding="utf-8")
    assert "soon" in complaints(kiosk_unit, "--user")


def test_a_kiosk_is_started_again_unless_somebody_closed_it(kiosk_unit: Path) -> None:
    told = dict(re.findall(r"^(\w+)=(.*)$", kiosk_unit.read_text("utf-8"), re.MULTILINE))
    assert {"Type": "notify", "Restart": "on-failure", "StartLimitIntervalSec": "0"}.items() <= told.items()
    assert int(told["WatchdogSec"]) * 1000 == SILENCE_MS, "as the program's own watcher has it"
    assert int(told["TimeoutStartSec"]) * 1000 >= START_MS


def test_the_unit_gives_the_server_one_folder_and_no_more(unit: Path) -> None:
    told = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE))
    wanted = {"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "StateDirectory": "doorlight"}
    assert wanted.items() <= told.items()
    assert "--data /var/lib/doorlight" in told["ExecStart"]


def test_the_desktops_entry_opens_the_start_window(dev: ModuleType, tmp_path: Path) -> None:
    assert dev.main(["install", "--prefix", str(tmp_path)]) == 0
    entry = configparser.RawConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(tmp_path / "share" / "applications" / "doorlight.desktop", encoding="utf-8")
    told = entry["Desktop Entry"]
    assert told["Exec"] == f'"{tmp_path}/bin/doorlight"'
    assert Path(told["Icon"]).read_text("utf-8").startswith("<svg")


def locked(name: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+?)(?:\[[\w,-]+\])?==([^\s;\\]+)", text, re.MULTILINE))


def test_what_is_installed_is_what_was_tested_without_the_tests_tools() -> None:
    run, every = locked("requirements-run.lock"), locked("requirements.lock")
    assert run.items() < every.items()
    assert not {"pytest", "mypy", "ruff", "hypothesis", "schemathesis", "pypdf"} & run.keys()
    assert {"fastapi", "pyside6-essentials", "cryptography"} <= run.keys()
