"""The cron table: each job with its time and what it does.

Owns the list. A job works in pieces, so that it holds no lock for long, and may be cut off between any two of them: run
again, it goes on.
"""

from app.ledger.admin import Office
from app.runtime.jobs import Beat, Job, JobRunner

RUNS_KEPT_MS = 90 * 24 * 60 * 60 * 1000
"""As long as somebody may ask why a night's figures were what they were."""


def prune(office: Office, beat: Beat) -> str:
    """Forgets the runs of jobs that nobody will ask about any more."""
    beat()
    return f"{office.jobs.forget(office.now_ms() - RUNS_KEPT_MS)} runs forgotten"


JOBS = (Job("prune", "17 * * * *", "UTC", prune),)


def runner_of(office: Office, owner: str | None = None) -> JobRunner:
    """The jobs of a ledger, for one worker."""
    return JobRunner(office, JOBS, owner)
