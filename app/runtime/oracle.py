"""Asking the server while a guest waits: within the budget, or not at all.

Owns the deadline. A question that is not answered in time goes on in the background and its answer is not lost: the
server has stored it, and the upload of the same scan gets it back.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Protocol

from app.runtime.link import LinkMonitor
from core.journal.scan import Record, Scan, to_record
from core.journal.state import Arrival
from core.redeem.answer import Answer
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import FactResult

QUESTIONS_AT_ONCE = 2
"""One that is answered and one that hangs; with both hanging the lane decides alone at once."""


class Redeemer(Protocol):
    """The one question of a lane."""

    def redeem(self, record: Record, timeout_s: float) -> Done[FactResult] | Later | Rejected:
        """Asks about one scan, now."""


class ServerOracle:
    """The server as a lane asks it; skipped while the link is offline, so that no guest waits for a dead server.

    `pool` runs the questions, on threads of its own unless told otherwise; it is closed with the oracle.
    """

    def __init__(
        self, redeemer: Redeemer, link: LinkMonitor, budget_ms: Callable[[], int], pool: Executor | None = None
    ) -> None:
        self._redeemer = redeemer
        self._link = link
        self._budget_ms = budget_ms
        self._pool = pool or ThreadPoolExecutor(QUESTIONS_AT_ONCE, thread_name_prefix="oracle")
        self._open: set[Future[Done[FactResult] | Later | Rejected]] = set()

    def close(self) -> None:
        """Waits for the questions that are still open; each of them has a time-out."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def ask(self, scan: Scan) -> Answer | None:
        """The server's answer about a committed scan, or None when it did not come within the budget."""
        self._open = {question for question in self._open if not question.done()}
        if not self._link.is_worth_asking or len(self._open) >= QUESTIONS_AT_ONCE:
            return None
        budget_ms = self._budget_ms()
        question = self._pool.submit(self._redeemer.redeem, to_record(scan), budget_ms / 1000)
        self._open.add(question)
        try:
            reply = question.result(timeout=budget_ms / 1000)
        except FutureTimeoutError:
            reply = Later(Trouble.SLOW)
        self._link.note(reply, slow_from_ms=budget_ms)
        return _answer_of(reply)


class NoOracle:
    """A kiosk without a server."""

    def ask(self, scan: Scan) -> Answer | None:  # noqa: ARG002
        """Never an answer."""
        return None


def _answer_of(reply: Done[FactResult] | Later | Rejected) -> Answer | None:
    """Only a fact that the server applied has an answer for a door; one in quarantine is decided here."""
    match reply:
        case Done(value=result) if result.arrival in {Arrival.APPLIED, Arrival.REPLAYED}:
            return result.answer
        case _:
            return None
