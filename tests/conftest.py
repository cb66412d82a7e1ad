"""What holds for every test: the guards, the servers to test against, and how hard properties are tried."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.order import LONGEST, in_shares

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # a bare `pytest` too: Qt aborts where it finds no screen

pytest_plugins = [
    f"tests.support.{name}"
    for name in ("guards", "logs", "memory_disk", "patience", "postgres", "ready_ledgers", "statements")
]

# A deadline would measure the machine's other work. The blob lets a failure seen elsewhere be repeated here.
settings.register_profile(
    "ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], max_examples=40
)
settings.register_profile("fast", parent=settings.get_profile("ci"), max_examples=10)
settings.register_profile("deep", parent=settings.get_profile("ci"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


LARGE = {
    "contract",
    "demo",
    "device",
    "kiosk",
    "ledger",
    "organizer",
    "paper",
    "runtime",
    "scenario",
    "server",
    "widgets",
}
"""The folders whose tests open windows, talk to servers, fill databases or draw pages."""
SLOW_S = 240
"""In which a slow test has to end: ten seconds of work took 86 on two processors that fifteen others wanted, and
pyproject's two minutes are for what has hardly any."""


def _folder(path: Path, root: Path) -> str:
    return path.relative_to(root / "tests").parts[0]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The fast tests do not even read the large folders."""
    is_inside = collection_path.is_dir() and (config.rootpath / "tests") in collection_path.parents
    is_fast = config.option.markexpr == "not slow"
    return True if is_fast and is_inside and _folder(collection_path, config.rootpath) in LARGE else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Left out of the fast tests: those of the large folders, and whatever needs a PostgreSQL server.

    The longest come first in the share that each worker of `--dist worksteal` begins with.
    """
    for item in items:
        if _folder(item.path, config.rootpath) in LARGE or "postgresql" in item.name:
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("slow") is not None and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SLOW_S))
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = in_shares(items, lambda item: item.path.name in LONGEST, workers)
