"""The commands of jobs: what is due and when it ran, the runs of one, and one run by hand."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime

from app.cli.ledger import office_of
from app.ledger.job_book import Run, RunCause, RunState
from app.runtime.job_table import runner_of
from app.runtime.jobs import Job
from app.speech import say, say_json


def list_jobs(args: argparse.Namespace) -> int:
    """Each job with its schedule, its next time and its newest run."""
    with office_of(args) as office:
        now = office.now_ms()
        told = [(job, next(iter(office.jobs.runs(1, job.name)), None)) for job in runner_of(office).jobs]
    for job, run in told:
        next_at = job.next_at(now)
        if args.json:
            last = asdict(run) if run else None
            say_json({"job": job.name, "cron": job.cron, "zone": job.zone, "next_ms": next_at, "last": last})
        else:
            due = "" if next_at is None else f"next {_time(next_at)}"
            say(f"{job.name:14} {_schedule(job):24} {due:30} {_line(run) if run else 'has not run yet'}")
    return 0


def list_runs(args: argparse.Namespace) -> int:
    """The newest runs of a job: why, when, how long, and what came of it."""
    with office_of(args) as office:
        job = runner_of(office).named(args.name)
        runs = office.jobs.runs(args.last, job.name)
    for run in runs:
        if args.json:
            say_json(asdict(run))
        else:
            tried = f", try {run.tries}" if run.tries > 1 else ""
            say(f"{_time(run.due_at)}  {_CAUSES[run.cause]}{tried}  {_took(run)}  {_line(run)}")
    if not runs and not args.json:
        say(f"{job.name} has not run yet.")
    return 0


def run_job(args: argparse.Namespace) -> int:
    """Runs a job now; 1 when it failed."""
    with office_of(args) as office:
        run = runner_of(office).run_now(args.name)
    if args.json:
        say_json(asdict(run))
    else:
        say(f"{run.job}: {_line(run)}")
    return 0 if run.state is RunState.DONE else 1


_CAUSES = {RunCause.CLOCK: "on time", RunCause.LATE: "caught up", RunCause.PERSON: "by hand"}


def _schedule(job: Job) -> str:
    return f"{job.cron} ({job.zone})"


def _took(run: Run) -> str:
    return "" if run.ended_at is None else f"{(run.ended_at - run.started_at) / 1000:.1f} s"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _line(run: Run) -> str:
    told = run.outcome if run.state is RunState.DONE else run.error
    return f"{run.state.value} {_time(run.started_at)}" + (f": {told}" if told else "")
