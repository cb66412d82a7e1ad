"""`manifest load`, `manifest show` and `queue export` as a person at a kiosk without a network meets them."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.cli import door_files
from app.runtime.manifest_folder import ManifestFolderFailed
from app.settings import save_profile
from core.sync.adoption import Objection
from tests.support.door import PROFILE, Signed, device_row, digest, fill_vault, lists, signed, ticket

TWO = lists(allowed=[digest(ticket(1)), digest(ticket(2))])
HOUR_MS = 3_600_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An enrolled kiosk that has never reached its server."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    made = tmp_path / "kiosk"
    fill_vault(made)
    save_profile(made, PROFILE)
    return made


def current(version: int, **changes: object) -> Signed:
    """A manifest of these minutes: the commands go by the machine's own clock."""
    now_ms = time.time_ns() // 1_000_000
    times = {"issued_at_ms": now_ms, "fresh_until_ms": now_ms + HOUR_MS, "lease_until_ms": now_ms + 50 * HOUR_MS}
    return signed(version, TWO, **times, **changes)


def stick(folder: Path, of: Signed) -> Path:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_bytes(of.body)
    (folder / "manifest.sig").write_text(of.signature, "ascii")
    for name, body in of.files.items():
        (folder / "files" / name).write_bytes(body)
    return folder


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return fields


def load(folder: Path, source: Path, *, as_json: bool = True) -> int:
    return door_files.load_manifest(argparse.Namespace(profile=folder, folder=source, json=as_json))


def show(folder: Path, *, as_json: bool = True) -> int:
    return door_files.show_manifest(argparse.Namespace(profile=folder, json=as_json))


def test_a_manifest_from_a_stick_is_loaded_and_shown(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(folder, stick(tmp_path / "stick", current(4))) == 0
    loaded = told(capsys)
    assert (loaded["version"], loaded["listed"], loaded["declared"], loaded["objection"]) == (4, 2, 2, None)
    assert show(folder) == 0
    shown = told(capsys)
    assert (shown["version"], shown["freshness"], shown["lease"]) == (4, "fresh", "running")
    show(folder, as_json=False)
    assert "I hold 2 of 2 tickets." in capsys.readouterr().out


def test_an_older_one_is_refused_by_name_and_nothing_changes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(folder, stick(tmp_path / "stick", current(4)))
    capsys.readouterr()
    assert load(folder, stick(tmp_path / "old", current(3))) == 1
    refused = told(capsys)
    assert (refused["version"], refused["objection"]) == (4, Objection.OLDER.value)
    assert load(folder, tmp_path / "old", as_json=False) == 1
    assert "older than the one in use; manifest 4 stays in force" in capsys.readouterr().err


def test_a_kiosk_that_a_manifest_calls_revoked_says_so_and_holds_none(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(folder, stick(tmp_path / "stick", current(4)))
    revoked = stick(tmp_path / "revoked", current(5, devices=[device_row(5, state="revoked")]))
    capsys.readouterr()
    assert load(folder, revoked, as_json=False) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no rights any more" in said.err
    assert load(folder, revoked) == 1
    assert told(capsys)["version"] == 0


def test_a_folder_without_a_manifest_says_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ManifestFolderFailed):
        load(folder, tmp_path)


def test_a_kiosk_without_a_manifest_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(folder, as_json=False) == 0
    assert "nobody can be admitted" in capsys.readouterr().out


def test_a_queue_is_not_sealed_for_a_server_that_nobody_knows(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(door_files.QueueUnsealable):
        door_files.export_queue(argparse.Namespace(profile=folder, out=tmp_path / "queue.bin", json=True))


def test_an_empty_queue_is_a_file_too(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(folder, stick(tmp_path / "stick", current(4)))
    capsys.readouterr()
    out = tmp_path / "queue.bin"
    assert door_files.export_queue(argparse.Namespace(profile=folder, out=out, json=True)) == 0
    assert told(capsys) == {"facts": 0, "files": [str(out)]}
    assert out.stat().st_size > 0
