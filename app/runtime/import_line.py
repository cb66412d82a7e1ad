"""Imports that run beside the server's answers: one at a time, each as whoever asked for it.

Owns the thread. A job that is cut off by the server's end is started again by the next call, and does the rest.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context

from app.errors import AppError
from app.ledger.import_jobs import ImportJobs, Work
from app.log import logger

WAITING = 8
"""Jobs that wait for the one that runs; more are asked to come again."""


class Stopped(Exception):
    """The server ends. Raised between two pieces of an import."""


class ImportLine:
    """Runs jobs in a thread that begins with the first; close it."""

    def __init__(self, jobs: ImportJobs) -> None:
        self._jobs = jobs
        self._waiting: queue.Queue[Callable[[], None] | None] = queue.Queue(WAITING)
        self._stopper = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def is_full(self) -> bool:
        """Whether as many wait as may."""
        return self._waiting.full()

    def start(self, work: Work) -> None:
        """Puts a job that was taken on behind the others; what it does, whoever calls here does."""
        context = copy_context()
        self._waiting.put(lambda: context.run(self._run, work))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name="imports", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ends after the piece that is being written; the rest is done when the job is started again."""
        self._stopper.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _go_on(self) -> None:
        while (job := self._waiting.get()) is not None and not self._stopper.is_set():
            job()

    def _run(self, work: Work) -> None:
        try:
            self._jobs.run(work, self._tick)
        except Stopped:
            self._jobs.let_go(work)
            logger(__name__).info("import_interrupted", job=work.id.hex)
        except Exception as err:  # noqa: BLE001 — the top of a job: the next one is to run
            with suppress(AppError):
                self._jobs.fail(work, "server_error")
            logger(__name__).error("import_failed", job=work.id.hex, error=type(err).__name__)

    def _tick(self) -> None:
        if self._stopper.is_set():
            raise Stopped
