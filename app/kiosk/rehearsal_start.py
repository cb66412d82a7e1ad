"""Starts a rehearsal beside an open door, as a program of its own that is told nothing of this one.

Owns that process as long as this one lives, and what its environment says: neither this door's watcher, nor its
passphrase, nor its folder.
"""

import os
import subprocess

from app.runtime.own_programs import command_of, without_ours


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
    return command_of("rehearse", "--language", language)
