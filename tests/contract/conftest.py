"""The databases that every scenario is played on. On PostgreSQL they share one, each with an event of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.ledger_rig import Home, House, open_house
from tests.support.postgres import fresh_database

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_home(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One database for all scenarios."""
    with fresh_database(postgres_server) as url:
        yield Home(url, tmp_path_factory.mktemp("postgres-home"))


@pytest.fixture(params=DATABASES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A database with its master key."""
    is_shared = request.param == "postgresql"
    return request.getfixturevalue("postgres_home") if is_shared else Home(None, tmp_path)


@pytest.fixture(params=DATABASES)
def own_home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A database that a test may break."""
    return Home(request.getfixturevalue("postgres_url") if request.param == "postgresql" else None, tmp_path)


@pytest.fixture
def house(home: Home) -> Iterator[House]:
    """One event with three kiosks."""
    with open_house(home) as opened:
        yield opened


@pytest.fixture
def own_house(own_home: Home) -> Iterator[House]:
    """The same in a database that a test may break."""
    with open_house(own_home) as opened:
        yield opened
