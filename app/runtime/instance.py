"""One window for each kiosk's folder: two lanes on one camera would scan every guest twice.

Owns the lock. The operating system holds it for the process and lets go of it with the process, however that ends: what
a crash leaves behind is a file that nobody has locked.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.errors import AppError
from app.log import logger

LOCK_FILE = "kiosk.lock"


class InstanceHeld(AppError):
    """Another process has this folder's window open."""

    def __init__(self, folder: Path, process: str) -> None:
        super().__init__("instance_held", folder=folder, process=process)


@contextmanager
def single_instance(folder: Path) -> Iterator[None]:
    """Holds the folder while the block runs. Raises InstanceHeld at once where another process holds it.

    A folder that can't be written can't be held either: the door opens all the same, and says what its disk lacks.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as err:
        logger(__name__).warning("no_lock", cause=type(err).__name__)
        yield
        return
    try:
        if not _is_locked(handle):
            raise InstanceHeld(folder, _holder(handle))
        with suppress(OSError):  # a full disk: who holds it can't be said, and it is held all the same
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    with suppress(OSError):
        told = os.pread(handle, 20, 0).decode("ascii", "replace")
        return told if told.isdigit() else "?"
    return "?"


if sys.platform == "win32":
    import msvcrt

    def _is_locked(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _is_locked(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
