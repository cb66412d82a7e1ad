"""A signal may come between any two steps of the thread that waits for it, and is heard."""

import os
import subprocess
import sys
import threading

import pytest

from app.runtime.asked_end import AskedEnd
from app.runtime.rounds import Duty, Rounds
from tests.architecture.sources import ROOT

SOON_S = 20.0


def is_let_through(rounds: Rounds) -> bool:
    """Whether the end can be asked for while the asking thread is in the midst of the rounds' own waiting."""

    def interrupted() -> None:
        with rounds._is_ending._cond:  # type: ignore[attr-defined]  # where a handler may find its own thread
            rounds.end()

    thread = threading.Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(SOON_S)
    return not thread.is_alive()


def test_a_handler_waits_for_no_lock_of_the_thread_that_it_interrupts() -> None:
    rounds = Rounds([Duty("nothing", 60.0, lambda: False)])
    assert is_let_through(rounds)
    rounds.wait()
    assert rounds.stop(SOON_S)


def test_an_event_would_wait_for_ever_there() -> None:
    """The negative control: setting one begins with the lock that its waiter has while it begins and ends to wait."""
    event = threading.Event()
    with event._cond:  # type: ignore[attr-defined]
        assert not event._cond.acquire(timeout=0.05)  # type: ignore[attr-defined]


def test_what_was_asked_before_anybody_waits_is_heard() -> None:
    asked = AskedEnd()
    assert (asked.is_asked, asked.wait(0.01)) == (False, False)
    asked.ask()
    asked.ask()
    assert (asked.wait(), asked.wait(), asked.is_asked) == (True, True, True)


@pytest.mark.skipif(os.name != "posix", reason="a signal of POSIX")
def test_a_signal_ends_the_wait_of_the_main_thread() -> None:
    code = (
        "import os, signal, threading; from app.runtime.asked_end import AskedEnd; asked = AskedEnd();"
        "signal.signal(signal.SIGTERM, lambda *_: asked.ask());"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start(); asked.wait()"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=20).returncode == 0
