"""The runs of jobs: a row for each, claimed by one worker.

Owns who runs what. The key of a run is its job and the instant at which it was due: whichever worker writes it first
runs it. Of one job one run goes on at a time. A run whose worker is gone is seen by its lease, and taken over; one that
a person asked for waits until a worker takes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.ledger.audit import note
from app.ledger.engine import Database
from app.ledger.schema import NO_EVENT, job_runs
from core.journal.audit import Deed
from core.model.roles import INSTALLATION

LEASE_MS = 2 * 60 * 1000
"""A run says that it lives between its pieces, which take seconds."""
MOST_TRIES = 5
"""A run that has brought down five workers is left to a person."""
MOST_ERROR = 200


class RunState(StrEnum):
    """How a run fares. `lost` is one that has ended no worker's try: it is not tried again."""

    WAITING = "waiting"  # asked for, and no worker has taken it yet
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


class RunCause(StrEnum):
    """Why a job ran."""

    CLOCK = "clock"  # it was due
    LATE = "late"  # it was due while no worker ran: one run for all that was missed
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: due, begun and ended in unix milliseconds; `outcome` is what it did, `error` why it failed."""

    job: str
    due_at: int
    state: RunState
    tries: int
    owner: str
    started_at: int
    ended_at: int | None
    outcome: str | None
    error: str | None
    cause: RunCause = RunCause.CLOCK


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a job that was due then, until its lease ends."""

    job: str
    due_at: int
    owner: str
    tries: int


class JobBook:
    """The runs of one database. Safe between threads and processes."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def claim(self, job: str, due_at: int, owner: str, cause: RunCause = RunCause.CLOCK) -> Claim | None:
        """The run that was due then, for the first who asks; None for everybody else, and while another one goes on.

        What a person runs is audited with it.
        """
        if self._is_there(job, due_at):
            return None
        now = self._now_ms()
        row = _key(job, due_at) | {
            "state": RunState.RUNNING.value,
            "cause": cause.value,
            "tries": 1,
            "owner": owner,
            "lease_until": now + LEASE_MS,
            "started_at": now,
        }
        is_mine = self._database.transact(lambda connection: self._put(connection, row))
        return Claim(job, due_at, owner, 1) if is_mine else None

    def ask(self, job: str) -> Run:
        """A run that a person wants now, for the next worker that looks, audited; the one that waits or goes on already
        where there is one."""
        now = self._now_ms()
        row = _key(job, now) | {
            "state": RunState.WAITING.value,
            "cause": RunCause.PERSON.value,
            "tries": 0,
            "owner": "",
            "lease_until": 0,
            "started_at": now,
        }
        goes_on = (
            *_mine(job),
            job_runs.c.state.in_([RunState.WAITING.value, RunState.RUNNING.value]),
            or_(job_runs.c.state == RunState.WAITING.value, job_runs.c.lease_until >= now),
        )

        def work(connection: Connection) -> Run:
            found = connection.execute(select(job_runs).where(*goes_on).order_by(job_runs.c.due_at).limit(1)).first()
            if found is None:
                self._put(connection, row)
                found = connection.execute(select(job_runs).where(*_mine(job), job_runs.c.due_at == now)).one()
            return _run(found)

        return self._database.transact(work)

    def take_over(self, job: str, owner: str) -> Claim | None:
        """A run of the job that waits, or whose worker is gone; None without one. One tried too often is lost."""
        with self._database.reading() as connection:
            left = select(job_runs).where(*_mine(job), self._is_left()).order_by(job_runs.c.state, job_runs.c.due_at)
            found = connection.execute(left.limit(1)).one_or_none()
        if found is None:
            return None
        seen = Claim(job, found.due_at, found.owner, found.tries)
        if found.tries >= MOST_TRIES:
            self._write(seen, state=RunState.LOST.value, ended_at=self._now_ms(), error="its workers died of it")
            return None
        now = self._now_ms()
        state = RunState(found.state)
        fresh = {"state": RunState.RUNNING.value, "owner": owner, "tries": found.tries + 1}
        try:
            is_mine = self._write(seen, state, **fresh, lease_until=now + LEASE_MS, started_at=now)
        except IntegrityError:  # another run of the job has begun meanwhile: this one waits for its end
            return None
        return Claim(job, found.due_at, owner, found.tries + 1) if is_mine else None

    def extend(self, claim: Claim) -> bool:
        """Says that the run lives; False when another worker has taken it over."""
        return self._write(claim, lease_until=self._now_ms() + LEASE_MS)

    def finish(self, claim: Claim, outcome: str | None, error: str | None) -> bool:
        """How it ended; False, and nothing is changed, when another worker has taken it over."""
        state = RunState.DONE if error is None else RunState.FAILED
        return self._write(
            claim,
            state=state.value,
            ended_at=self._now_ms(),
            outcome=outcome and outcome[:MOST_ERROR],
            error=error and error[:MOST_ERROR],
        )

    def runs(self, most: int, job: str | None = None, before_ms: int | None = None) -> list[Run]:
        """The newest runs, of all jobs or of one; those that began before a time."""
        which = [*_mine(job)] + ([] if before_ms is None else [job_runs.c.started_at < before_ms])
        wanted = select(job_runs).where(*which).order_by(job_runs.c.started_at.desc(), job_runs.c.name).limit(most)
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(wanted)]

    def run(self, job: str, due_at: int) -> Run | None:
        """The run of a job that was due then."""
        with self._database.reading() as connection:
            found = connection.execute(select(job_runs).where(*_mine(job), job_runs.c.due_at == due_at)).one_or_none()
        return None if found is None else _run(found)

    def forget(self, before_ms: int, job: str | None = None) -> int:
        """Deletes the runs that ended before then, of all jobs or of one with its parts; how many."""
        old = [*_mine(None), job_runs.c.ended_at < before_ms]
        if job is not None:
            old.append(or_(job_runs.c.name == job, job_runs.c.name.startswith(f"{job} ", autoescape=True)))
        return self._database.transact(lambda connection: connection.execute(delete(job_runs).where(*old)).rowcount)

    def _is_there(self, job: str, due_at: int) -> bool:
        """Read without a lock: most of the time there is nothing to claim."""
        with self._database.reading() as connection:
            wanted = select(job_runs.c.name).where(*_mine(job), job_runs.c.due_at == due_at)
            return connection.execute(wanted).first() is not None

    def _put(self, connection: Connection, row: dict[str, Any]) -> bool:
        """Keeps a new run; False where it is there, or another one of its job goes on."""
        insert = self._database.profile.insert(job_runs).on_conflict_do_nothing()
        is_new = connection.execute(insert.returning(job_runs.c.name), row).first() is not None
        if is_new and row["cause"] == RunCause.PERSON:
            note(connection, Deed.JOB_RAN, INSTALLATION, row["name"], now_ms=self._now_ms())
        return is_new

    def _is_left(self) -> Any:
        is_abandoned = (job_runs.c.state == RunState.RUNNING.value) & (job_runs.c.lease_until < self._now_ms())
        return or_(is_abandoned, job_runs.c.state == RunState.WAITING.value)

    def _write(self, claim: Claim, state: RunState = RunState.RUNNING, /, **values: object) -> bool:
        """Changes the run while it is this claim's."""
        mine = (
            *_mine(claim.job),
            job_runs.c.due_at == claim.due_at,
            job_runs.c.state == state.value,
            job_runs.c.owner == claim.owner,
            job_runs.c.tries == claim.tries,
        )
        change = update(job_runs).where(*mine).values(values)
        return self._database.transact(lambda connection: connection.execute(change).rowcount == 1)


def _key(job: str, due_at: int) -> dict[str, Any]:
    return {"event_id": NO_EVENT, "name": job, "due_at": due_at}


def _mine(job: str | None) -> tuple[Any, ...]:
    at = (job_runs.c.event_id == NO_EVENT,)
    return at if job is None else (*at, job_runs.c.name == job)


def _run(row: Any) -> Run:
    return Run(
        row.name,
        row.due_at,
        RunState(row.state),
        row.tries,
        row.owner,
        row.started_at,
        row.ended_at,
        row.outcome,
        row.error,
        RunCause(row.cause or RunCause.CLOCK),
    )
