"""Starts a rehearsal beside an open door, as a program of its own that is told nothing of this one.

Owns that process as long as this one lives, and what its environment says: neither this door's watcher, nor its
passphrase, nor its folder.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

_OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "DOORLIGHT_PASSPHRASE_FILE", "DOORLIGHT_VAULT")


class RehearsalStart:
    """One rehearsal at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a rehearsal is open."""
        return self._process is not None and self._process.poll() is None

    def start(self, language: str) -> None:
        """Opens one, unless one is open: it takes some seconds until its window comes."""
        if self.is_running:
            return
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            rehearsal_command(language),
            env=without_ours(os.environ),
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
        )


def rehearsal_command(language: str) -> list[str]:
    """What is typed to open one."""
    return [sys.executable, "-m", "app", "rehearse", "--language", language]


def without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what belongs to this door."""
    return {name: value for name, value in environment.items() if name not in _OURS}
