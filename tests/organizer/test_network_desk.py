"""The desk over the network keeps the contract of desks. What it does beyond is in `test_network_connection`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.organizer.desk_contract import *  # noqa: F403 — the suite
from tests.organizer.desk_contract import DeskRig
from tests.organizer.network_rig import NetworkRig

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[DeskRig]:
    with closing(NetworkRig(tmp_path / "window")) as made:
        yield made
