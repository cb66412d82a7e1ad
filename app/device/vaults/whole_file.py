"""Files that are there whole or not at all, for their owner only. Raises OSError."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":  # there, two programs that change one folder's secrets at once are not kept apart
    import fcntl

TURN_FILE = ".turn"
"""What programs lock that change several things of a folder together. It holds nothing."""


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside `path` with mode 0600, syncs, and moves into place: a power cut leaves the old or the new content.

    The folder is made with mode 0700 where there is none.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.parent / f".{path.name}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def wipe(path: Path) -> None:
    """Overwrites a file's bytes, then removes it; nothing to do when there is none.

    Best effort: flash memory, snapshots and copying file systems keep the old blocks somewhere. It is renamed first, so
    that a power cut half-way leaves no overwritten file under a name that somebody still reads.
    """
    gone = path.parent / f".{path.name.strip('.')}.gone"
    try:
        path.replace(gone)
    except FileNotFoundError:
        return
    with gone.open("r+b") as file:
        file.write(bytes(gone.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    gone.unlink()
    _sync_folder(path.parent)


@contextmanager
def turn_in(folder: Path) -> Iterator[None]:
    """One reading and rewriting of a folder's files at a time, over all threads and programs. Does not nest."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / TURN_FILE).open("ab") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
        yield


def _sync_folder(folder: Path) -> None:
    """Makes a rename or removal durable, where folders can be opened at all (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
