"""A long search that is stopped goes on where it was, and misses nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.programs import running
from tests.support.soaking import AnotherSearch, Progress, soak


def _nothing(first: int, count: int) -> tuple[int, list[str]]:
    return count, []


def _seventeen(first: int, count: int) -> tuple[int, list[str]]:
    return count, [f"seed {number}" for number in range(first, first + count) if number == 17]


def _endless(first: int, count: int) -> tuple[int, list[str]]:
    os.write(1, f"{os.getpid()}\n".encode())  # in one piece: two processes write into one pipe
    time.sleep(600)
    return count, []


def _asked(tmp_path: Path) -> list[int]:
    return sorted(Progress(tmp_path / "p", "search 10 20 4").done)


def test_a_search_that_was_stopped_leaves_out_what_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first piece and half a line are there; the search with a finding at 17 ends there, and not as done."""
    (tmp_path / "p").write_text("search 10 20 4\n10 4 4\n14 4", "utf-8")
    assert soak("search", _seventeen, 10, 20, processes=1, pieces=5, progress=tmp_path / "p") == 1
    assert "seed 17" in capsys.readouterr().out
    assert 14 not in _asked(tmp_path)
    assert soak("search", _nothing, 10, 20, processes=1, pieces=5, progress=tmp_path / "p") == 0
    assert _asked(tmp_path) == [10, 14, 18, 22, 26]
    assert "20 of 20" in capsys.readouterr().err


def test_a_file_about_another_search_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("search 10 20 4\n", "utf-8")
    with pytest.raises(AnotherSearch, match="10 20 4"):
        soak("search", _nothing, 11, 20, processes=1, pieces=5, progress=tmp_path / "p")


def test_a_search_that_is_stopped_leaves_no_process(tmp_path: Path) -> None:
    script = "from tests.support.test_soaking import _endless, soak; soak('search', _endless, 0, 9, processes=2)"
    with running([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as search:
        assert search.stdout is not None
        children = [int(search.stdout.readline()) for _ in range(2)]
        search.send_signal(signal.SIGTERM)
        assert search.wait(60) == 128 + signal.SIGTERM
        assert search.stdout.read() == "", "the pipe ends with the last process that holds it"
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
