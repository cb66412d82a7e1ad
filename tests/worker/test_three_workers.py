"""Three workers on one database server: each firing of a job is run once, whatever becomes of one of them."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from app.ledger.admin import open_ledger
from app.ledger.job_book import RunState
from tests.architecture.sources import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

WORKERS, MOST_S = 3, 60.0
"""A second is a minute to them; they are through in some ten."""


def test_of_three_workers_one_runs_each_firing_and_takes_over_from_one_that_hangs(
    postgres_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with open_ledger(postgres_url, tmp_path) as office:
        words = [postgres_url, str(tmp_path), str(log), str(WORKERS), str(MOST_S)]
        subprocess.run([sys.executable, "-m", "tests.support.hurried_worker", *words], cwd=ROOT, check=True, timeout=90)
        sound, planted = office.jobs.runs(1_000, "sound"), office.jobs.runs(1_000, "planted")
    lines = Counter(tuple(line.split()[:2]) for line in log.read_text().splitlines())
    ran = Counter(line.split()[2] for line in log.read_text().splitlines() if line.startswith("ran sound"))
    assert {run.state for run in sound} == {RunState.DONE}
    assert lines["ran", "sound"] == len(sound), "each firing has one run, and each run one worker's whole word"
    assert len(ran) > 1, "another one went on while one hung"
    assert lines["late", "sound"] == 1
    (taken_over,) = [run for run in sound if run.tries > 1]
    assert (taken_over.tries, taken_over.outcome == "too late") == (2, False)
    firings = {run.due_at // 60_000 for run in planted}
    assert len(planted) > 1.5 * len(firings), "without the key several run the same firing, and this test sees it"
