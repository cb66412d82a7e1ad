"""What holds for every test: the guards, the servers to test against, and how hard properties are tried."""

import os

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # a bare `pytest` too: Qt aborts where it finds no screen

pytest_plugins = [
    f"tests.support.{name}" for name in ("guards", "logs", "memory_disk", "postgres", "ready_ledgers", "statements")
]

# A deadline would measure the machine's other work. The blob lets a failure seen elsewhere be repeated here.
settings.register_profile(
    "ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], max_examples=40
)
settings.register_profile("fast", parent=settings.get_profile("ci"), max_examples=10)
settings.register_profile("deep", parent=settings.get_profile("ci"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


LARGE = {
    "cli",
    "contract",
    "demo",
    "device",
    "kiosk",
    "ledger",
    "net",
    "paper",
    "runtime",
    "scenario",
    "server",
    "widgets",
}
"""The folders whose tests open windows, talk to servers, fill databases or draw pages."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Left out of the fast tests: those of the large folders, and whatever needs a PostgreSQL server."""
    for item in items:
        folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
        if folder in LARGE or "postgresql" in item.name:
            item.add_marker(pytest.mark.slow)
