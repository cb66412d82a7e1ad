"""One kiosk put together: what the organizer decided reaches its parts."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.runtime.station import DEFAULT_BUDGET_MS, Station
from app.settings import Profile
from tests.support.door import DEVICE, EVENT, HandClock, manifest

PROFILE = Profile("http://127.0.0.1:9", UUID(EVENT.hex), "Summer Night", UUID(DEVICE.hex), "North 1", "north", 1)


def test_a_guest_waits_as_long_as_the_organizer_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "credential").write_bytes(b"secret")
    with closing(Station(tmp_path, PROFILE, HandClock())) as station:
        assert station.oracle._budget_ms() == DEFAULT_BUDGET_MS
        patient = replace(manifest(), policy=replace(manifest().policy, online_budget_ms=1_234))
        assert station.box.adopt(patient, 0) is None
        assert station.oracle._budget_ms() == 1_234
