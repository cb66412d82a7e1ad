"""Files that a command hands out: there whole or not at all, for their owner only."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from app.cli.ledger import CommandFailed


def write_whole(path: Path, parts: Iterable[bytes]) -> int:
    """Writes beside `path`, syncs, and moves into place; how many bytes. Raises CommandFailed with the cause.

    Mode 0600 from the first moment, where the disk knows modes: a stick may not.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    size = 0
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for part in parts:
                size += file.write(part)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as err:
        with suppress(OSError):
            fresh.unlink()
        raise CommandFailed(f"{path} can't be written: {err.strerror or type(err).__name__}") from err
    return size
