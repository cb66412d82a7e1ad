"""The grammar of the command line: every command leads somewhere, wrong use is one line and status 2."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.__main__ import function_named, main
from app.cli.parser import build_parser
from app.cli.window import watched_command
from app.errors import AppError
from app.settings import VERSION
from app.speech import sentence_for

ROOT = Path(__file__).resolve().parents[2]


def commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The function behind every command of a parser."""
    if name := parser.get_default("command"):
        yield name
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from commands(child)


@pytest.mark.parametrize("name", sorted(set(commands(build_parser()))))
def test_every_command_has_its_function(name: str) -> None:
    assert callable(function_named(name))


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["scan"],
        ["server", "--port", "70000"],
        ["server", "--port", "x"],
        ["ticket", "issue", "--event", "E"],
        ["ticket", "issue", "--event", "E", "--class", "1", "--count", "0"],
        ["enrol", "--code", "X"],
        ["device"],
        ["demo", "--seed", "x"],
    ],
)
def test_wrong_use_is_one_line_and_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("doorlight")


def test_the_version_is_said_to_whoever_asks(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"doorlight {VERSION}\n"


def test_a_failure_is_one_sentence_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "X", "--profile", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "doorlight enrol" in said


def test_an_error_without_a_sentence_still_says_what_it_is() -> None:
    assert sentence_for(AppError("strange", where="here")) == "strange (where: here)"
    assert "?" in sentence_for(AppError("storage_failed"))


def test_the_program_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "app", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    for word in ("demo", "kiosk", "enrol", "server", "event", "device", "ticket", "decode", "vectors", "scan"):
        assert word in shown.stdout


def test_a_watched_kiosk_is_told_all_that_its_watcher_was_told(tmp_path: Path) -> None:
    words = ["kiosk", "--profile", str(tmp_path), "--camera", "demo", "--server", "https://a.example"]
    words += ["--language", "de", "--theme", "high_contrast"]
    told = build_parser().parse_args(watched_command(build_parser().parse_args([*words, "--watch"]))[3:])
    wanted = build_parser().parse_args(words)
    assert vars(told) == vars(wanted)
