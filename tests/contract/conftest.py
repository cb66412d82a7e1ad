"""The databases that every scenario is played on. On PostgreSQL they share one, each with an event of its own.

The `distributed` profile is forced on the same PostgreSQL for the scenarios of redemption; for all of them where
DOORLIGHT_DISTRIBUTED is `all` (`dev.py soak distributed`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from app.ledger.engine import distributed
from app.ledger.schema import installation
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.postgres import fresh_database

DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("distributed", marks=pytest.mark.postgres),
]
FORCED_HERE = {"test_ledger.py", "test_ledger_parallel.py"}
"""Where the third run adds what the second could not tell: locks, races, replays."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the third run out where the second is enough for every day."""
    if os.environ.get("DOORLIGHT_DISTRIBUTED") == "all":
        return
    spare = [item for item in items if "distributed" in item.keywords and item.path.name not in FORCED_HERE]
    if spare:
        config.hook.pytest_deselected(items=spare)
        items[:] = [item for item in items if item not in set(spare)]


@pytest.fixture(scope="session")
def postgres_home(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One database for all scenarios."""
    with fresh_database(postgres_server) as url:
        yield Home(url, tmp_path_factory.mktemp("postgres-home"))


@pytest.fixture(params=DATABASES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A database with its master key."""
    if request.param == "sqlite":
        return Home(None, tmp_path)
    shared: Home = request.getfixturevalue("postgres_home")
    return Home(distributed(shared.url or ""), shared.folder) if request.param == "distributed" else shared


@pytest.fixture(params=DATABASES)
def own_home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A database that a test may break."""
    if request.param == "sqlite":
        return Home(None, tmp_path)
    url = request.getfixturevalue("postgres_url")
    return Home(distributed(url) if request.param == "distributed" else url, tmp_path)


@pytest.fixture
def house(home: Home) -> Iterator[House]:
    """One event with three kiosks. Of a restore nothing is left for the next one: that is about a whole database."""
    with open_house(home) as opened:
        yield opened
        with opened.office._database.writing() as connection:
            connection.execute(update(installation).values(restored_at=None))


@pytest.fixture
def own_house(own_home: Home) -> Iterator[House]:
    """The same in a database that a test may break."""
    with open_house(own_home) as opened:
        yield opened
