"""One window for each folder, and nothing that a crash leaves behind keeps the next one out."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.runtime.instance import LOCK_FILE, InstanceHeld, single_instance
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from app.runtime.instance import single_instance
with single_instance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_window_is_told_who_has_the_first_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with running(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(InstanceHeld) as refused, single_instance(folder):
            pass
        assert refused.value.details == {"folder": folder, "process": str(first.pid)}
        with single_instance(tmp_path / "another"):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert (folder / LOCK_FILE).exists(), "the file stays"
        with single_instance(folder):
            assert (folder / LOCK_FILE).read_text() == str(os.getpid())
        with single_instance(folder):
            pass


def test_a_folder_that_can_not_be_written_keeps_no_door_shut(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    opened = []
    with single_instance(tmp_path / "file" / "below"):
        opened.append(tmp_path)
    assert opened == [tmp_path], "the door is open, with nothing to hold"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
