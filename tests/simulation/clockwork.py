"""Virtual time in one thread: the code under test waits as ever, and nobody waits for it.

Owns the agenda (what happens when) and the tasks, each a greenlet that runs unchanged blocking code until it waits on
an event, a future or a span of this module. Two things of the same millisecond happen in the order in which they were
planned, so that a run is the same each time.
"""

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import ParamSpec, TypeVar

from greenlet import greenlet

T = TypeVar("T")
P = ParamSpec("P")


class PowerCut(BaseException):
    """The machine stops here: no code of the program may catch it."""


class Agenda:
    """What happens when. `now_ms` is the only time that goes on."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.steps = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0
        self._hub: greenlet | None = None

    def at(self, at_ms: int, action: Callable[[], None]) -> None:
        """Plans an action; one that lies in the past happens next."""
        self._planned += 1
        heapq.heappush(self._due, (max(at_ms, self.now_ms), self._planned, action))

    def after(self, span_ms: int, action: Callable[[], None]) -> None:
        """Plans an action for `span_ms` from now."""
        self.at(self.now_ms + span_ms, action)

    def run(self, until_ms: int, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Lets everything happen that is due until then; whether `is_over` said that it is enough."""
        self._hub = greenlet.getcurrent()
        while self._due and self._due[0][0] <= until_ms:
            self.now_ms, _, action = heapq.heappop(self._due)
            self.steps += 1
            action()
            if is_over():
                return True
        self.now_ms = max(self.now_ms, until_ms)
        return is_over()

    def sleep(self, span_ms: int) -> None:
        """The running task goes on after a while."""
        me = greenlet.getcurrent()
        self.after(span_ms, lambda: _resume(me))
        self.pause()

    def pause(self) -> None:
        """The running task stops until something resumes it."""
        hub = self._hub
        assert hub is not None
        assert greenlet.getcurrent() is not hub, "only a task can wait"
        hub.switch()


class Task:
    """A piece of blocking code on the agenda. `failed` is what ended it, other than a power cut."""

    def __init__(self, agenda: Agenda, work: Callable[[], None]) -> None:
        self._work: Callable[[], None] | None = work
        self._greenlet = greenlet(self._run)
        self.failed: BaseException | None = None
        agenda.after(0, lambda: _resume(self._greenlet))

    def kill(self) -> None:
        """Ends it where it waits, as a power cut does. For another task than the running one."""
        self._work = None
        if self._greenlet and not self._greenlet.dead:
            self._greenlet.parent = greenlet.getcurrent()
            self._greenlet.throw(PowerCut)

    def _run(self) -> None:
        try:
            if self._work is not None:
                self._work()
        except PowerCut:
            pass
        except BaseException as err:  # noqa: BLE001 — told to whoever runs the agenda, not to whoever switched here
            self.failed = err


def _resume(task: greenlet) -> None:
    if not task.dead:
        task.parent = greenlet.getcurrent()
        task.switch()


class Event(threading.Event):
    """`threading.Event` on virtual time."""

    def __init__(self, agenda: Agenda) -> None:
        super().__init__()
        self._agenda = agenda
        self._waiting: list[Callable[[], None]] = []

    def set(self) -> None:
        """Sets it; those who wait go on in this millisecond."""
        super().set()
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            self._agenda.after(0, wake)

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is set, or for so many virtual seconds."""
        if self.is_set():
            return True
        me, is_awake = greenlet.getcurrent(), [False]

        def wake() -> None:
            if not is_awake[0]:
                is_awake[0] = True
                _resume(me)

        self._waiting.append(wake)
        if timeout is not None:
            self._agenda.after(max(1, round(timeout * 1000)), wake)
        self._agenda.pause()
        return self.is_set()


class Promise(Future[T]):
    """A future whose result is waited for in virtual time."""

    def __init__(self, agenda: Agenda) -> None:
        super().__init__()
        self._came = Event(agenda)
        self.add_done_callback(lambda _: self._came.set())

    def result(self, timeout: float | None = None) -> T:
        """The result. Raises concurrent.futures.TimeoutError when it does not come in time."""
        if not self.done():
            self._came.wait(timeout)
        if not self.done():
            raise FutureTimeoutError
        return super().result(0)


class Pool(Executor):
    """An executor whose threads are tasks of the agenda."""

    def __init__(self, spawn: Callable[[Callable[[], None]], object], agenda: Agenda) -> None:
        self._spawn = spawn
        self._agenda = agenda

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs it as a task."""
        promise: Promise[T] = Promise(self._agenda)

        def work() -> None:
            try:
                promise.set_result(fn(*args, **kwargs))
            except Exception as err:  # noqa: BLE001 — as an executor does
                promise.set_exception(err)

        self._spawn(work)
        return promise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing to join."""
