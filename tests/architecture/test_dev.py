"""packaging/dev.py: what it decides without a network; whole set-ups are tried on bare systems, by hand."""

import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.sources import ROOT, dev_program


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The program, with an environment and a lock of its own in `tmp_path`."""
    program = dev_program()
    (tmp_path / "requirements.lock").write_text("one\n", encoding="utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    places = {"LOCK": tmp_path / "requirements.lock", "VENV": tmp_path / ".venv", "BIN": python.parent}
    places |= {"STAMP": tmp_path / ".venv" / "stamp", "GUARD": tmp_path / "guard"}
    for name, place in places.items():
        monkeypatch.setattr(program, name, place)
    monkeypatch.setattr(program, "make_importable", lambda: None)
    return program


@pytest.fixture
def ran(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run instead of really being run; each of them succeeds."""
    commands: list[list[str]] = []
    monkeypatch.setattr(dev, "attempt", lambda command, *_args, **_kwargs: commands.append(command) or 0)
    return commands


def made_venv(commands: list[list[str]]) -> bool:
    return any("venv" in command for command in commands)


def test_environment_is_made_once(dev: ModuleType, ran: list[list[str]]) -> None:
    dev.ensure_environment()
    assert made_venv(ran)
    ran.clear()
    dev.ensure_environment()
    assert ran == []


def test_changed_lock_updates_the_environment_in_place(dev: ModuleType, ran: list[list[str]]) -> None:
    dev.ensure_environment()
    ran.clear()
    dev.LOCK.write_text("two\n", encoding="utf-8")
    dev.ensure_environment()
    assert ran
    assert not made_venv(ran)


def test_moved_folder_makes_the_environment_anew(
    dev: ModuleType, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.ensure_environment()
    ran.clear()
    monkeypatch.setattr(dev, "ROOT", Path("/elsewhere"))
    dev.ensure_environment()
    assert made_venv(ran)


def test_interrupted_set_up_starts_from_the_beginning(
    dev: ModuleType, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.ensure_environment()
    dev.LOCK.write_text("two\n", encoding="utf-8")
    with monkeypatch.context() as interrupted:
        interrupted.setattr(dev, "install_locked", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            dev.ensure_environment()
    assert not dev.is_ready()
    ran.clear()
    dev.ensure_environment()
    assert made_venv(ran)
    assert dev.is_ready()


def test_pip_takes_over_where_uv_fails(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def attempt(command: list[str], *_args: object, **_kwargs: object) -> int:
        commands.append(command)
        return int(command[0].endswith("uv"))

    monkeypatch.setattr(dev, "attempt", attempt)
    dev.install_locked()
    assert commands[-1][1:4] == ["-m", "pip", "install"]
    assert all("--require-hashes" in command for command in commands)


def test_missing_library_is_named_in_a_line_to_copy(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "is_there", lambda name: name != "libzbar.so.0")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(dev.shutil, "which", lambda name: name)
    monkeypatch.setattr(dev, "known_package", lambda packages: packages[-1])
    monkeypatch.setattr(dev.platform, "system", lambda: "Linux")
    with pytest.raises(dev.DevError, match=r"sudo apt-get install libzbar0$"):
        dev.satisfy(dev.OFFSCREEN)


def test_a_library_that_nobody_has_is_missing(dev: ModuleType) -> None:
    assert not dev.is_there("libdoorlight-nobody-has-this.so.0")


def test_every_step_of_the_check_runs_although_one_fails(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "satisfy", lambda needs: None)
    monkeypatch.setattr(dev, "ensure_environment", lambda: None)
    monkeypatch.setattr(dev, "attempt", lambda command, *_args: 3 if "format" in command else 0)
    assert dev.main(["check"]) == 1
    listed = capsys.readouterr().err
    assert "FAILED (3)" in listed
    assert listed.count(" ok ") == 3


@pytest.mark.parametrize("kind", ["bench", "soak"])
def test_named_programs_are_run_with_the_arguments_and_others_listed(
    dev: ModuleType,
    ran: list[list[str]],
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("def main():\n    pass\n", encoding="utf-8")
    (tmp_path / "support.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(dev, {"bench": "BENCHES", "soak": "SOAKS"}[kind], tmp_path)
    monkeypatch.setattr(dev, "satisfy", lambda needs: None)
    monkeypatch.setattr(dev, "ensure_environment", lambda: None)
    assert dev.main([kind, "two", "--count", "5", "--seed", "1"]) == 0
    assert [command[1:] for command in ran] == [[str(tmp_path / "two.py"), "--count", "5", "--seed", "1"]]
    assert dev.main([kind]) == 0
    assert dev.main([kind, "three"]) == 2
    assert capsys.readouterr().out.split() == ["one", "two"] * 2
    assert len(ran) == 1


def test_each_soak_program_is_listed(dev: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["soak"]) == 0
    listed = capsys.readouterr().out.split()
    assert listed == sorted(listed)
    assert {"neighbours", "tickets"} <= set(listed)


def test_exit_code_and_command_are_passed_on(dev: ModuleType) -> None:
    with pytest.raises(dev.DevError, match=r"exit code 5 from: .* -c") as caught:
        dev.run([sys.executable, "-c", "raise SystemExit(5)"])
    assert caught.value.code == 5


def test_a_program_that_does_not_exist_is_one_line(dev: ModuleType) -> None:
    with pytest.raises(dev.DevError, match="cannot start"):
        dev.run(["/nowhere/program"])


def test_end_by_a_signal_is_told_as_shells_do(dev: ModuleType) -> None:
    assert dev.attempt([sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"]) == 128 + 15


def test_dev_needs_the_standard_library_only() -> None:
    # -I -S: neither the environment's packages nor anything beside the standard library
    alone = [sys.executable, "-I", "-S", str(ROOT / "packaging" / "dev.py"), "--help"]
    assert subprocess.run(alone, capture_output=True, check=True, text=True, timeout=30).stdout.startswith("usage")


@pytest.mark.parametrize(
    ("machine", "libc", "says"),
    [
        ("aarch64", ("glibc", "2.36"), "glibc 2.39"),
        ("aarch64", ("glibc", "2.39"), ""),
        ("aarch64", ("glibc", "2.41"), ""),
        ("aarch64", ("", ""), ""),
        ("x86_64", ("glibc", "2.36"), ""),
    ],
)
def test_an_arm_machine_with_too_old_a_library_is_told_so(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, machine: str, libc: tuple[str, str], says: str
) -> None:
    """Debian 12 there: pip's own words would be that there is no such version of Qt."""
    monkeypatch.setattr(dev.platform, "machine", lambda: machine)
    monkeypatch.setattr(dev.platform, "libc_ver", lambda: libc)
    assert says in dev.unfit()
    assert bool(dev.unfit()) is bool(says)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ((3, 10, 14), "3.11 or newer"),
        ((3, 11, 0), ""),
        ((3, 14, 9), ""),
        ((3, 15, 0), "as in python3.14 packaging/dev.py demo --headless"),
        ((4, 0, 0), "3.14 is the newest"),
    ],
)
def test_a_python_that_has_not_been_tried_is_named_before_anything_is_fetched(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], says: str
) -> None:
    monkeypatch.setattr(dev.sys, "version_info", version)
    monkeypatch.setattr(dev.sys, "argv", ["packaging/dev.py", "demo", "--headless"])
    assert says in dev.unfit()
    assert bool(dev.unfit()) is bool(says)


def test_it_takes_the_pythons_that_the_package_takes(dev: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (oldest, newest), after = (dev.OLDEST_PYTHON, dev.NEWEST_PYTHON), dev.NEWEST_PYTHON[1] + 1
    assert project["requires-python"] == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{after}"
