"""How long a test waits for a window where it does not say: as long as a busy machine may need, and only a hang longer.

A pytest plugin. pytest-qt's own five seconds are a matter of nothing on a machine that does nothing else, and too few
now and then where several test processes share two processors.
"""

import pytest
from pytestqt.qtbot import QtBot

PATIENCE_MS = 30_000


def pytest_configure(config: pytest.Config) -> None:
    """Gives pytest-qt's waits that much where a call says nothing else."""
    undo = pytest.MonkeyPatch()
    for wait in (QtBot.waitActive, QtBot.waitExposed, QtBot.waitSignal, QtBot.waitSignals, QtBot.waitUntil):
        undo.setitem(wait.__kwdefaults__, "timeout", PATIENCE_MS)
    config.add_cleanup(undo.undo)
