"""`doctor` and `bundle`: what is broken is red with its cure, and nothing secret leaves in the bundle."""

import io
import json
import logging
import os
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from app.__main__ import main
from app.ledger.admin import open_ledger
from app.ledger.secret_files import MASTER_FILE, admin_token
from app.log import kept_in, logger, set_up
from app.runtime.bundle import log_tails, redacted
from app.runtime.checkup import Finding, Mark, disk, findings_of, green, wall_clock
from app.settings import VERSION, save_profile
from core.ticket.keyring import VerifyProfile
from tests.support.door import PROFILE, fill_vault
from tests.support.releases import unpack

HOLDER = "Canaria"
SECRET = "canarysecret0123456789abcdef0123456789"
PAYLOAD = "T1:CANARYCANARYCANARYCANARYCANARY234567CANARY"
CANARIES = (HOLDER, SECRET, PAYLOAD, PAYLOAD[3:20])


@pytest.fixture(autouse=True)
def _keys_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    monkeypatch.setattr("app.runtime.kiosk_checkup.cameras", lambda: green("camera", "device:0"))


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The folder of a server with a night in it, as today's program has it."""
    folder = unpack("0.1", "server", tmp_path / "server")
    open_ledger(None, folder).close()
    return folder


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    """The folder of a kiosk with scans that wait; its server does not answer."""
    return unpack("0.1", "kiosk", tmp_path / "kiosk")


def told(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The status, and the worst finding of each part."""
    status = main(["doctor", "--json", *words])
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        before = found.get(row["part"])
        if before is None or row["mark"] != Mark.GREEN.value:
            found[row["part"]] = row
    assert all(row["cure"].endswith((".", ")")) is False and row["cure"] for row in rows if row["mark"] != "green")
    return status, found


# --- the server ---------------------------------------------------------------------------------------------------


def test_a_server_that_is_well_has_nothing_red(server: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, found = told(capfd, "--data", str(server), "--port", "1")
    assert status == 0
    assert {name for name, row in found.items() if row["mark"] == "green"} >= {
        "version", "python", "disk", "write", "database", "integrity", "master key", "lists", "logs"
    }  # fmt: skip
    assert (found["port"]["mark"], found["worker"]["mark"], found["quarantine"]["mark"]) == ("amber",) * 3
    assert "journal mode wal" in found["integrity"]["told"]


def _lose_the_key(server: Path) -> None:
    (server / MASTER_FILE).unlink()


def _open_the_key(server: Path) -> None:
    (server / MASTER_FILE).chmod(0o644)


def _make_newer(server: Path) -> None:
    with closing(sqlite3.connect(server / "ledger.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def _damage(server: Path) -> None:
    body = bytearray((server / "ledger.db").read_bytes())
    body[100:4096] = bytes(3996)
    (server / "ledger.db").write_bytes(body)


def _lose_the_database(server: Path) -> None:
    (server / "ledger.db").unlink()


def _leave_a_dead_worker(server: Path) -> None:
    (server / "worker.json").write_text('{"pid": 1, "at": 1, "duties": {}}', encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "part", "cure"),
    [
        (_lose_the_key, "master key", "safe copy"),
        (_open_the_key, "database", "chmod"),
        (_make_newer, "database", "update this program"),
        (_damage, "database", ""),
        (_lose_the_database, "database", ""),
        (_leave_a_dead_worker, "worker", "start the server"),
    ],
)
def test_what_is_broken_is_red_and_has_its_cure(
    server: Path, capfd: pytest.CaptureFixture[str], harm: Any, part: str, cure: str
) -> None:
    harm(server)
    status, found = told(capfd, "--data", str(server), "--port", "1")
    assert (status, found[part]["mark"]) == (1, "red")
    assert cure in found[part]["cure"]
    assert found["disk"]["mark"] == "green"  # the rest was looked at all the same


def test_a_database_of_an_older_program_is_left_as_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = unpack("0.1", "server", tmp_path / "server")
    _, found = told(capfd, "--data", str(folder), "--port", "1")
    assert (found["database"]["mark"], "0002" in found["database"]["told"]) == ("amber", True)
    _, found = told(capfd, "--data", str(folder), "--port", "1")
    assert "0002" in found["database"]["told"]


def test_no_folder_is_made_where_none_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, _ = told(capfd, "--data", str(tmp_path / "nowhere"), "--port", "1")
    assert status == 1
    assert not (tmp_path / "nowhere").exists()


# --- the kiosk ----------------------------------------------------------------------------------------------------


def test_a_kiosk_without_its_server_is_told_so_and_has_nothing_red(
    kiosk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (kiosk / "kiosk.db").read_bytes()
    status, found = told(capfd, "--profile", str(kiosk))
    assert status == 0
    assert found["server"]["mark"] == "amber"
    assert "doorlight vault address" in found["server"]["cure"]
    assert "6 of them wait" in found["queue"]["told"]
    assert "18 tickets" in found["lists"]["told"]
    assert (kiosk / "kiosk.db").read_bytes() == before


def test_a_kiosk_that_lost_its_keys_or_its_lists_is_red(kiosk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for file in (kiosk / "vault").iterdir():
        file.unlink()
    (kiosk / "trust.db").unlink()
    status, found = told(capfd, "--profile", str(kiosk))
    assert (status, found["keys"]["mark"], found["lists"]["mark"]) == (1, "red", "red")
    assert "manifest load" in found["lists"]["cure"]


def test_a_forged_manifest_on_the_disk_is_red(kiosk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(kiosk / "trust.db")) as connection:
        connection.execute("UPDATE manifest SET body = CAST(replace(body, 'north', 'nerth') AS BLOB)")
        connection.commit()
    _, found = told(capfd, "--profile", str(kiosk))
    assert found["lists"]["mark"] == "red"
    assert "not signed" in found["lists"]["told"]


# --- the machine --------------------------------------------------------------------------------------------------


def test_a_check_that_fails_is_a_finding_and_the_next_goes_on() -> None:
    def broken() -> Finding:
        raise ZeroDivisionError

    first, second = findings_of([("one", broken), ("two", lambda: green("two", "fine"))])
    assert (first.part, first.mark, first.told) == ("one", Mark.RED, "this check failed: ZeroDivisionError")
    assert second.mark is Mark.GREEN


def test_a_clock_before_the_programs_making_is_red() -> None:
    assert wall_clock(lambda: 86_400.0).mark is Mark.RED


def test_a_full_disk_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runtime.checkup.FULL_BYTES", 2**62)
    assert [finding.mark for finding in disk(tmp_path)] == [Mark.RED, Mark.GREEN]


def test_a_disk_that_takes_no_write_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.runtime.checkup.os.fsync", full)
    (_, write) = disk(tmp_path)
    assert (write.mark, "No space" in write.told) == (Mark.RED, True)
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_the_packages() -> None:
    assert f'version = "{VERSION}"' in (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")


# --- the log's file -----------------------------------------------------------------------------------------------


@pytest.fixture
def quiet() -> Any:
    """The root logger as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = before, level


def test_what_a_program_says_is_kept_for_its_owner_and_redacted(
    tmp_path: Path, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.log.FILE_BYTES", 400)
    set_up(is_json=True)
    with kept_in(tmp_path, "server"):
        for number in range(20):
            logger("app.test").warning("request", n=number, token=SECRET, cause=PAYLOAD)
    files = sorted((tmp_path / "log").iterdir())
    assert len(files) == 5
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    text = "".join(file.read_text("utf-8") for file in files)
    assert "request" in text
    assert not any(canary in text for canary in CANARIES)


def test_a_folder_that_cannot_be_written_costs_the_file_alone(
    tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(is_json=True)
    (tmp_path / "log").write_text("in the way", encoding="utf-8")
    with kept_in(tmp_path, "server"):
        logger("app.test").warning("goes_on")
    assert "goes_on" in capsys.readouterr().err
    assert (tmp_path / "log").read_text(encoding="utf-8") == "in the way"


# --- the bundle ---------------------------------------------------------------------------------------------------


def plant(server: Path, kiosk: Path) -> None:
    """A guest's name, a secret and a scanned text wherever one could lie."""
    line = {"event": HOLDER, "cause": PAYLOAD, "name": HOLDER, "reason": SECRET, "why": f"for {HOLDER}", "status": 200}
    for folder in (server, kiosk):
        (folder / "log").mkdir(exist_ok=True)
        lines = [json.dumps(line), f"{HOLDER} {PAYLOAD} {SECRET}", json.dumps([HOLDER]), json.dumps({HOLDER: HOLDER})]
        (folder / "log" / "server.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (server / "admin-token").unlink(missing_ok=True)
    (server / "admin-token").write_text(SECRET + "\n", encoding="ascii")
    (server / "admin-token").chmod(0o600)
    with closing(sqlite3.connect(server / "ledger.db")) as ledger:
        ledger.execute("UPDATE attendees SET name = ?, order_ref = ?", (HOLDER, SECRET))
        ledger.execute("UPDATE tickets SET external_ref = ? || hex(tid)", (HOLDER,))
        ledger.execute("UPDATE facts SET record = ?", (json.dumps({"text": PAYLOAD, "name": HOLDER}),))
        ledger.execute("UPDATE devices SET name = ? || hex(id)", (HOLDER,))
        ledger.commit()
    with closing(sqlite3.connect(kiosk / "kiosk.db")) as journal:
        journal.execute("UPDATE facts SET record = ?", (f"{PAYLOAD} {HOLDER} {SECRET}".encode(),))
        journal.commit()
    profile = json.loads((kiosk / "profile.json").read_text("utf-8"))
    changed = {"server": f"http://{HOLDER}:{SECRET}@127.0.0.1:9/{PAYLOAD}", "event_name": HOLDER}
    (kiosk / "profile.json").write_text(json.dumps(profile | changed), encoding="utf-8")


def found_in(file: Path) -> list[str]:
    """Where a canary is, in which encoding whatever."""
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as packed:
        texts = {name: packed.read(name).decode("utf-8") for name in packed.namelist()}
    assert {"doctor.json", "versions.json", "kiosk/settings.json", "server/shape.json"} <= texts.keys()
    return [
        f"{name}: {canary}" for name, text in texts.items() for canary in CANARIES if canary.lower() in text.lower()
    ]


def test_no_guest_no_secret_and_no_code_is_in_a_bundle(server: Path, kiosk: Path, tmp_path: Path) -> None:
    token = admin_token(server)
    plant(server, kiosk)
    out = tmp_path / "bundle.zip"
    words = ["bundle", "--data", str(server), "--profile", str(kiosk), "--port", "1", "--out", str(out)]
    assert main(words) == 0
    assert found_in(out) == []
    assert token not in out.read_bytes().decode("latin-1")
    assert out.stat().st_mode & 0o777 == 0o600
    secrets = [file.read_bytes() for file in (kiosk / "vault").iterdir()] + [(server / MASTER_FILE).read_bytes()]
    with zipfile.ZipFile(out) as packed:
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert not [secret for secret in secrets if secret in everything or secret.hex().encode() in everything]


def test_the_canaries_would_be_seen(server: Path, kiosk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(server, kiosk)
    monkeypatch.setattr("app.runtime.bundle.redacted", lambda line: line)
    out = tmp_path / "bundle.zip"
    words = ["bundle", "--data", str(server), "--profile", str(kiosk), "--port", "1", "--out", str(out)]
    assert main(words) == 0
    assert {found.split(": ")[1] for found in found_in(out)} == set(CANARIES)


def test_a_line_of_ours_stays_readable() -> None:
    line = {"event": "request_failed", "route": "/api/v1/events/{event}", "status": 503, "peer": "192.0.2.4"}
    assert json.loads(redacted(json.dumps(line))) == {
        "event": "request_failed", "route": "/api/v1/events/{event}", "status": 503
    }  # fmt: skip


def test_a_long_log_is_cut_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    lines = [json.dumps({"event": "request", "n": number}) for number in range(20_000)]
    (tmp_path / "log" / "server.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ((name, text),) = log_tails(tmp_path)
    assert (name, len(text.splitlines())) == ("log/server.log", 1_000)
    assert json.loads(text.splitlines()[-1])["n"] == 19_999
    assert os.path.getsize(tmp_path / "log" / "server.log") > len(text)  # noqa: PTH202


def test_the_same_is_printed_on_one_page_with_the_test_code(
    kiosk: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.pdf"
    (kiosk / "trust.db").unlink()
    assert main(["doctor", "--profile", str(kiosk), "--sheet", str(sheet)]) == 1
    assert f"the sheet is {sheet}" in capfd.readouterr().err
    (page,) = PdfReader(io.BytesIO(sheet.read_bytes())).pages
    text = " ".join(page.extract_text().split())
    assert "NO GO" in text
    assert "no lists are held" in text
    assert "doorlight manifest load" in text, "its cure"


def test_keys_that_lie_open_are_said_with_what_a_thief_could_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fill_vault(tmp_path)
    for profile, said in ((VerifyProfile.MAC, "forge tickets"), (VerifyProfile.LIST, "a thief of the disk can read")):
        save_profile(tmp_path, replace(PROFILE, trusted_with=profile))
        _, found = told(capfd, "--profile", str(tmp_path))
        assert (found["keys"]["mark"], said in found["keys"]["told"]) == ("amber", True)
    assert "forge" not in found["keys"]["told"]


def test_settings_out_of_bounds_are_named_and_left_where_they_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    for body, said in (('{"camera.turn": 45}', "camera.turn"), ("{", "can't be read")):
        (tmp_path / "settings.json").write_text(body)
        _, found = told(capfd, "--profile", str(tmp_path))
        assert (found["settings"]["mark"], said in found["settings"]["told"]) == ("amber", True)
        assert (tmp_path / "settings.json").read_text() == body
