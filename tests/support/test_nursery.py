"""Children of the nursery are processes as any shell starts them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import nursery
from tests.support.programs import running

pytestmark = pytest.mark.slow


def test_a_command_says_and_ends_with_the_same_as_one_from_nothing(tmp_path: Path) -> None:
    for words in (
        ["event", "list", "--data", tmp_path / "a"],
        ["no"],
    ):
        command = [sys.executable, "-m", "app", *map(str, words)]
        plain = subprocess.run(command, cwd=nursery.ROOT, capture_output=True, check=False, text=True, timeout=60)
        born = nursery.run(words, timeout=60)
        assert (born.returncode, born.stdout, born.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_a_server_answers_and_ends_as_it_is_told(tmp_path: Path) -> None:
    """SIGTERM is obeyed in order, SIGKILL at once; each is a process of its own."""
    words = ["server", "--data", tmp_path, "--port", "0"]
    for number, status in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
        with nursery.start(words) as child:
            assert child.stdout is not None
            assert b'"ready"' in child.stdout.readline()
            assert child.poll() is None
            child.send_signal(number)
            assert child.wait(30) == status
            child.send_signal(number)


def test_the_environment_and_the_folder_are_the_test_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert nursery.run(["event", "list"], timeout=60, cwd=tmp_path).returncode == 0
    assert list((tmp_path / "share").rglob("ledger.db"))


def test_who_fails_beside_a_program_does_not_wait_for_its_end(tmp_path: Path) -> None:
    endless = [sys.executable, "-c", "import signal; signal.pause()"]
    with pytest.raises(ZeroDivisionError), running(endless) as started:
        1 / 0  # noqa: B018
    with pytest.raises(ZeroDivisionError), nursery.start(["server", "--data", tmp_path, "--port", "0"]) as born:
        1 / 0  # noqa: B018
    assert (started.returncode, born.returncode) == (-signal.SIGKILL,) * 2
