"""What is due again and again: each duty on a thread of its own, turn after turn, until it is told to end.

Owns the turns, the pauses after failures, and the sign of life. A duty that fails or hangs delays nobody but itself.
Knows nothing of what duties do: who does a thing when several workers run is settled in the database.
"""

import contextlib
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import AppError
from app.faults import place_of
from app.log import logger
from app.runtime.asked_end import AskedEnd
from core.model.backing_off import doubled

HEARTBEAT_FILE = "worker.json"
HEARTBEAT_S = 5.0
"""How often the sign of life is written; a file older than a minute is a worker that is gone."""
LONGEST_PAUSE_S = 60.0
"""Between two tries of a duty that keeps failing: a database that is back is noticed within a minute."""
STUCK_S = 300.0
"""A turn that takes longer is told as stuck: each call to the outside gives up long before."""
MOST_TURNS_ONCE = 10_000
"""Turns of one duty in `once`: more than any backlog, fewer than for ever."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is due again and again. `work` does one bounded piece and says whether more is due at once.

    `rest_s` says how long to rest after a turn that went well, where that is not always `every_s`. `end` is called on
    the duty's own thread after its last turn: whatever else it began ends there, within the program's last words.
    """

    name: str
    every_s: float
    work: Callable[[], bool]
    rest_s: Callable[[], float] | None = None
    end: Callable[[], None] | None = None


@dataclass(slots=True)
class _Turns:
    """How a duty has fared so far, as its thread writes it and the sign of life reads it."""

    duty: Duty
    began: float | None = None
    """When the present turn began (monotonic); None between turns."""
    done: int = 0
    failed: int = 0
    failed_in_a_row: int = 0


class Rounds:
    """The duties of one process. `start` once, then `stop`; or `once` alone."""

    def __init__(self, duties: Sequence[Duty], heartbeat: Path | None = None) -> None:
        self._turns = [_Turns(duty) for duty in duties]
        self._heartbeat = heartbeat
        self._asked = AskedEnd()
        self._is_ending = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins the rounds; the sign of life is there when this returns."""
        self._write_heartbeat()
        for turns in self._turns:
            self._spawn(f"duty {turns.duty.name}", self._go_round, turns)
        self._spawn("worker's heartbeat", self._beat)

    def end(self) -> None:
        """Asks for the end, which whoever waits brings about. From any thread, or a signal's handler."""
        self._asked.ask()

    def wait(self) -> None:
        """Returns when somebody asked for the end; turns that have begun go on to theirs."""
        self._asked.wait()
        self._is_ending.set()

    def stop(self, patience_s: float) -> bool:
        """Ends, and waits for the turns that have begun; False where one took longer and was left behind."""
        self._is_ending.set()
        give_up_at = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            logger(__name__).warning("cut_off", late=late)
        return not late

    def once(self) -> bool:
        """Does all that is due now on this thread; False when a duty failed."""
        for turns in self._turns:
            for _ in range(MOST_TURNS_ONCE):
                if self._asked.is_asked or not self._turn(turns):
                    break
            _end(turns)
        return not any(turns.failed for turns in self._turns)

    def told(self) -> dict[str, object]:
        """The sign of life: who, when (unix seconds), and how each duty fares."""
        return {
            "pid": os.getpid(),
            "at": int(time.time()),
            "duties": {turns.duty.name: _told(turns) for turns in self._turns},
        }

    def _spawn(self, name: str, do: Callable[..., None], *args: object) -> None:
        """A thread that a process may leave behind: what hangs at the end must not hold it for ever."""
        self._threads.append(threading.Thread(target=do, args=args, name=name, daemon=True))
        self._threads[-1].start()

    def _go_round(self, turns: _Turns) -> None:
        while not self._is_ending.is_set():
            if not self._turn(turns):
                self._is_ending.wait(_pause_s(turns))
        _end(turns)

    def _turn(self, turns: _Turns) -> bool:
        """One turn; whether the next is due at once. Whatever goes wrong is told and leaves the others alone."""
        turns.began = time.monotonic()
        try:
            is_more_due = turns.duty.work()
        except Exception as err:  # noqa: BLE001 — the top of this thread
            turns.failed += 1
            turns.failed_in_a_row += 1
            _complain(turns, err)
            return False
        finally:
            turns.began = None
        turns.done += 1
        turns.failed_in_a_row = 0
        return is_more_due

    def _beat(self) -> None:
        while not self._is_ending.wait(HEARTBEAT_S):
            self._write_heartbeat()
        if self._heartbeat is not None:
            with contextlib.suppress(OSError):
                self._heartbeat.unlink(missing_ok=True)

    def _write_heartbeat(self) -> None:
        """Whole or not at all; not synced, for it says nothing after a power cut."""
        if self._heartbeat is None:
            return
        fresh = self._heartbeat.with_name(f".{self._heartbeat.name}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps(self.told()) + "\n", encoding="utf-8")
            fresh.replace(self._heartbeat)
        except OSError as err:
            logger(__name__).warning("heartbeat_failed", cause=type(err).__name__)


@contextlib.contextmanager
def going_round(rounds: Rounds | None, patience_s: float) -> Iterator[None]:
    """The rounds of a program that does something else besides; nothing for None."""
    if rounds is None:
        yield
        return
    rounds.start()
    try:
        yield
    finally:
        rounds.stop(patience_s)


def _told(turns: _Turns) -> dict[str, object]:
    began = turns.began
    took_s = 0.0 if began is None else time.monotonic() - began
    return {
        "done": turns.done,
        "failed": turns.failed,
        "is_failing": turns.failed_in_a_row > 0,
        "is_stuck": took_s > STUCK_S,
    }


def _pause_s(turns: _Turns) -> float:
    """The duty's own pause, doubled for each failure in a row, with jitter: two workers do not march in step."""
    pause_s = turns.duty.every_s
    if not turns.failed_in_a_row and turns.duty.rest_s is not None:
        pause_s = turns.duty.rest_s()
    if turns.failed_in_a_row:
        pause_s = max(pause_s, doubled(pause_s, turns.failed_in_a_row, LONGEST_PAUSE_S))
    return pause_s * random.uniform(0.8, 1.0)  # noqa: S311 — no secret depends on it


def _end(turns: _Turns) -> None:
    if turns.duty.end is None:
        return
    try:
        turns.duty.end()
    except Exception as err:  # noqa: BLE001 — the top of this thread, at its end
        logger(__name__).error("duty_end_failed", duty=turns.duty.name, error=type(err).__name__)


def _complain(turns: _Turns, err: Exception) -> None:
    """The first failure of a row and each tenth: a database that is down for an hour fills no disk."""
    if turns.failed_in_a_row % 10 != 1:
        return
    name, log = turns.duty.name, logger(__name__)
    if isinstance(err, AppError):
        log.warning("duty_failed", duty=name, why=err.key, in_a_row=turns.failed_in_a_row)
        return
    told = {"error": type(err).__name__, "place": place_of(err), "in_a_row": turns.failed_in_a_row}
    log.error("duty_failed", duty=name, **told)
