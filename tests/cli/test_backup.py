"""The commands for bad days: backup, restore, jobs by hand, a person forgotten."""

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.ledger.admin import open_ledger
from app.ledger.shop_files import ShopRow
from core.journal.audit import Deed, fields_of
from core.model.roles import INSTALLATION

CREATE = ("event", "create", "--name", "Night", "--starts", "2026-12-31T20:00", "--ends", "2027-01-01T06:00")


def run(folder: Path, *words: str) -> int:
    return main([*words, "--data", str(folder)])


def read(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The last line as JSON."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    assert run(folder, *CREATE) == 0
    with open_ledger(None, folder) as office:
        event = office.event_named("Night")
        row = ShopRow(line=0, external_ref="A-1", code="", cls="1", name="Anna", order="O-1", nbf=None, exp=None)
        office.put_ticket(event, "shop", row)
    return folder


def deeds(folder: Path) -> list[object]:
    with open_ledger(None, folder) as office:
        return [(fields_of(row.text) or {}).get("deed") for row in office.audit.page(INSTALLATION).records]


def test_a_lost_laptop_comes_back_from_one_file_and_one_passphrase(
    server: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("four words that nobody guesses\n")
    secret.chmod(0o600)
    file, new = tmp_path / "night.backup", tmp_path / "new"
    words = ("--passphrase-file", str(secret))
    assert run(server, "backup", "--out", str(file), *words, "--json") == 0
    told = read(capsys)
    assert (told["events"], told["with_key"]) == (1, True)
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == [], "the trial is gone"
    assert run(new, "restore", str(file), *words) == 0
    assert "1 events are back" in capsys.readouterr().out
    assert (new / "master.key").read_bytes() == (server / "master.key").read_bytes()
    assert run(new, "event", "show", "Night") == 0
    assert Deed.BACKUP_MADE.value in deeds(server)
    assert Deed.BACKUP_RESTORED.value in deeds(new)


def test_without_a_passphrase_the_key_stays_out_and_that_is_said(
    server: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "night.backup"
    assert run(server, "backup", "--out", str(file)) == 0
    assert "master key is not in it" in capsys.readouterr().out
    assert (server / "master.key").read_bytes() not in file.read_bytes()
    assert run(tmp_path / "new", "restore", str(file)) == 1
    assert "put the key back from its safe copy" in capsys.readouterr().err
    assert run(server, "restore", str(file)) == 1
    assert "--replace" in capsys.readouterr().err


def test_jobs_are_listed_and_run_by_hand(server: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(server, "job", "list") == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("check-out", "retention", "prune"))
    assert run(server, "job", "run", "retention", "--json") == 0
    assert read(capsys)["state"] == "done"
    assert run(server, "job", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["next_ms"] > 0
    assert run(server, "job", "runs", "retention") == 0
    assert "by hand" in capsys.readouterr().out
    assert run(server, "job", "runs", "prune") == 0
    assert "has not run yet" in capsys.readouterr().out
    assert run(server, "job", "runs", "retention", "--json") == 0
    assert read(capsys)["cause"] == "person"
    assert Deed.JOB_RAN.value in deeds(server)
    for verb in ("run", "runs"):
        assert run(server, "job", verb, "tidy") == 1
        assert "say one of" in capsys.readouterr().err


def test_a_person_is_forgotten_by_order(server: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(server, "person", "erase") == 1
    assert "say whom" in capsys.readouterr().err
    assert run(server, "person", "erase", "--order", "O-1", "--json") == 0
    assert read(capsys)["names"] == 1
    assert run(server, "person", "erase", "--order", "O-1") == 1
    assert "knows nobody" in capsys.readouterr().err
