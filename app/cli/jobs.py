"""The commands of jobs: what is due and when it ran, and one run by hand."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime

from app.cli.ledger import office_of
from app.ledger.job_book import Run, RunState
from app.runtime.job_table import runner_of
from app.runtime.jobs import Job
from app.speech import say, say_json


def list_jobs(args: argparse.Namespace) -> int:
    """Each job with its schedule and its newest run."""
    with office_of(args) as office:
        told = [(job, next(iter(office.jobs.runs(1, job.name)), None)) for job in runner_of(office).jobs]
    for job, run in told:
        if args.json:
            say_json({"job": job.name, "cron": job.cron, "zone": job.zone, "last": asdict(run) if run else None})
        else:
            say(f"{job.name:12} {_schedule(job):24} {_line(run) if run else 'has not run yet'}")
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


def _schedule(job: Job) -> str:
    return f"{job.cron} ({job.zone})"


def _line(run: Run) -> str:
    at = datetime.fromtimestamp(run.started_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    told = run.error if run.state is not RunState.DONE else run.outcome
    return f"{run.state.value} {at}" + (f": {told}" if told else "")
