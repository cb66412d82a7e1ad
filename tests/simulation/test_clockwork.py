"""Virtual time: unchanged blocking code waits, and nothing waits for it."""

import threading
import time
from concurrent.futures import TimeoutError as FutureTimeoutError

import pytest

from tests.simulation.clockwork import Agenda, Event, Pool, Task


def test_a_year_passes_at_once_and_in_order() -> None:
    agenda, told, began = Agenda(), list[tuple[str, int]](), time.monotonic()

    def work(name: str, step_ms: int) -> None:
        for _ in range(3):
            agenda.sleep(step_ms)
            told.append((name, agenda.now_ms))

    Task(agenda, lambda: work("slow", 10**10))
    Task(agenda, lambda: work("quick", 4 * 10**9))
    agenda.run(4 * 10**10)
    assert told == [
        ("quick", 4 * 10**9),
        ("quick", 8 * 10**9),
        ("slow", 10**10),
        ("quick", 12 * 10**9),
        ("slow", 2 * 10**10),
        ("slow", 3 * 10**10),
    ]
    assert time.monotonic() - began < 100  # of a year


def test_an_event_wakes_who_waits_and_a_time_out_does_too() -> None:
    agenda = Agenda()
    event, told = Event(agenda), list[tuple[bool, int]]()

    def wait(timeout_s: float | None) -> None:
        told.append((event.wait(timeout_s), agenda.now_ms))

    Task(agenda, lambda: wait(1.0))
    Task(agenda, lambda: wait(None))
    Task(agenda, lambda: wait(9.0))
    agenda.at(2_000, event.set)
    agenda.run(60_000)
    assert told == [(False, 1_000), (True, 2_000), (True, 2_000)]


def test_an_event_that_was_set_is_still_an_event_of_the_standard_library() -> None:
    event = Event(Agenda())
    event.set()
    assert isinstance(event, threading.Event)
    assert event.wait(0.1)
    event.clear()
    assert not event.is_set()


def test_a_question_that_hangs_times_out_and_ends_later() -> None:
    agenda, told = Agenda(), list[str]()
    pool = Pool(lambda work: Task(agenda, work), agenda)

    def ask() -> None:
        question = pool.submit(lambda: agenda.sleep(5_000) or "late")
        with pytest.raises(FutureTimeoutError):
            question.result(timeout=0.4)
        told.append(f"gave up at {agenda.now_ms}")
        told.append(f"{question.result()} at {agenda.now_ms}")

    Task(agenda, ask)
    agenda.run(60_000)
    assert told == ["gave up at 400", "late at 5000"]


def test_power_ends_a_task_where_it_waits_and_nothing_may_catch_it() -> None:
    agenda, told = Agenda(), list[str]()

    def work() -> None:
        try:
            agenda.sleep(10_000)
        except Exception:  # noqa: BLE001 — as careless code does
            told.append("caught")
        finally:
            told.append("ended")

    task, never = Task(agenda, work), Task(agenda, lambda: told.append("started"))
    never.kill()
    agenda.at(5_000, task.kill)
    agenda.run(60_000)
    assert told == ["ended"]


def test_what_a_task_raises_is_kept_and_stops_nobody_else() -> None:
    agenda, told = Agenda(), list[int]()
    task = Task(agenda, lambda: 1 // 0)
    Task(agenda, lambda: told.append(agenda.now_ms))
    agenda.run(1)
    assert isinstance(task.failed, ZeroDivisionError)
    assert told == [0]
