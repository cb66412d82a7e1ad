"""What holds for every test: the guards, the servers to test against, and how hard properties are tried."""

import os

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # a bare `pytest` too: Qt aborts where it finds no screen

pytest_plugins = ["tests.support.guards", "tests.support.postgres"]

# A deadline would measure the machine's other work. The blob lets a failure seen elsewhere be repeated here.
settings.register_profile("ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", parent=settings.get_profile("ci"), max_examples=10)
settings.register_profile("deep", parent=settings.get_profile("ci"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs on PostgreSQL is left out of the fast tests: a server has to be started for it first."""
    for item in items:
        if "postgresql" in item.name:
            item.add_marker(pytest.mark.slow)
