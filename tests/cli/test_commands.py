"""The commands as a person types them: an organizer's first evening, from nothing to a redeemed ticket."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import nursery
from tests.support.live import LiveServer

pytestmark = pytest.mark.slow


class Shell:
    """Runs `python -m app …` on one server folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: object, status: int = 0, data: bool = True) -> subprocess.CompletedProcess[str]:
        done = nursery.run([*words, *(["--data", self.data] if data else [])], timeout=60)
        assert done.returncode == status, done.stderr
        return done

    def lines(self, *words: object, status: int = 0, data: bool = True) -> list[dict]:
        """The JSON lines of a command."""
        return [json.loads(line) for line in self.run(*words, "--json", status=status, data=data).stdout.splitlines()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "server")


@pytest.fixture
def event(shell: Shell) -> str:
    words = ["--name", "Summer Night", "--starts", "2020-01-01T18:00", "--ends", "2099-01-01T02:00"]
    gates = ["--gate", "north=North gate", "--gate", "south=South gate"]
    classes = ["--class", "Day ticket", "--class", "Weekend:3", "--class", "Stand:1:south"]
    (made,) = shell.lines("event", "create", *words, "--zone", "Europe/Berlin", *gates, *classes)
    return made["event"]


@pytest.fixture
def server(shell: Shell, event: str) -> Iterator[LiveServer]:
    live = LiveServer(shell.data)
    live.start()
    yield live
    live.stop()


def test_an_event_is_made_listed_and_shown(shell: Shell, event: str) -> None:
    (listed,) = shell.lines("event", "list")
    (shown,) = shell.lines("event", "show", "Summer Night")
    assert listed["event"] == shown["event"] == event
    assert [each["name"] for each in shown["classes"]] == ["Day ticket", "Weekend", "Stand"]
    assert shown["classes"][2]["gates"] == ["south"]
    assert shown["status"]["tickets"] == 0


def test_issued_tickets_are_genuine_and_their_pictures_are_read(shell: Shell, event: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    issued = shell.lines("ticket", "issue", "--event", event, "--class", "Day ticket", "--count", 2, "--out", out)
    pictures = sorted(out.glob("*.png"))
    read = shell.lines("decode", *pictures, data=False)
    assert sorted(text for row in read for text in row["texts"]) == sorted(row["text"] for row in issued)
    assert {"file", "texts", "ms", "decoder"} <= set(read[0])
    assert len(list(out.glob("*.pdf"))) == 1
    verdicts = shell.lines("ticket", "verify", *(row["text"] for row in issued))
    assert [row["outcome"] for row in verdicts] == ["genuine", "genuine"]


def test_a_forgery_is_named_with_status_1(shell: Shell, event: str) -> None:
    (row,) = shell.lines("ticket", "issue", "--event", event, "--class", 1, "--count", 1)
    text = row["text"]
    forged = text[:-1] + ("A" if text[-1] != "A" else "B")
    (verdict,) = shell.lines("ticket", "verify", forged, status=1)
    assert (verdict["outcome"], verdict["check"]) == ("bad_signature", 6)


def test_a_list_of_guests_is_imported_once(shell: Shell, event: str, tmp_path: Path) -> None:
    csv = tmp_path / "guests.csv"
    csv.write_text("class,external_ref\nDay ticket,0001\nNobody,0002\nWeekend,8.1E+17\n", encoding="utf-8")
    first = shell.run("ticket", "import", csv, "--event", event, "--json", status=1)
    counts = json.loads(first.stdout.splitlines()[-1])
    assert (counts["issued"], counts["refused"]) == (1, 2)
    assert f"{csv}:3:" in first.stderr
    assert f"{csv}:4:" in first.stderr
    again = shell.lines("ticket", "import", csv, "--event", event, status=1)[-1]
    assert (again["issued"], again["unchanged"]) == (0, 1)


def test_a_wrong_address_is_said_before_a_code_is_spent(shell: Shell, tmp_path: Path) -> None:
    enrol = ["enrol", "--server", "http://[::1", "--code", "AAAA-AAAA-AAAA-AAAA-AAAA", "--profile", tmp_path / "kiosk"]
    told = shell.run(*enrol, status=1, data=False).stderr
    assert told.startswith("doorlight: 'http://[::1' is no server's address")
    assert "Traceback" not in told


def test_a_kiosk_enrols_and_scans_without_a_window(
    shell: Shell, event: str, server: LiveServer, tmp_path: Path
) -> None:  # A1, A2, A4, A22
    (code,) = shell.lines("device", "code", "--event", event, "--gate", "north", "--name", "North 1")
    profile = ["--profile", tmp_path / "kiosk"]
    enrol = ["enrol", "--server", server.url, "--code", code["code"]]
    (enrolled,) = shell.lines(*enrol, *profile, "--no-wait", data=False)
    assert (enrolled["gate"], enrolled["confirmed"]) == ("north", False)
    assert shell.lines("scan", "x", *profile, data=False)[0]["outcome"] == "not_authorised"
    shell.lines("device", "confirm", "North 1", *enrolled["digits"].split())
    assert "has made a kiosk already" in shell.run(*enrol, *profile, status=1, data=False).stderr
    (row,) = shell.lines("ticket", "issue", "--event", event, "--class", 1, "--count", 1)
    (stand,) = shell.lines("ticket", "issue", "--event", event, "--class", "Stand", "--count", 1)
    texts = [row["text"], row["text"], stand["text"], "https://tickets.example/1", row["text"]]
    told = shell.lines("scan", *texts, *profile, data=False)
    outcomes = [line["outcome"] for line in told]
    assert outcomes == ["admitted", "just_scanned_here", "wrong_gate", "not_a_ticket", "already_used"]
    assert [line["source"] for line in told[:1]] == ["online"]
    server.stop()
    (second,) = shell.lines("scan", row["text"], *profile, data=False)
    assert (second["outcome"], second["source"]) == ("already_used", "offline")
    (shown,) = shell.lines("event", "show", event)
    assert (shown["status"]["redemptions"], shown["status"]["quarantined"]) == (1, 0)
    server.start()
    shell.run("scan", "anything", *profile, data=False)
    (shown,) = shell.lines("event", "show", event)
    assert shown["status"]["facts"] == 14, "seven scans and what was shown after each"


def test_the_only_event_and_its_first_gate_need_not_be_named(shell: Shell, event: str, tmp_path: Path) -> None:
    (code,) = shell.lines("device", "code")
    assert code["gate"] == "north"
    csv = tmp_path / "guests.csv"
    csv.write_text("class,external_ref\nDay ticket,0001\n", encoding="utf-8")
    assert shell.lines("ticket", "import", csv)[-1]["issued"] == 1
    words = ["--name", "Winter Ball", "--starts", "2030-01-01", "--ends", "2030-01-02"]
    shell.lines("event", "create", *words)
    assert "say which with --event" in shell.run("device", "code", status=1).stderr


def test_a_kiosk_without_a_credential_says_what_to_do(
    shell: Shell, event: str, server: LiveServer, tmp_path: Path
) -> None:
    (code,) = shell.lines("device", "code", "--event", event, "--gate", "north", "--name", "N")
    profile = tmp_path / "kiosk"
    enrol = ["enrol", "--server", server.url, "--code", code["code"], "--no-wait"]
    shell.lines(*enrol, "--profile", profile, data=False)
    (profile / "vault" / "credential").unlink()
    assert "nothing scanned is lost" in shell.run("scan", "x", "--profile", profile, status=1, data=False).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["event", "show", "nothing"], "no event"),
        (["event", "create", "--name", "x", "--starts", "soon", "--ends", "later"], "no time"),
        (["event", "create", "--name", "x", "--starts", "2026-01-02", "--ends", "2026-01-01"], "ends before"),
        (["event", "create", "--name", "x", "--starts", "2026-01-01", "--ends", "2027-01-01", "--zone", "X/Y"], "zone"),
        (["ticket", "import", "nowhere.csv", "--event", "x"], "can't be read"),
        (["ticket", "verify", "T1:A"], "no event yet"),
        (["event", "list", "--database", "mysql://x"], "database"),
    ],
)
def test_a_command_that_fails_says_the_cure_in_one_line(shell: Shell, words: list[str], said: str) -> None:
    done = shell.run(*words, status=1)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_vectors_agree_and_a_flaw_in_them_is_named(shell: Shell, tmp_path: Path) -> None:
    own = nursery.ROOT / "tests" / "vectors" / "t1.json"
    (agreed,) = shell.lines("vectors", own, data=False)
    assert agreed["differ"] == []
    assert agreed["agree"] >= 60
    fields = json.loads(own.read_text("utf-8"))
    fields["genuine"][0]["expect"] = "too_late"
    flawed = tmp_path / "flawed.json"
    flawed.write_text(json.dumps(fields), encoding="utf-8")
    (differed,) = shell.lines("vectors", flawed, data=False, status=1)
    assert [row["name"] for row in differed["differ"]] == [fields["genuine"][0]["name"]]


def test_a_picture_that_is_none_is_named_and_the_others_are_read(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    done = shell.run("decode", broken, "--json", status=1, data=False)
    assert json.loads(done.stdout)["texts"] == []
    assert "broken.png" in done.stderr
