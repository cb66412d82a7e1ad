"""The worker as operators start it: one line when ready, a sign of life, a graceful end."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.server.serving import STOP_S, program
from tests.support.programs import running

pytestmark = pytest.mark.slow


def command(folder: Path, *more: str) -> list[str]:
    """The worker on the database of a folder."""
    return [sys.executable, "-m", "app", "worker", "--data", str(folder), *more]


def test_ready_line_sign_of_life_and_a_graceful_end(tmp_path: Path) -> None:
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with running(command(tmp_path), cwd=ROOT, **piped, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=STOP_S)
    assert (ready["ready"], ready["database"]) == (True, "sqlite")
    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in log
    assert not (tmp_path / "worker.json").exists()


def test_once_ends_by_itself_with_status_0(tmp_path: Path) -> None:
    ended = subprocess.run(
        command(tmp_path, "--once"), cwd=ROOT, capture_output=True, check=False, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (0, "")


def test_the_server_with_the_embedded_database_is_the_worker_too(tmp_path: Path) -> None:
    with program(tmp_path) as (process, _):
        assert (tmp_path / "worker.json").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0
    assert not (tmp_path / "worker.json").exists()
