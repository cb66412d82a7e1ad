"""kill -9 between every two steps of a scan: no green without a durable row, nothing lost, the chain whole (G4)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.store.journal import Journal
from core.journal.scan import Scan, Shown
from tests.support.door import new_id, tid, writer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CYCLES = 50


class Lanes:
    """The program that forks a lane for each cycle."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def present(self, statement: int, number: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{statement} {number}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def lanes(database: Path, *, planted: bool) -> Iterator[Lanes]:
    command = [sys.executable, "-m", "tests.support.crashing_lane", str(database), str(int(planted))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Lanes(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def undurable_greens(database: Path, displayed: dict[int, dict[str, Any]]) -> list[int]:
    """The guests who saw green and whose scan and `shown` are not both in the journal."""
    missing = []
    with closing(Journal(database, writer(), new_id)) as journal:
        assert journal.first_broken_link() is None
        for number, seen in displayed.items():
            facts = journal.facts_of(tid(number))
            scans = {fact.stamp.id.hex for fact in facts if isinstance(fact, Scan)}
            shown = {fact.refers_to.hex for fact in facts if isinstance(fact, Shown) and fact.is_admission}
            if seen["green"] and seen["scan"] not in scans & shown:
                missing.append(number)
    return missing


def run_cycles(database: Path, *, planted: bool) -> tuple[dict[int, dict[str, Any]], int, set[int]]:
    """What guests saw, how many lanes were killed, and before which statements."""
    displayed: dict[int, dict[str, Any]] = {}
    killed_before: set[int] = set()
    survivors = 0
    with lanes(database, planted=planted) as program:
        statement = 1
        for number in range(1, CYCLES + 1):
            result = program.present(statement, number)
            if result["displayed"] is not None:
                displayed[number] = result["displayed"]
            if result["killed"]:
                killed_before.add(statement)
                statement += 1
            else:
                survivors += 1
                statement = 1
    return displayed, survivors, killed_before


def test_no_green_without_a_durable_row(tmp_path: Path) -> None:  # G4
    displayed, survivors, killed_before = run_cycles(tmp_path / "kiosk.db", planted=False)
    assert undurable_greens(tmp_path / "kiosk.db", displayed) == []
    assert survivors >= 2
    assert len(killed_before) >= 8, "every statement of a presentation was a place to die"
    assert killed_before == set(range(1, max(killed_before) + 1))


def test_control_a_light_before_the_journal_is_found(tmp_path: Path) -> None:
    displayed, _, _ = run_cycles(tmp_path / "kiosk.db", planted=True)
    assert undurable_greens(tmp_path / "kiosk.db", displayed) != []


def test_after_a_kill_the_next_guest_is_scanned(tmp_path: Path) -> None:
    database = tmp_path / "kiosk.db"
    with lanes(database, planted=False) as program:
        assert program.present(3, 1)["killed"]
        assert program.present(10_000, 2)["displayed"]["green"]
        again = program.present(10_000, 2)["displayed"]
    assert (again["outcome"], again["green"]) == ("already_used", False)


@pytest.mark.parametrize("statement", range(1, 6))
def test_a_recorded_scan_is_queued_whatever_came_next(tmp_path: Path, statement: int) -> None:
    database = tmp_path / "kiosk.db"
    with lanes(database, planted=False) as program:
        program.present(statement, 1)
    with closing(Journal(database, writer(), new_id)) as journal:
        facts = journal.facts_of(tid(1))
        assert {item.id for item in journal.queued()} == {fact.stamp.id for fact in facts}
