"""Temporary folders on a disk in memory, where there is room: a sync costs nothing there.

A pytest plugin. SQLite syncs as ever, a test sees no difference, and a machine's slow disk none either. Real loss of
what was not synced is the matter of `tests.support.power_cut`, which plays the disk itself.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 — a fresh folder is made in it
LEAST_FREE_BYTES = 4 << 30
"""All that the tests write at one time is some 100 MB; a container's usual 64 MB are too few."""


NAMED = re.compile(r"doorlight-tests-(\d+)-")
"""Each folder is named after the process whose it is: one whose process was killed goes with the next run's start."""


def has_room(disk: Path = MEMORY) -> bool:
    """Whether a disk is there, large, and one from which programs may be started."""
    if not disk.is_dir() or not os.access(disk, os.W_OK):
        return False
    told = os.statvfs(disk)
    return told.f_bavail * told.f_frsize >= LEAST_FREE_BYTES and not told.f_flag & os.ST_NOEXEC


def sweep(disk: Path) -> None:
    """Removes what runs left that were killed: in memory, nobody else would before the next boot."""
    for folder in disk.glob("doorlight-tests-*"):
        named = NAMED.match(folder.name)
        if named and not Path(f"/proc/{named[1]}").exists():
            shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The controller's folder; each worker gets one inside it. Whoever names a place with --basetemp has it there."""
    is_worker = hasattr(config, "workerinput")
    if is_worker or config.option.basetemp is not None or "TMPDIR" in os.environ or not has_room():
        return
    sweep(MEMORY)
    folder = tempfile.mkdtemp(prefix=f"doorlight-tests-{os.getpid()}-", dir=MEMORY)
    config.option.basetemp = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
