"""Workers whose clock runs sixty times as fast, so that a job of each minute is due each second.

    python -m tests.support.hurried_worker DATABASE FOLDER LOG WORKERS SECONDS

So many processes, which are born of one that has loaded the program: each has its own connections, and begins with the
others, and ends once what hung was taken over and has come too late, or after so many seconds. Each has two jobs.
`sound` is run as the program runs it, and each run is a line in LOG; the third of them hangs through its lease before
it says its word, whoever runs it. `planted` has the defect that runs are claimed without the instant at which they were
due as their key. LOG is opened for appending by all of them: a line is one write.
"""

import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from app.ledger import job_book
from app.ledger.admin import Office, open_ledger
from app.ledger.job_book import Claim, JobBook, RunCause, RunState
from app.runtime.jobs import Beat, Job, JobRunner

FASTER = 60
LEASE_S = 4.0
"""Of a run, in real seconds: many times what one takes on a busy machine, so that who does not hang keeps it."""
LOOKS_EVERY_S = 0.05


class Keyless(JobBook):
    """The planted defect: a worker's own instant in the place of the one at which the job was due."""

    number = 0

    def claim(self, job: str, due_at: int, owner: str, cause: RunCause = RunCause.CLOCK) -> Claim | None:
        """A run of its own."""
        return super().claim(job, due_at + self.number, owner, cause)


class Writer:
    """Runs a job by writing a line; where it `hangs`, the first run after two of them sleeps through its lease."""

    def __init__(self, path: Path, name: str, number: int, *, hangs: bool) -> None:
        self._log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._path, self._name, self._number, self._hangs = path, name, number, hangs

    def run(self, _: Office, __: Beat) -> str:
        """One run."""
        if self._hangs and self._is_third():
            threading.Event().wait(1.5 * LEASE_S)
            self._write("late")
            return "too late"
        self._write("ran")
        return f"by {self._number}"

    def _is_third(self) -> bool:
        """Whether two runs are over, and no worker has hung yet: the first that asks then does."""
        if self._path.read_text().count(f"ran {self._name}") < 2:
            return False
        try:
            os.close(os.open(self._path.with_suffix(".hung"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def _write(self, word: str) -> None:
        os.write(self._log, f"{word} {self._name} {self._number}\n".encode())


def main(argv: Sequence[str]) -> int:
    """Status 0 when all of them ended well."""
    url, folder, path, workers, seconds = argv
    began_ms, born = time.time_ns() // 1_000_000, []
    for number in range(int(workers)):
        child = os.fork()
        if child == 0:
            os._exit(_work(url, Path(folder), path, number, began_ms, float(seconds)))
        born.append(child)
    return max(os.waitpid(child, 0)[1] for child in born)


def _work(url: str, folder: Path, path: str, number: int, began_ms: int, seconds: float) -> int:
    """One worker, until its time is over."""
    Keyless.number = number
    job_book.LEASE_MS = int(LEASE_S * FASTER * 1000)

    def clock() -> int:
        return began_ms + (time.time_ns() // 1_000_000 - began_ms) * FASTER

    with open_ledger(url, folder, now_ms=clock) as office:
        runners = [_runner(office, path, "sound", number)]
        office.jobs = Keyless(office._database, clock)
        runners.append(_runner(office, path, "planted", number))
        until = began_ms / 1000 + seconds
        told = (Path(path), office)
        threads = [threading.Thread(target=_look, args=(runner, until, *told)) for runner in runners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return 0


def _runner(office: Office, path: str, name: str, number: int) -> JobRunner:
    writer = Writer(Path(path), name, number, hangs=name == "sound")
    return JobRunner(office, [Job(name, "* * * * *", "UTC", writer.run)], f"worker {number}")


def _look(runner: JobRunner, until: float, log: Path, office: Office) -> None:
    """Turn after turn until all has happened that is to be seen, or until then (unix seconds)."""
    pause = threading.Event()
    while time.time() < until and not _is_over(log, office):
        runner.turn()
        pause.wait(LOOKS_EVERY_S)


def _is_over(log: Path, office: Office) -> bool:
    if "late sound" not in log.read_text():
        return False
    return any(run.tries > 1 and run.state is RunState.DONE for run in office.jobs.runs(1_000, "sound"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
