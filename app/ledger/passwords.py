"""Passwords at rest: their records made and compared, a few at once, and as long for nobody as for somebody.

Owns the bound on memory: each comparison takes 19 MiB, so that two run at a time and others wait.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.ledger.engine import LedgerBusy
from app.ledger.new_devices import grouped, random_letters
from core.model.accounts import MOST_PASSWORD, normal_password
from core.ticket import seal

AT_ONCE = 2
WAIT_S = 5.0
"""How long a log-in waits for its turn: some fifty comparisons."""
MOST_WAITING = 14
"""Log-ins in line: with the two that run, a quarter of the server's threads."""
_ONE_TIME_LETTERS = 20


class Passwords:
    """Makes and compares records. Safe between threads."""

    def __init__(self) -> None:
        self._turns = _Turns()
        self._nobodys = seal.nobodys_record(secrets.token_bytes(seal.SALT_BYTES), secrets.token_bytes(seal.KEY_BYTES))

    def record(self, password: str) -> str:
        """What the database keeps of a password. Raises LedgerBusy."""
        with self._turns.one():
            return seal.password_record(normal_password(password), secrets.token_bytes(seal.SALT_BYTES))

    def is_it(self, password: str, record: str | None) -> bool:
        """Whether the record was made of this password. None takes as long, and is never it. Raises LedgerBusy.

        What is longer than any password is compared by its beginning, and is never it either.
        """
        told = normal_password(password[: MOST_PASSWORD + 1])
        with self._turns.one():
            is_same = seal.is_password(told, record or self._nobodys)
        return is_same and record is not None and len(password) <= MOST_PASSWORD


class _Turns:
    """Two at a time, a few in line behind them, and no more: who waits holds one of the server's threads."""

    def __init__(self) -> None:
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._line = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING)

    @contextmanager
    def one(self) -> Iterator[None]:
        """One turn. Raises LedgerBusy."""
        if not self._line.acquire(blocking=False):
            raise LedgerBusy("too many log-ins at once")
        try:
            if not self._turn.acquire(timeout=WAIT_S):
                raise LedgerBusy("many log-ins at once")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._line.release()


def one_time_password() -> str:
    """A password that the program chose: 20 letters, 100 random bits, in groups that people can type."""
    return grouped(random_letters(_ONE_TIME_LETTERS))
