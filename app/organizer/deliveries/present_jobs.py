"""What the page says of jobs and their runs. Values and words in, texts out. Refuses Qt."""

from collections.abc import Iterable, Sequence

from app.organizer.deliveries.texts import Act, Block, KeyText, One, Reader, Row
from app.organizer.deliveries.words import JobWord
from app.widgets.times import duration_text
from core.model.outcomes import OutcomeClass
from core.sync.delivery_replies import JobRow, JobRun

_SEPARATOR = " · "
_SIGNS = {
    "done": OutcomeClass.ADMIT,
    "running": OutcomeClass.SYSTEM,
    "waiting": OutcomeClass.HOLD,
    "failed": OutcomeClass.DENY,
    "lost": OutcomeClass.DENY,
}


def job_name(name: str, reader: Reader) -> str:
    """A job's name for people; one that this window does not know, as it came."""
    told = name.replace("-", "_")
    return reader.words.jobs[JobWord(told)] if told in set(JobWord) else name


def present_job_rows(jobs: Iterable[JobRow], reader: Reader) -> tuple[Row, ...]:
    """Those whose last run went wrong in front, then in the server's order."""
    rows = [_row(each, reader) for each in jobs]
    return tuple(sorted(rows, key=lambda row: row.sign is not OutcomeClass.DENY))


def present_job(job: JobRow, runs: Sequence[JobRun], reader: Reader, *, may_run: bool) -> One:
    """One job with its last runs."""
    words, said = reader.words.job, reader.words.deeds
    facts = [(words.cron, words.cron_of.fill(cron=job.cron, zone=job.zone))]
    if job.next_ms is not None:
        facts.append((words.next, f"{reader.instant(job.next_ms)} ({_due(job.next_ms, reader)})"))
    lead, cure = words.never, ""
    if job.last is not None:
        is_ill = _SIGNS.get(job.last.state) is OutcomeClass.DENY
        lead = words.last.fill(time=reader.instant(job.last.started_ms), how=_how(job.last, reader))
        cure = words.ill if is_ill else words.well if job.last.state == "done" else ""
    return One(
        job.name,
        job_name(job.name, reader),
        f"{lead[:1].upper()}{lead[1:]}",
        cure,
        _sign(job),
        tuple(facts),
        words.runs,
        tuple(_block(each, reader) for each in runs),
        words.runs_none,
        keys=(KeyText(Act.RUN, said.run, "main"),) if may_run else (),
        note="" if may_run else said.not_allowed,
    )


def _sign(job: JobRow) -> OutcomeClass:
    return OutcomeClass.SYSTEM if job.last is None else _SIGNS.get(job.last.state, OutcomeClass.SYSTEM)


def _row(job: JobRow, reader: Reader) -> Row:
    words = reader.words.job
    last = job.last
    line = words.never
    if last is not None:
        line = words.last.fill(time=reader.instant(last.started_ms), how=_how(last, reader))
    aside = "" if job.next_ms is None else _due(job.next_ms, reader)
    return Row(job.name, job_name(job.name, reader), line, aside, _sign(job))


def _due(at_ms: int, reader: Reader) -> str:
    if at_ms <= reader.at_ms:
        return reader.words.job.due_now
    return reader.words.job.due.fill(time=duration_text(at_ms - reader.at_ms, reader.all.calendar))


def _how(run: JobRun, reader: Reader) -> str:
    words = reader.words.job
    match run.state:
        case "done":
            return words.done_how.fill(outcome=run.outcome) if run.outcome else words.done
        case "failed":
            return words.failed.fill(error=run.error or "")
        case "running":
            return words.running
        case "waiting":
            return words.asked
        case "lost":
            return words.lost.fill(count=run.tries)
        case _:
            return words.other.fill(state=run.state)


def _block(run: JobRun, reader: Reader) -> Block:
    words = reader.words.job
    told = [_how(run, reader)]
    if run.ended_ms is not None:
        told.append(words.took.fill(time=reader.lasted(run.started_ms, run.ended_ms)))
    if run.tries > 1 and run.state != "lost":
        told.append(words.tries.fill(count=run.tries))
    causes = {"person": words.by_person, "late": words.missed}
    told += [causes[run.cause]] if run.cause in causes else []
    is_trouble = _SIGNS.get(run.state) is OutcomeClass.DENY
    return Block(reader.instant(run.started_ms), _SEPARATOR.join(told), (), is_trouble)
