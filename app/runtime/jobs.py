"""Jobs: what is due at a time of the clock, each run exactly once whichever worker comes first.

Owns the running of one turn. What a job does is its own; that it may be run again after a crash is its promise. What
was due while no worker ran is not made up for time by time: the newest instant is run, and said to be late.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.job_book import Claim, JobBook, Run, RunCause, RunState
from app.log import logger
from app.runtime.rounds import Duty
from app.runtime.schedule import newest_due, next_due
from app.runtime.worker_name import worker_name

LOOK_EVERY_S = 5.0
"""How late a job may begin; to look costs two reads."""
LATE_MS = 2 * 60 * 1000
"""A run that begins later than this was not due while a worker ran: looks are seconds apart, a restart takes less."""
DAY_MS = 24 * 60 * 60 * 1000
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


class JobGoesOn(AppError):
    """Another worker runs the job at this moment: of one job one run goes on at a time."""

    def __init__(self, job: str) -> None:
        super().__init__("job_goes_on", job=job)


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the cron table. `work` does it, in pieces with a beat between them, and says in a word what it did.

    `kept_ms`: how long its runs are kept. As long as somebody may ask why a night's figures were what they were; what
    runs each minute has said all it has to say after a week.
    """

    name: str
    cron: str
    zone: str
    work: Callable[[Office, Beat], str]
    kept_ms: int = 90 * DAY_MS

    def next_at(self, now_ms: int) -> int | None:
        """When it is due next (unix ms); None for what is never due."""
        return next_due(self.cron, self.zone, now_ms)


class JobRunner:
    """The jobs of one ledger, for one worker. Safe between threads."""

    def __init__(self, office: Office, jobs: Sequence[Job], owner: str | None = None) -> None:
        self._office = office
        self._book: JobBook = office.jobs
        self._jobs = {job.name: job for job in jobs}
        self._owner = owner or worker_name()

    @property
    def jobs(self) -> Sequence[Job]:
        """The cron table."""
        return list(self._jobs.values())

    @property
    def duties(self) -> list[Duty]:
        """A duty for each job: one that takes long, or hangs, delays no other."""
        return [Duty(f"job {each.name}", LOOK_EVERY_S, partial(self.look, each)) for each in self._jobs.values()]

    def turn(self) -> None:
        """Looks at each job once, one after the other."""
        for job in self._jobs.values():
            self.look(job)

    def look(self, job: Job) -> bool:
        """Runs a job that is due, or a run of it that a crash or a person left; whether another may be there."""
        now = self._office.now_ms()
        due_at = newest_due(job.cron, job.zone, now)
        claim = None
        if due_at is not None:
            cause = RunCause.LATE if now - due_at > LATE_MS else RunCause.CLOCK
            claim = self._book.claim(job.name, due_at, self._owner, cause)
        claim = claim or self._book.take_over(job.name, self._owner)
        if claim is None:
            return False
        self._run(job, claim)
        return True

    def named(self, name: str) -> Job:
        """A job of the table. Raises JobUnknown."""
        job = self._jobs.get(name)
        if job is None:
            raise JobUnknown(name[:64], sorted(self._jobs))
        return job

    def run_now(self, name: str) -> Run:
        """Runs a job at once and here, due or not; its run.

        Raises JobUnknown, JobGoesOn, LedgerBusy, LedgerUnavailable.
        """
        job, now = self.named(name), self._office.now_ms()
        claim = self._book.claim(name, now, self._owner, RunCause.PERSON)
        if claim is None:
            raise JobGoesOn(name)
        self._run(job, claim)
        run = self._book.run(name, now)
        if run is None:
            raise JobGoesOn(name)  # somebody restored the database meanwhile
        return run

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
