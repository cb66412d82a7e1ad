"""The runs of jobs: a row for each, claimed by one worker.

Owns who runs what. The key of a run is its job and the instant at which it was due: whichever worker writes it first
runs it. A run whose worker is gone is seen by its lease, and taken over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select, update

from app.ledger.engine import Database
from app.ledger.schema import NO_EVENT, job_runs

LEASE_MS = 2 * 60 * 1000
"""A run says that it lives between its pieces, which take seconds."""
MOST_TRIES = 5
"""A run that has brought down five workers is left to a person."""
MOST_ERROR = 200


class RunState(StrEnum):
    """How a run fares. `lost` is one that has ended no worker's try: it is not tried again."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


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

    def claim(self, job: str, due_at: int, owner: str) -> Claim | None:
        """The run that was due then, for the first who asks; None for everybody else."""
        if self._is_there(job, due_at):
            return None
        now = self._now_ms()
        row = _key(job, due_at) | {
            "state": RunState.RUNNING.value,
            "tries": 1,
            "owner": owner,
            "lease_until": now + LEASE_MS,
            "started_at": now,
        }

        def put(connection: Connection) -> bool:
            insert = self._database.profile.insert(job_runs).on_conflict_do_nothing()
            return connection.execute(insert.returning(job_runs.c.name), row).first() is not None

        return Claim(job, due_at, owner, 1) if self._database.transact(put) else None

    def take_over(self, job: str, owner: str) -> Claim | None:
        """A run of the job whose worker is gone; None without one. One that was tried too often is lost."""
        with self._database.reading() as connection:
            found = connection.execute(
                select(job_runs).where(*_mine(job), *self._is_abandoned()).order_by(job_runs.c.due_at).limit(1)
            ).one_or_none()
        if found is None:
            return None
        seen = Claim(job, found.due_at, found.owner, found.tries)
        if found.tries >= MOST_TRIES:
            self._write(seen, state=RunState.LOST.value, ended_at=self._now_ms(), error="its workers died of it")
            return None
        now = self._now_ms()
        is_mine = self._write(seen, owner=owner, tries=found.tries + 1, lease_until=now + LEASE_MS, started_at=now)
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

    def runs(self, most: int, job: str | None = None) -> list[Run]:
        """The newest runs, of all jobs or of one."""
        wanted = select(job_runs).where(*_mine(job)).order_by(job_runs.c.started_at.desc()).limit(most)
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(wanted)]

    def forget(self, before_ms: int) -> int:
        """Deletes the runs that ended before then; how many."""
        old = (*_mine(None), job_runs.c.ended_at < before_ms)
        return self._database.transact(lambda connection: connection.execute(delete(job_runs).where(*old)).rowcount)

    def _is_there(self, job: str, due_at: int) -> bool:
        """Read without a lock: most of the time there is nothing to claim."""
        with self._database.reading() as connection:
            wanted = select(job_runs.c.name).where(*_mine(job), job_runs.c.due_at == due_at)
            return connection.execute(wanted).first() is not None

    def _is_abandoned(self) -> tuple[Any, ...]:
        return job_runs.c.state == RunState.RUNNING.value, job_runs.c.lease_until < self._now_ms()

    def _write(self, claim: Claim, **values: object) -> bool:
        """Changes the run while it is this claim's."""
        mine = (
            *_mine(claim.job),
            job_runs.c.due_at == claim.due_at,
            job_runs.c.state == RunState.RUNNING.value,
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
    )
