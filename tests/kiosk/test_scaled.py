"""Screens with finer dots, where the desktop enlarges everything: nothing is cut or lies on another by rounding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NTH = 6
PATIENCE_S = 100


@pytest.mark.slow
@pytest.mark.parametrize("factor", ["1.5", "2"])
def test_pages_keep_their_promises_where_everything_is_enlarged(factor: str) -> None:
    env = {**os.environ, "QT_SCALE_FACTOR": factor, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.kiosk.scaled_walk", str(NTH)]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    told = json.loads(ran.stdout)
    assert told["factors"] == [float(factor)]
    assert "\n".join(told["found"]) == ""
