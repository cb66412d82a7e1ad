"""What a running kiosk does about a journal that can't be written: look whether it can again, and rebuild what broke.

Owns the order of the looks. Nothing is opened anew while the disk does not take a write, and nothing begins where both
copies are gone: an empty folder in the place of a disk is no new journal.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, unique
from pathlib import Path

from app.store.database import DatabaseDamaged, StorageFailed
from app.store.journal import Journal
from app.store.journal_file import box_of

PROBE_BYTES = 64 * 1024
"""More than the two commits of a guest need: a disk that takes less would refuse the next one."""


@unique
class Soundness(Enum):
    """How a journal is: it can be written; it can't for now; it has to be rebuilt and opened anew."""

    SOUND = "sound"
    FAILING = "failing"
    BROKEN = "broken"


def soundness_of(path: Path, journal: Journal | None, probe: Callable[[Path], None] | None = None) -> Soundness:
    """How a journal is, by a real write.

    1. the folder takes a write to the disk
    2. one of the two copies is there
    3. the journal at hand is the file of its name, whole, and takes a commit
    """
    try:
        (probe or write_probe)(path.parent)  # (1)
    except OSError:
        return Soundness.FAILING
    if not (path.exists() or box_of(path).exists()):  # (2)
        return Soundness.FAILING
    if journal is None:
        return Soundness.BROKEN
    try:
        journal.try_out()  # (3)
    except DatabaseDamaged:
        return Soundness.BROKEN
    except StorageFailed:
        return Soundness.FAILING
    return Soundness.SOUND


def is_doubtful(journal: Journal | None) -> bool:
    """Whether a look without a write finds the journal out of place or its disk read-only. Costs two system calls."""
    if journal is None or not journal.is_in_place:
        return True
    with suppress(OSError, AttributeError):  # AttributeError: a system without statvfs
        return bool(os.statvfs(journal.path).f_flag & os.ST_RDONLY)
    return False


def write_probe(folder: Path) -> None:
    """A file written to the disk and removed again. Raises OSError."""
    probe = folder / f".probe.{os.getpid()}"
    try:
        with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
