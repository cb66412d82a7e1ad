"""kill -9 between every two steps of a scan and of an upload: no green and no answer without a durable row (G4)."""

from contextlib import closing
from pathlib import Path

import pytest

from app.store.journal import Journal
from tests.support.door import new_id, tid, writer
from tests.support.killing import (
    ENDLESS,
    kill_lanes,
    kill_servers,
    prepare_server,
    program,
    undurable_greens,
    wrongs_of_ledger,
)

pytestmark = pytest.mark.slow

CYCLES = 60
SERVER_CYCLES = 40
LANE = "tests.support.crashing_lane"


def test_no_green_without_a_durable_row(tmp_path: Path) -> None:  # G4
    killed = kill_lanes(tmp_path / "kiosk.db", CYCLES)
    assert undurable_greens(tmp_path / "kiosk.db", killed.told) == []
    assert killed.survivors >= 2
    assert len(killed.steps) >= 16, "every statement, and every step of the black box, was a place to die"
    assert killed.steps == set(range(1, max(killed.steps) + 1))


def test_control_a_light_before_the_journal_is_found(tmp_path: Path) -> None:
    killed = kill_lanes(tmp_path / "kiosk.db", CYCLES // 2, planted=True)
    assert undurable_greens(tmp_path / "kiosk.db", killed.told) != []


def test_after_a_kill_the_next_guest_is_scanned(tmp_path: Path) -> None:
    with program(LANE, tmp_path / "kiosk.db", 0) as present:
        assert present(3, 1)["killed"]
        assert present(ENDLESS, 2)["displayed"]["green"]
        again = present(ENDLESS, 2)["displayed"]
    assert (again["outcome"], again["green"]) == ("already_used", False)


def test_a_recorded_scan_is_queued_whatever_came_next(tmp_path: Path) -> None:
    database, steps = tmp_path / "kiosk.db", range(1, 21)
    with program(LANE, database, 0) as present:
        for step in steps:
            present(step, step)
    with closing(Journal(database, writer(), new_id)) as journal:
        facts = [fact for step in steps for fact in journal.facts_of(tid(step))]
        assert {item.id for item in journal.queued()} == {fact.stamp.id for fact in facts}
        assert len(facts) >= 4


def test_no_answer_of_a_server_without_a_durable_row(tmp_path: Path) -> None:  # G4
    prepare_server(tmp_path, guests=9)
    killed = kill_servers(tmp_path, SERVER_CYCLES)
    assert wrongs_of_ledger(tmp_path, killed.told) == []
    assert killed.survivors >= 1
    assert len(killed.steps) >= 10
    assert killed.steps >= set(range(1, 10)), "every statement of an upload was a place to die"


def test_control_an_answer_before_the_commit_is_found(tmp_path: Path) -> None:
    """Not sent again, because it was acknowledged: what died with the COMMIT is missing for good."""
    prepare_server(tmp_path, guests=9)
    killed = kill_servers(tmp_path, SERVER_CYCLES, planted=True)
    assert any("not there" in wrong for wrong in wrongs_of_ledger(tmp_path, killed.told))
