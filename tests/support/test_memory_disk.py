"""Folders in memory: none where there is little, and none for longer than its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import memory_disk


def test_a_small_disk_and_one_without_programs_are_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not memory_disk.has_room(tmp_path / "nowhere")
    monkeypatch.setattr(memory_disk, "LEAST_FREE_BYTES", 1 << 80)
    assert not memory_disk.has_room(tmp_path)


def test_what_a_killed_run_left_goes_and_what_runs_stays(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    left, own, foreign = (tmp_path / f"doorlight-tests-{name}" for name in (f"{ended.pid}-a", f"{os.getpid()}-b", "c"))
    for folder in (left, own, foreign):
        (folder / "deep").mkdir(parents=True)
    memory_disk.sweep(tmp_path)
    assert [folder.exists() for folder in (left, own, foreign)] == [False, True, True]
