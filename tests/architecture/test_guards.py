"""Each guard of `tests/support/guards.py` turns a planted defect red, and leaves decent tests green."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLANTED = """
import gc, multiprocessing, socket, subprocess, sys, threading, time, warnings
import pytest
from PySide6 import QtCore

pytestmark = pytest.mark.slow

never = threading.Event()

def test_thread_that_runs_on():
    threading.Thread(target=never.wait, name="forgotten").start()

def test_daemon_thread_that_runs_on():
    threading.Thread(target=never.wait, name="forgotten-daemon", daemon=True).start()

def test_thread_that_is_joined():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

def test_thread_that_is_about_to_end():
    threading.Thread(target=lambda: never.wait(0.2)).start()

def test_child_process_that_runs_on():
    multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,), daemon=True).start()

def test_program_that_runs_on():
    global program
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)

def test_program_that_has_ended():
    subprocess.run([sys.executable, "-c", "pass"], check=True)

def test_qt_thread_that_runs_on(qapp):
    global kept
    kept = QtCore.QThread()
    kept.start()

@pytest.fixture(scope="module")
def server():
    stop, work = threading.Event(), threading.Event()
    def serve():
        work.wait()
        threading.Thread(target=stop.wait, name="the server's own helper").start()
        stop.wait()
    threading.Thread(target=serve).start()
    yield work
    stop.set()

def test_wider_fixture_keeps_its_threads(server):
    server.set()

def test_connection_elsewhere():
    with socket.socket() as there, pytest.raises(OSError):
        there.connect(("192.0.2.1", 443))

def test_datagram_elsewhere():
    with socket.socket(type=socket.SOCK_DGRAM) as there, pytest.raises(OSError):
        there.sendto(b"x", ("192.0.2.1", 53))

def test_name_elsewhere():
    with pytest.raises(OSError):
        socket.create_connection(("doorlight.invalid", 443))

def test_connection_here():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        socket.create_connection(("localhost", server.getsockname()[1])).close()

def test_unclosed_socket():
    socket.socket()

def test_unclosed_socket_in_a_cycle():
    ring = [socket.socket()]
    ring.append(ring)

held = []

def test_that_holds_a_socket():
    ring = [socket.socket()]
    ring.append(ring)
    held.append(ring)

def test_held_socket_that_is_let_go():
    held.clear()

def test_unclosed_file(tmp_path):
    open(tmp_path / "x", "w")

def test_unexpected_warning():
    warnings.warn("planted")

def test_qt_warning():
    QtCore.qWarning("planted")

def test_qt_warning_on_this_platform_only():
    QtCore.qWarning("This plugin does not support propagateSizeHints()")

@pytest.fixture
def says_it_late():
    yield
    QtCore.qWarning("planted late")

def test_qt_warning_in_teardown(says_it_late):
    pass

def test_exception_in_a_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

def teardown_module():
    never.set()
    kept.quit()
    kept.wait()
"""

CONFTEST = """
pytest_plugins = ["tests.support.guards"]

def pytest_configure():
    from tests.support import guards
    guards.JOIN_S = 0.5  # nothing planted here ends between this and the real bound

def pytest_collection_modifyitems(items):
    from tests.support import guards
    guards.ALL_AFTER = 1 + next(at for at, item in enumerate(items) if "let_go" in item.name)
"""

RED = {
    "thread_that_runs_on": "left running: <Thread(forgotten",
    "daemon_thread_that_runs_on": "left running: <Thread(forgotten-daemon",
    "child_process_that_runs_on": "left running: <SpawnProcess",
    "program_that_runs_on": "left running: <Popen",
    "qt_thread_that_runs_on": "left running: <PySide6.QtCore.QThread",
    "connection_elsewhere": "reached out: socket.connect to ('192.0.2.1', 443)",
    "datagram_elsewhere": "reached out: socket.sendto to ('192.0.2.1', 53)",
    "name_elsewhere": "reached out: looking up 'doorlight.invalid'",
    "unclosed_socket": "ResourceWarning: unclosed <socket",
    "unclosed_socket_in_a_cycle": "ResourceWarning: unclosed <socket",
    "held_socket_that_is_let_go": "tests since test_planted.py::test_thread_that_runs_on)",
    "unclosed_file": "ResourceWarning: unclosed file",
    "unexpected_warning": "UserWarning: planted",
    "qt_warning": "QtWarningMsg: planted",
    "qt_warning_in_teardown": "Qt said while tearing down: planted late",
    "exception_in_a_thread": "ZeroDivisionError",
}
GREEN = {
    "that_holds_a_socket",
    "thread_that_is_joined",
    "program_that_has_ended",
    "thread_that_is_about_to_end",
    "wider_fixture_keeps_its_threads",
    "connection_here",
    "qt_warning_on_this_platform_only",
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about the planted tests under this project's own settings, in the order they are written."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_planted.py").write_text(PLANTED, encoding="utf-8")
    options = [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(folder),
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *options, str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )
    return ended.stdout + ended.stderr


def outcomes(output: str, test: str) -> set[str]:
    """The words pytest lists `test` under: a test may pass and then fail to be torn down."""
    return set(re.findall(rf"^(PASSED|FAILED|ERROR) \S*::test_{test}(?= |$)", output, re.MULTILINE))


@pytest.mark.parametrize(("test", "words"), RED.items(), ids=RED)
def test_guard_turns_the_planted_defect_red(output: str, test: str, words: str) -> None:
    assert outcomes(output, test) & {"FAILED", "ERROR"}, output
    assert words in output


@pytest.mark.parametrize("test", sorted(GREEN))
def test_guard_leaves_the_decent_test_green(output: str, test: str) -> None:
    assert outcomes(output, test) == {"PASSED"}, output


def test_every_planted_test_is_looked_at() -> None:
    assert set(re.findall(r"def test_(\w+)", PLANTED)) == set(RED) | GREEN
