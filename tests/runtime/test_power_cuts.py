"""Power fails at any moment, the disk loses or tears what was not synced: nothing that somebody saw is lost (G4)."""

from pathlib import Path

import pytest

from tests.support.disk_events import Acknowledged, Night, Synced, Written
from tests.support.power_cut import (
    LOST,
    Cut,
    after_each,
    cuts,
    lost_by_box,
    lost_by_rescued_journal,
    platter,
    record,
)

pytestmark = pytest.mark.slow

GUESTS = 8
CUTS = 300


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Night]:
    return record(tmp_path_factory.mktemp("nights"), GUESTS)


@pytest.fixture(params=["kiosk", "server"])
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def night(nights: dict[tuple[str, str], Night], who: str) -> Night:
    """A night at synchronous=FULL."""
    return nights[who, "FULL"]


@pytest.fixture
def careless(nights: dict[tuple[str, str], Night], who: str) -> Night:
    """The same at synchronous=NORMAL, which syncs no commit."""
    return nights[who, "NORMAL"]


def test_nothing_that_was_acknowledged_is_lost(night: Night, who: str) -> None:  # G4
    found = {cut: lost for cut, lost in after_each(night, CUTS, 7, LOST[who]) if lost}
    assert found == {}


def test_control_without_a_sync_at_each_commit_some_are_lost(careless: Night, who: str) -> None:
    assert any(lost for _, lost in after_each(careless, CUTS // 3, 7, LOST[who]))


@pytest.mark.parametrize("who", ["kiosk"], indirect=True)
def test_a_kiosk_that_starts_again_lacks_nothing_and_asks_for_no_decision(night: Night) -> None:  # G4 G5
    found = {cut: lost for cut, lost in after_each(night, CUTS // 2, 8, lost_by_rescued_journal) if lost}
    assert found == {}


@pytest.mark.parametrize("who", ["kiosk"], indirect=True)
def test_the_black_box_alone_holds_all_that_was_displayed(careless: Night) -> None:
    """Whatever SQLite did: each record was on the disk before its row was committed."""
    found = {cut: lost for cut, lost in after_each(careless, CUTS, 9, lost_by_box) if lost}
    assert found == {}
    found = {cut: lost for cut, lost in after_each(careless, CUTS // 3, 9, lost_by_rescued_journal) if lost}
    assert found == {}, "and a start brings it back into the database"


@pytest.mark.parametrize("who", ["kiosk"], indirect=True)
def test_control_a_box_that_is_not_synced_loses_some(careless: Night) -> None:
    boxed = [event for event in careless.events if not (isinstance(event, Synced) and event.path.endswith(".box"))]
    assert any(lost for _, lost in after_each(Night(careless.base, boxed), CUTS // 3, 9, lost_by_box))


def test_a_night_reaches_the_disk_in_all_its_ways(night: Night, who: str) -> None:
    """The recording hears the log, its checkpoints into the database, and the acknowledgements behind their syncs."""
    database = "kiosk.db" if who == "kiosk" else "ledger.db"
    written = {Path(event.path).name for event in night.events if isinstance(event, Written)}
    synced = {Path(event.path).name for event in night.events if isinstance(event, Synced)}
    assert {database, f"{database}-wal"} <= written & synced
    assert sum(isinstance(event, Acknowledged) for event in night.events) == (GUESTS if who == "kiosk" else 2 * GUESTS)


def test_a_cut_loses_only_what_was_not_synced(night: Night) -> None:
    """At each of some moments the platter differs between seeds only where something waited for its sync."""
    differing = 0
    for cut in cuts(night, 12, 3):
        disks = [platter(night, Cut(cut.after, seed)) for seed in range(4)]
        waiting = unsynced(night, cut)
        for name in set().union(*disks):
            is_one = len({disk.get(name) for disk in disks}) == 1
            assert is_one or name in waiting
            differing += not is_one
    assert differing > 0


def unsynced(night: Night, cut: Cut) -> set[str]:
    """The files that something was written to since their last sync."""
    waiting: set[str] = set()
    for event in night.events[: cut.after]:
        if isinstance(event, Synced):
            waiting.discard(event.path)
        elif not isinstance(event, Acknowledged):
            waiting.add(event.path)
    return waiting
