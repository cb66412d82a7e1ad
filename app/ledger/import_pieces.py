"""How an import is cut into transactions.

Owns how many rows each takes, so that none holds the lock for long, and in which order rows are stored.
"""

import hashlib
import time

from app.ledger.code_book import OldCode
from app.ledger.import_plan import Sale

FIRST_ROWS, LEAST_ROWS, MOST_ROWS = 250, 200, 1_000
"""Rows of one transaction: the first one's, and between which bounds the next ones find their number.

Fewer than the least help nobody: on a slow disk or a busy machine it is the commit that takes its time, for one too.
"""
LONGEST_HOLD_S = 0.024
"""How long a transaction should hold SQLite's lock while doors wait; a slow moment of the disk may double it."""


class PieceSize:
    """How many rows the next transaction takes, so that none holds the lock for long. `is_fresh`: see `_is_fresh`."""

    def __init__(self, *, is_fresh: bool = False) -> None:
        self.rows = FIRST_ROWS
        self.is_fresh = is_fresh
        self._began_at = 0.0

    def begin(self) -> None:
        """A transaction holds the lock now."""
        self._began_at = time.monotonic()

    def end(self, rows: int) -> None:
        """It is over, its commit too: the next takes as many rows as would have fitted, at most twice as many."""
        took_s = max(time.monotonic() - self._began_at, 1e-6)
        fitting = int(rows * LONGEST_HOLD_S / took_s)
        self.rows = max(LEAST_ROWS, min(fitting, 2 * self.rows, MOST_ROWS))


def place_of(sale: Sale) -> bytes:
    """Where a row is stored: by the digest of its code, which is nobody's number, or one of its reference."""
    if isinstance(sale.code, OldCode):
        return sale.code.digest
    return hashlib.sha256((sale.ref or "").encode()).digest()
