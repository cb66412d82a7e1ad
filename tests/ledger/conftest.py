"""The databases that keys and manifests are tested on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.press_rig import Rig, opened_rig
from tests.support.postgres import fresh_database


@pytest.fixture(scope="session")
def shared_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """One database with its master key; each test has an event of its own in it."""
    with fresh_database(postgres_server) as url:
        yield url, tmp_path_factory.mktemp("press-home")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str | None, Path]:
    """A database's URL (None: SQLite in the folder), and the folder with its master key."""
    return request.getfixturevalue("shared_postgres") if request.param == "postgresql" else (None, tmp_path)


@pytest.fixture
def rig(home: tuple[str | None, Path]) -> Iterator[Rig]:
    """One event."""
    with opened_rig(*home) as opened:
        yield opened
