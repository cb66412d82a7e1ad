"""How a SQLite connection becomes durable, the kiosk's and the ledger's alike.

Owns the pragmas: a write-ahead log that is synced at every commit, so that what was committed survives a power cut.
"""

import random
import time
from typing import Any

FIRST_PAUSE_S = 0.002
LONGEST_PAUSE_S = 0.05
_DURABLE = ("synchronous = FULL", "foreign_keys = ON")


def make_durable(connection: Any, wait_ms: int) -> None:
    """Sets the pragmas of an open connection, outside any transaction; waits `wait_ms` for others that open it too.

    The change of a new file to its write-ahead log wants the file alone, and SQLite answers SQLITE_BUSY at once,
    without its busy time-out, when two connections ask for that together. The driver's own error is raised when the
    file stays busy.
    """
    give_up_at, pause_s = time.monotonic() + wait_ms / 1000, FIRST_PAUSE_S
    while not _has_log(connection, is_last=time.monotonic() >= give_up_at):
        time.sleep(random.uniform(0, pause_s))  # noqa: S311 — no secret depends on it
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    for pragma in _DURABLE:
        connection.execute(f"PRAGMA {pragma}")


def _has_log(connection: Any, *, is_last: bool) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except Exception as err:
        if is_last or not getattr(err, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise
        return False
    return True
