"""The cron table: each job with its time and what it does.

Owns the list. A job works in pieces, so that it holds no lock for long, and may be cut off between any two of them: run
again, it goes on.
"""

from app.ledger.admin import Office
from app.ledger.check_out import Due
from app.ledger.job_book import Claim
from app.runtime import stripe_comparison
from app.runtime.alerts import ALERTS, report_days, watch_nights
from app.runtime.jobs import DAY_MS, Beat, Job, JobRunner

OF_NO_JOB_MS = 90 * DAY_MS
"""How long runs are kept of jobs that this program has not."""


def check_out(office: Office, beat: Beat) -> str:
    """Looks at everybody inside after an event's check-out, once for each night and once more ten minutes later."""
    gone = 0
    for due in office.check_outs.due():
        gone += _check_out(office, due, beat)
    return f"{gone} guests checked out"


def _check_out(office: Office, due: Due, beat: Beat) -> int:
    """A check-out is a run of its own: done once whichever worker comes first, and again after a crash."""
    name, owner, gone = f"check-out {due.event.hex}", "check-out", 0
    for at in (*due.instants, None):
        claim = office.jobs.take_over(name, owner) if at is None else office.jobs.claim(name, at, owner)
        if claim is None:
            continue
        here = _look_at_all(office, due, claim, beat)
        office.jobs.finish(claim, f"{here} guests checked out", None)
        gone += here
    return gone


def _look_at_all(office: Office, due: Due, claim: Claim, beat: Beat) -> int:
    gone = 0
    for piece in office.check_outs.run(due.event):
        gone += piece
        beat()
        office.jobs.extend(claim)
    return gone


def forget(office: Office, beat: Beat) -> str:
    """Names, and later facts, of events that ended as long ago as their organizers said."""
    names = rows = 0
    for due in office.retention.overdue():
        for piece in office.retention.forget_names(due.event) if due.names else ():
            names += piece
            beat()
        for piece in office.retention.forget_facts(due.event) if due.facts else ():
            rows += piece
            beat()
    return f"{names} names and {rows} rows forgotten"


def prune(office: Office, beat: Beat) -> str:
    """Forgets the runs of jobs that nobody will ask about any more."""
    now, runs = office.now_ms(), 0
    for job in JOBS:
        beat()
        runs += office.jobs.forget(now - job.kept_ms, job.name)
    beat()
    return f"{runs + office.jobs.forget(now - OF_NO_JOB_MS)} runs forgotten"


def shed(office: Office, beat: Beat) -> str:
    """Sheds what has said all that it had to say, though its event goes on. Nothing that is dead goes by itself."""
    attempts = codes = 0
    for piece in office.pruning.attempts():
        attempts += piece
        beat()
    for piece in office.pruning.codes():
        codes += piece
        beat()
    return f"{attempts} attempts and {codes} codes shed"


def age_push_tokens(office: Office, beat: Beat) -> str:
    """Ends the push tokens that nobody refreshed for too long, and forgets those that ended a month ago."""
    ended = forgotten = 0
    is_more = True
    while is_more:
        beat()
        done = office.push.age()
        ended, forgotten, is_more = ended + done.ended, forgotten + done.forgotten, done.is_more
    return f"{ended} push tokens ended and {forgotten} forgotten"


def compare_with_stripe(office: Office, beat: Beat) -> str:
    """Compares what Stripe told with Stripe's own list, and payments with how they are there."""
    return stripe_comparison.compare(office, beat)


JOBS = (
    Job("check-out", "* * * * *", "UTC", check_out, 7 * DAY_MS),
    Job(ALERTS, "* * * * *", "UTC", watch_nights, 7 * DAY_MS),
    Job("daily-report", "* * * * *", "UTC", report_days, 7 * DAY_MS),
    Job("retention", "23 * * * *", "UTC", forget),
    Job("prune", "17 * * * *", "UTC", prune),
    Job("shed", "53 3 * * *", "UTC", shed),
    Job("push-tokens", "41 * * * *", "UTC", age_push_tokens),
    Job("stripe-events", "37 3 * * *", "UTC", compare_with_stripe),
)


def runner_of(office: Office, owner: str | None = None) -> JobRunner:
    """The jobs of a ledger, for one worker."""
    return JobRunner(office, JOBS, owner)
