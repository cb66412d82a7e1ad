"""One kiosk put together: what the organizer decided reaches its parts."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.runtime.station import DEFAULT_BUDGET_MS, Station
from core.sync.manifest import row_of
from tests.support.door import PROFILE, SUMMER_NIGHT, HandClock, fill_vault, taken


def test_a_guest_waits_as_long_as_the_organizer_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    fill_vault(tmp_path)
    with closing(Station(tmp_path, PROFILE, HandClock())) as station:
        assert station.oracle._budget_ms() == DEFAULT_BUDGET_MS
        station.box.adopt(taken(policy=replace(row_of(SUMMER_NIGHT), online_budget_ms=1_234)), 0)
        assert station.oracle._budget_ms() == 1_234
