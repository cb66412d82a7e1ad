"""The routes of jobs: what the worker does by the clock, how it went, and one run that a person wants now.

Owns their shapes on HTTP. Nothing is run here: a run that is asked for waits for the next worker that looks, which is a
matter of seconds where one runs.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query

from app.ledger.admin import Office
from app.ledger.job_book import Run, RunCause, RunState
from app.runtime.job_table import runner_of
from app.server.callers import Callers
from core.model.roles import Right

MOST_RUNS = 200
Name = Annotated[str, Path(min_length=1, max_length=64)]
Limit = Annotated[int, Query(ge=1, le=MOST_RUNS)]
Before = Annotated[int | None, Query(ge=0, le=2**53, description="unix milliseconds: runs that began before then")]


@dataclass(frozen=True, slots=True)
class RunReply:
    """One run. Times are unix milliseconds; `outcome` says what it did, `error` the kind of what went wrong."""

    due_ms: int
    cause: RunCause
    state: RunState
    tries: int
    owner: str
    started_ms: int
    ended_ms: int | None
    outcome: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class JobReply:
    """A job: when it is due (cron, in its zone), when next, and its newest run."""

    name: str
    cron: str
    zone: str
    next_ms: int | None
    last: RunReply | None


class JobApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._runner = runner_of(office)
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, path = app.add_api_route, "/api/v1/jobs"
        own: dict[str, Any] = {"dependencies": self._callers.allow(Right.RUN_INSTALLATION)}
        get: dict[str, Any] = {"methods": ["GET"], **own}
        add(path, self.list_jobs, **get, summary="What the worker does by the clock, and how it last went")
        runs: dict[str, Any] = {"response_model": list[RunReply], "summary": "The runs of one job, the newest first"}
        add(f"{path}/{{name}}/runs", self.list_runs, **get, **runs)
        run: dict[str, Any] = {"status_code": 202, "response_model": RunReply, "summary": "One run of a job, now"}
        add(f"{path}/{{name}}/run", self.run, methods=["POST"], **own, **run)

    def list_jobs(self) -> list[JobReply]:
        """In the order of the table."""
        now = self._office.now_ms()
        told = [(job, next(iter(self._office.jobs.runs(1, job.name)), None)) for job in self._runner.jobs]
        return [
            JobReply(job.name, job.cron, job.zone, job.next_at(now), None if run is None else _run(run))
            for job, run in told
        ]

    def list_runs(self, name: Name, limit: Limit = 50, before_ms: Before = None) -> list[RunReply]:
        """Those before the oldest of an answer: ask again with its `started_ms`. 404 `job_unknown`."""
        job = self._runner.named(name)
        return [_run(each) for each in self._office.jobs.runs(limit, job.name, before_ms)]

    def run(self, name: Name) -> RunReply:
        """Asks for a run, audited; while one waits or goes on, the reply is that one. 404 `job_unknown`."""
        job = self._runner.named(name)
        return _run(self._office.jobs.ask(job.name))


def _run(run: Run) -> RunReply:
    return RunReply(
        run.due_at,
        run.cause,
        run.state,
        run.tries,
        run.owner,
        run.started_at,
        run.ended_at,
        run.outcome,
        run.error,
    )
