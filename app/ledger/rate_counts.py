"""How often something was done lately, counted by all processes of one database together.

Owns the counts behind rate limits: a key, a number, and when it is forgotten. What may be done how often is not known
here. A count that ends is nothing; rows of such are swept once a minute by whoever counts then.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, case, delete, func, select, update

from app.ledger.engine import Database
from app.ledger.schema import NO_EVENT, rate_counts

SWEEP_EVERY_S = 60.0
MOST_KEY = 200
"""Characters of a key: a rule's name, an address or a hash, a window's number."""


class RateCounts:
    """Counts in one database. Safe between threads and processes. Raises LedgerBusy, LedgerUnavailable.

    `now_s` is the wall clock in unix seconds: processes on one database share its hours.
    """

    def __init__(self, database: Database, now_s: Callable[[], float] = time.time) -> None:
        self._database = database
        self.now_s = now_s
        self._sweeping = threading.Lock()
        self._swept_s = now_s()

    def add(self, key: str, amount: int, keep_s: float) -> int:
        """Adds to a count and returns it; a new one is forgotten after `keep_s` seconds."""
        self._sweep()
        now, ends = _ms(self.now_s()), _ms(self.now_s() + keep_s)
        is_over = rate_counts.c.expires_at <= now
        put = self._database.profile.insert(rate_counts).values(
            event_id=NO_EVENT, key=key[:MOST_KEY], n=amount, expires_at=ends
        )
        counted = put.on_conflict_do_update(
            index_elements=[rate_counts.c.event_id, rate_counts.c.key],
            set_={
                "n": case((is_over, amount), else_=rate_counts.c.n + amount),
                "expires_at": case((is_over, ends), else_=rate_counts.c.expires_at),
            },
        ).returning(rate_counts.c.n)
        return self._database.transact(lambda connection: int(connection.execute(counted).scalar_one()))

    def take_back(self, key: str, amount: int) -> int:
        """Takes from a count, down to nothing, and returns it."""
        left = case((rate_counts.c.n > amount, rate_counts.c.n - amount), else_=0)
        lived = _is_of(key) & (rate_counts.c.expires_at > _ms(self.now_s()))
        change = update(rate_counts).where(lived).values(n=left).returning(rate_counts.c.n)
        return self._database.transact(lambda connection: int(connection.execute(change).scalar() or 0))

    def count(self, key: str) -> int:
        """How often, or 0."""
        return self._read(key, rate_counts.c.n)

    def ends_at_s(self, key: str) -> float:
        """When a count is forgotten, in unix seconds; now for one that there is not."""
        return self._read(key, rate_counts.c.expires_at) / 1000 or self.now_s()

    def forget(self, key: str) -> None:
        """Forgets one count."""
        self._delete(_is_of(key))

    def forget_all(self) -> int:
        """Forgets every count; how many there were."""
        return self._delete(rate_counts.c.event_id == NO_EVENT)

    def _read(self, key: str, column: Any) -> int:
        lives = _is_of(key) & (rate_counts.c.expires_at > _ms(self.now_s()))
        with self._database.reading() as connection:
            return int(connection.execute(select(func.coalesce(func.max(column), 0)).where(lives)).scalar_one())

    def _delete(self, which: Any) -> int:
        def work(connection: Connection) -> int:
            return connection.execute(delete(rate_counts).where(which)).rowcount

        return self._database.transact(work)

    def _sweep(self) -> None:
        now_s = self.now_s()
        with self._sweeping:
            if 0 <= now_s - self._swept_s < SWEEP_EVERY_S:
                return
            self._swept_s = now_s
        self._delete((rate_counts.c.event_id == NO_EVENT) & (rate_counts.c.expires_at <= _ms(now_s)))


def _is_of(key: str) -> Any:
    return (rate_counts.c.event_id == NO_EVENT) & (rate_counts.c.key == key[:MOST_KEY])


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
