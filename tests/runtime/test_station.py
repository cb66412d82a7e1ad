"""One kiosk put together: what the organizer decided reaches its parts."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.runtime.station import DEFAULT_BUDGET_MS, Station
from core.sync.manifest import row_of
from tests.support.door import PROFILE, SUMMER_NIGHT, HandClock, fill_vault, taken, ticket


def test_a_guest_waits_as_long_as_the_organizer_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    fill_vault(tmp_path)
    with closing(Station(tmp_path, PROFILE, HandClock())) as station:
        assert station.oracle._budget_ms() == DEFAULT_BUDGET_MS
        station.box.adopt(taken(policy=replace(row_of(SUMMER_NIGHT), online_budget_ms=1_234)), 0)
        assert station.oracle._budget_ms() == 1_234


def test_a_kiosk_whose_journal_was_damaged_starts_and_lets_guests_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # G5
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    fill_vault(tmp_path)
    clock = HandClock()
    for number in (1, 2):
        with closing(Station(tmp_path, PROFILE, clock)) as station, closing(station.open_journal()) as journal:
            station.box.adopt(taken(), clock.at_ms)
            assert station.scan_line(journal).present(ticket(number)).is_admission
            assert not station.scan_line(journal).present(ticket(1)).is_admission, (
                "its guest is known after a rescue too"
            )
        if number == 1:
            assert station.rescue is None
            station.journal_path.write_bytes(b"no database at all")
    assert station.rescue is not None
    assert station.rescue.set_aside == ("kiosk.damaged-1.db",)
    assert station.summary().shown == 4
