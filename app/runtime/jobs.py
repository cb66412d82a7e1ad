"""Jobs: what is due at a time of the clock, each run exactly once whichever worker comes first.

Owns the running of one turn. What a job does is its own; that it may be run again after a crash is its promise.
"""

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.job_book import Claim, JobBook, Run, RunState
from app.log import logger
from app.runtime.schedule import newest_due

Beat = Callable[[], None]
"""Called between the pieces of a run: says that it lives. Raises TakenOver when it should not go on."""


class TakenOver(AppError):
    """Another worker runs it by now: this one was away for too long."""

    def __init__(self, job: str) -> None:
        super().__init__("job_taken_over", job=job)


class JobUnknown(AppError):
    """There is no job of that name."""

    def __init__(self, job: str, known: Sequence[str]) -> None:
        super().__init__("job_unknown", job=job, known=", ".join(known))


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the cron table. `work` does it, in pieces with a beat between them, and says in a word what it did."""

    name: str
    cron: str
    zone: str
    work: Callable[[Office, Beat], str]


class JobRunner:
    """The jobs of one ledger, for one worker. Safe between threads."""

    def __init__(self, office: Office, jobs: Sequence[Job], owner: str | None = None) -> None:
        self._office = office
        self._book: JobBook = office.jobs
        self._jobs = {job.name: job for job in jobs}
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    @property
    def jobs(self) -> Sequence[Job]:
        """The cron table."""
        return list(self._jobs.values())

    def turn(self) -> bool:
        """Runs what is due now and takes over what a crash left; False: nothing more is due at once."""
        for job in self._jobs.values():
            due_at = newest_due(job.cron, job.zone, self._office.now_ms())
            claim = None if due_at is None else self._book.claim(job.name, due_at, self._owner)
            claim = claim or self._book.take_over(job.name, self._owner)
            if claim is not None:
                self._run(job, claim)
        return False

    def run_now(self, name: str) -> Run:
        """Runs a job at once, due or not; its run. Raises JobUnknown, LedgerBusy, LedgerUnavailable."""
        job = self._jobs.get(name)
        if job is None:
            raise JobUnknown(name[:64], sorted(self._jobs))
        now = self._office.now_ms()
        claim = self._book.claim(name, now, self._owner)
        if claim is not None:
            self._run(job, claim)
        return next(run for run in self._book.runs(1_000, name) if run.due_at == now)

    def _run(self, job: Job, claim: Claim) -> None:
        def beat() -> None:
            if not self._book.extend(claim):
                raise TakenOver(job.name)

        outcome, error = None, None
        try:
            outcome = job.work(self._office, beat)
        except TakenOver:
            logger(__name__).warning("job_taken_over", job=job.name)
            return
        except AppError as err:
            error = err.key
        except Exception as err:  # noqa: BLE001 — the top of a job: it is marked as failed, the next one runs
            error = type(err).__name__
        self._book.finish(claim, outcome, error)
        state = RunState.DONE if error is None else RunState.FAILED
        logger(__name__).info("job_run", job=job.name, state=state.value, outcome=outcome, error=error)
