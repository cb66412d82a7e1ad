"""Fails a test for what it leaves behind or reaches out to, whether or not its assertions noticed.

A pytest plugin. Owns four guards: threads, Qt threads, child processes and programs that outlive their test; network
traffic beyond this machine; Qt warnings while fixtures are torn down (during the test pytest-qt watches, by
`qt_log_level_fail` in pyproject.toml); and unclosed sockets and files, which Python reports only when they are
collected: hence a collection after every test, of what is new since the one before, and of everything after every so
many tests. `tests/architecture/test_guards.py` shows each of them red.
"""

import contextlib
import functools
import gc
import ipaddress
import multiprocessing
import re
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

JOIN_S = 10.0  # a thread that was told to stop may need this long on a busy machine; a leaked one costs it once
ALL_AFTER = 150
"""Tests between two collections of everything: each costs as much as fifty of what one test has made."""
HARMLESS_THREADS = re.compile(r"^(pytest_timeout |pytest-timeout|Hypothesis)")

running_before = pytest.StashKey[set[Any]]()


class NetworkRefused(OSError):
    """A test tried to reach another machine."""


def pytest_configure(config: pytest.Config) -> None:
    """Put the guards on the standard library's doors for the whole run."""
    _watch_thread_starts(config)
    _watch_program_starts(config)
    _refuse_network(config)
    config.add_cleanup(_forget_qt)


def pytest_collection_finish() -> None:
    """Set aside what exists before the first test, so that the collection after each test stays cheap."""
    gc.collect()
    gc.freeze()


# --- what still runs ----------------------------------------------------------------------------------------------

_kept: set[Any] = set()  # started by a fixture of a wider scope, which ends it
_starters: "weakref.WeakKeyDictionary[threading.Thread, threading.Thread]" = weakref.WeakKeyDictionary()


def _watch_thread_starts(config: pytest.Config) -> None:
    """Remember who started each thread: what a kept server starts while serving a test is the server's."""
    start = threading.Thread.start

    @functools.wraps(start)
    def watched(thread: threading.Thread) -> None:
        _starters[thread] = threading.current_thread()
        start(thread)

    undo = pytest.MonkeyPatch()
    undo.setattr(threading.Thread, "start", watched)
    config.add_cleanup(undo.undo)


_started_qt: "weakref.WeakSet[Any]" = weakref.WeakSet()  # the QThreads that were started
_watched_qt: list[Callable[[], None]] = []  # what undoes the watching, once Qt is there


def _qt_threads() -> set[Any]:
    """The running QThreads that Python started."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return set()
    if not _watched_qt:
        _watch_qt_starts(core)
    return {thread for thread in _started_qt if _is_running(thread)}


def _watch_qt_starts(core: Any) -> None:
    """Note each QThread when it starts. The test that imported Qt may have started some: they are looked for."""
    start = core.QThread.start

    @functools.wraps(start)
    def watched(thread: Any, *priority: Any) -> None:
        _started_qt.add(thread)
        start(thread, *priority)

    undo = pytest.MonkeyPatch()
    undo.setattr(core.QThread, "start", watched)
    _watched_qt.append(undo.undo)
    application = core.QCoreApplication.instance()
    main = application.thread() if application else None
    known = [thing for thing in gc.get_objects() if issubclass(type(thing), core.QThread)]
    _started_qt.update(thread for thread in known if thread is not main)


def _forget_qt() -> None:
    while _watched_qt:
        _watched_qt.pop()()


def _is_running(qt_thread: Any) -> bool:
    try:
        return bool(qt_thread.isRunning())
    except RuntimeError:  # its C++ half is gone
        return False


_programs: "weakref.WeakSet[subprocess.Popen[Any]]" = weakref.WeakSet()  # those that were started


def _watch_program_starts(config: pytest.Config) -> None:
    """Note each program when it starts, whoever starts it and whatever session it is put into."""
    start = subprocess.Popen.__init__

    @functools.wraps(start)
    def watched(program: Any, *arguments: Any, **named: Any) -> None:
        start(program, *arguments, **named)
        _programs.add(program)

    undo = pytest.MonkeyPatch()
    undo.setattr(subprocess.Popen, "__init__", watched)
    config.add_cleanup(undo.undo)


def keep(program: "subprocess.Popen[Any]") -> None:
    """Lets a program outlive the test that happened to start it: whoever calls this ends it."""
    _kept.add(program)


def _is_ours(thread: threading.Thread) -> bool:
    """Whether a test has to answer for `thread`; native threads that only passed through Python end unseen."""
    return not isinstance(thread, threading._DummyThread) and not HARMLESS_THREADS.match(thread.name)


def _is_kept(thing: Any) -> bool:
    """Whether `thing`, or whoever started it, belongs to a fixture of a wider scope."""
    while thing is not None:
        if thing in _kept:
            return True
        thing = _starters.get(thing) if isinstance(thing, threading.Thread) else None
    return False


def _running() -> set[Any]:
    threads = {thread for thread in threading.enumerate() if _is_ours(thread)}
    programs = {program for program in _programs if program.returncode is None and program.poll() is None}
    return threads | set(multiprocessing.active_children()) | _qt_threads() | programs


def _has_ended(thing: Any, within_s: float) -> bool:
    if isinstance(thing, threading.Thread | BaseProcess):
        thing.join(within_s)
        return not thing.is_alive()
    if isinstance(thing, subprocess.Popen):
        with contextlib.suppress(subprocess.TimeoutExpired):
            thing.wait(within_s)
        return thing.returncode is not None
    return bool(thing.wait(int(within_s * 1000)))


def _left_running(before: set[Any]) -> list[str]:
    """Descriptions of what runs now, did not run `before`, and does not end by itself within `JOIN_S` altogether."""
    deadline = time.monotonic() + JOIN_S
    suspects = [thing for thing in _running() - before if not _is_kept(thing)]
    return [str(thing) for thing in suspects if not _has_ended(thing, max(0.0, deadline - time.monotonic()))]


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    """What a fixture of a wider scope starts may outlive the test that happened to ask for it first."""
    if fixturedef.scope == "function":
        return (yield)
    before = _running()
    result = yield
    _kept.update(_running() - before)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Note what runs before the first fixture of the test."""
    item.stash[running_before] = _running()
    _reached_out.clear()
    return (yield)


# --- the network --------------------------------------------------------------------------------------------------

_reached_out: list[str] = []


def _is_here(host: object) -> bool:
    """Whether `host` names this machine without asking anybody."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_number(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return True


def _refuse(what: str) -> None:
    _reached_out.append(what)
    raise NetworkRefused(f"tests stay on this machine: {what}")


def _guarded(method: str, address_at: int) -> Callable[..., Any]:
    """`socket.socket`'s method, refusing an internet address that is not this machine's."""
    original = getattr(socket.socket, method)

    @functools.wraps(original)
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[address_at]
        if isinstance(address, tuple) and self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            _refuse(f"socket.{method} to {address}")
        return original(self, *args)

    return guarded


def _refuse_network(config: pytest.Config) -> None:
    """Let sockets reach this machine only, and ask no name server. C libraries with own sockets are not covered."""
    resolve = socket.getaddrinfo

    @functools.wraps(resolve)
    def local_names(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not (_is_here(host) or _is_number(host)):
            _refuse(f"looking up {host!r}")
        return resolve(host, *args, **kwargs)

    undo = pytest.MonkeyPatch()
    undo.setattr(socket, "getaddrinfo", local_names)
    for method, address_at in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
        undo.setattr(socket.socket, method, _guarded(method, address_at))
    config.add_cleanup(undo.undo)


# --- after each test ----------------------------------------------------------------------------------------------


class QtMessages:
    """Collects what Qt says from `start` to `stop`, as far as pyproject's `qt_log_ignore` does not excuse it."""

    def __init__(self, excused: list[str]) -> None:
        self.core = sys.modules.get("PySide6.QtCore")
        self.excused = [re.compile(pattern) for pattern in excused]
        self.complaints: list[str] = []

    def start(self) -> None:
        """Begin to listen, when the process has Qt at all."""
        if self.core:
            self.previous = self.core.qInstallMessageHandler(self._heard)

    def stop(self) -> list[str]:
        """Give the stream back and return the complaints."""
        if self.core:
            self.core.qInstallMessageHandler(self.previous)
        return self.complaints

    def _heard(self, kind: Any, _context: Any, text: str) -> None:
        assert self.core is not None
        is_bad = kind not in (self.core.QtMsgType.QtDebugMsg, self.core.QtMsgType.QtInfoMsg)
        if is_bad and not any(pattern.search(text) for pattern in self.excused):
            self.complaints.append(text)


def _unclosed() -> list[str]:
    """Collect garbage and return what could not be raised meanwhile: a socket in a reference cycle, say.

    Left to the interpreter, it would be reported against a later test than the one that left it. What is left is set
    aside: the next collection looks at what its own test has made, and costs no more than that.
    """
    found: list[str] = []
    undo = pytest.MonkeyPatch()
    undo.setattr(sys, "unraisablehook", lambda news: found.append(f"{type(news.exc_value).__name__}: {news.exc_value}"))
    gc.collect()
    gc.freeze()
    undo.undo()
    return found


_since_all: list[str] = []  # the tests since everything was collected


def _unclosed_for_long(item: pytest.Item, nextitem: pytest.Item | None) -> list[str]:
    """After so many tests, and after the last: what was set aside alive, and left later on."""
    _since_all.append(item.nodeid)
    if len(_since_all) < ALL_AFTER and nextitem is not None:
        return []
    tests = f"one of {len(_since_all)} tests since {_since_all[0]}"
    _since_all.clear()
    gc.unfreeze()
    return [f"collected: {text} (left by {tests})" for text in _unclosed()]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """After the last fixture is torn down, fail the test for whatever it left."""
    messages = QtMessages(item.config.getini("qt_log_ignore"))
    messages.start()
    try:
        result = yield
    finally:
        getattr(item, "funcargs", {}).clear()  # what fixtures made is the test's, not the next one's
        complaints = [f"collected: {text}" for text in _unclosed()]
        complaints += _unclosed_for_long(item, nextitem)
        complaints += [f"Qt said while tearing down: {text}" for text in messages.stop()]
        complaints += [f"left running: {thing}" for thing in _left_running(item.stash.get(running_before, set()))]
        complaints += [f"reached out: {what}" for what in _reached_out]
        _reached_out.clear()
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)
    return result
