"""The server as operators start it: one line when ready, a graceful end, nothing acknowledged ever lost."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from core.journal.scan import to_record
from tests.architecture.sources import ROOT
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import START_S, STOP_S, Caller, program

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A server's folder."""
    return tmp_path / "server"


def test_ready_line_and_a_graceful_end(folder: Path) -> None:
    with program(folder) as (process, url):
        assert httpx.get(f"{url}/health").json()["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=STOP_S)
        assert (process.returncode, rest) == (0, "")
        assert "Traceback" not in log


def test_a_missing_key_is_one_line_and_status_1(folder: Path) -> None:
    with open_house(Home(None, folder)):
        pass
    (folder / "master.key").unlink()
    command = [sys.executable, "-m", "app", "server", "--data", str(folder), "--port", "0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=START_S)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
    assert not (folder / "master.key").exists()


def test_a_taken_port_is_one_line_and_status_1(folder: Path) -> None:
    with program(folder) as (_, url):
        port = url.rpartition(":")[2]
        command = [sys.executable, "-m", "app", "server", "--data", str(folder), "--port", port]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=START_S)
        assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_was_acknowledged_survives_a_kill(request: pytest.FixtureRequest, folder: Path, database: str) -> None:
    """kill -9 in the middle of four clients' questions; after a restart every answer that was given is given again."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else None
    arguments = ["--database", url] if url else []
    with open_house(Home(url, folder)) as house:
        scans = [house.scan(tid) for tid in house.tickets(400)]
        with program(folder, *arguments) as (process, address):
            answers = asked_until_killed(house, address, scans, process)
        with program(folder, *arguments) as (_, address), httpx.Client(base_url=address, timeout=20) as http:
            caller = Caller(http, house)
            for scan in [scan for scan in scans if scan.stamp.id.hex in answers]:
                again = caller.ask(scan).json()
                assert (again["arrival"], again["answer"]) == ("replayed", answers[scan.stamp.id.hex])
            rest = caller.send([to_record(scan) for scan in scans[:200]]).json()["results"]
            assert {result["arrival"] for result in rest} <= {"applied", "replayed"}
            assert 20 <= len(answers) < len(scans)
            assert caller.get("status").json()["redemptions"] == len(house.entries())


def asked_until_killed(house: House, url: str, scans: list, process: "subprocess.Popen[str]") -> dict:
    """The answers that came before the server was killed, by the scan's id."""
    answers: dict = {}
    enough, is_killed = threading.Event(), threading.Event()

    def ask(share: list) -> None:
        with httpx.Client(base_url=url, timeout=20) as http:
            for scan in share:
                if len(answers) > len(scans) // 2:  # the kill is to come in the midst of them
                    is_killed.wait(60)
                try:
                    reply = Caller(http, house).ask(scan)
                except httpx.HTTPError:
                    return
                assert reply.status_code == 200
                answers[scan.stamp.id.hex] = reply.json()["answer"]
                if len(answers) >= 20:
                    enough.set()

    threads = [threading.Thread(target=ask, args=(scans[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    process.kill()
    is_killed.set()
    for thread in threads:
        thread.join()
    return answers
