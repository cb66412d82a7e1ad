"""`doorlight vault`: a passphrase typed at a real terminal, or named by a file; and what is shown of it."""

import json
import os
import pty
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.vault import set_passphrase, show
from app.device.vault import FileVault, PassphraseVault, PassphraseWrong, VaultLocked, open_vault
from app.errors import AppError
from tests.support.desktop_keyring import MemoryKeyring, desktop_keyring
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery"
NEWER = "another long passphrase"


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """None that works, until a test says otherwise."""
    monkeypatch.delenv("DOORLIGHT_VAULT", raising=False)
    monkeypatch.delenv("DOORLIGHT_PASSPHRASE_FILE", raising=False)
    with desktop_keyring() as backend:
        backend.priority = 0  # type: ignore[assignment]
        yield backend


def asked(profile: Path, passphrase_file: Path | None = None, *, as_json: bool = True) -> Namespace:
    return Namespace(profile=profile, passphrase_file=passphrase_file, json=as_json)


def written(path: Path, passphrase: str) -> Path:
    path.write_text(passphrase + "\n")
    path.chmod(0o600)
    return path


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


# --- from a file --------------------------------------------------------------------------------------------------


def test_a_passphrase_takes_in_the_keys_that_lay_in_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FileVault(tmp_path / "vault").put("credential", b"secret")
    assert set_passphrase(asked(tmp_path, written(tmp_path / "new", PASSPHRASE))) == 0
    assert told(capsys) == {"profile": str(tmp_path), "is_change": False, "moved": 1, "secrets": 1}
    assert not (tmp_path / "vault" / "credential").exists()
    assert open_vault(tmp_path / "vault", "scope", PASSPHRASE).get("credential") == b"secret"


def test_a_passphrase_is_changed_with_the_old_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_passphrase(asked(tmp_path, written(tmp_path / "old", PASSPHRASE)))
    new = written(tmp_path / "new", NEWER)
    with pytest.raises(VaultLocked):
        set_passphrase(asked(tmp_path, new))
    monkeypatch.setenv("DOORLIGHT_PASSPHRASE_FILE", str(new))
    with pytest.raises(PassphraseWrong):
        set_passphrase(asked(tmp_path, new))
    monkeypatch.setenv("DOORLIGHT_PASSPHRASE_FILE", str(tmp_path / "old"))
    capsys.readouterr()
    set_passphrase(asked(tmp_path, new))
    assert told(capsys)["is_change"]
    PassphraseVault(tmp_path / "vault").unlock(NEWER)


def test_a_keyring_needs_no_passphrase(tmp_path: Path, keyring: MemoryKeyring) -> None:
    keyring.priority = 5  # type: ignore[assignment]
    with pytest.raises(AppError) as refused:
        set_passphrase(asked(tmp_path, written(tmp_path / "new", PASSPHRASE)))
    assert refused.value.key == "vault_in_keyring"


def test_without_a_terminal_and_without_a_file_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        set_passphrase(asked(tmp_path))
    assert refused.value.key == "vault_passphrase_missing"
    assert not (tmp_path / "vault").exists()


def test_a_short_passphrase_sets_nothing(tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        set_passphrase(asked(tmp_path, written(tmp_path / "new", "short")))
    assert (refused.value.key, refused.value.details) == ("vault_passphrase_unfit", {"least": 10})
    assert not (tmp_path / "vault").exists()


# --- from a terminal ----------------------------------------------------------------------------------------------

_COMMAND = """
import sys
from argparse import Namespace
from pathlib import Path
from app.__main__ import complain, sentence_for
from app.cli.vault import set_passphrase
from app.errors import AppError
try:
    set_passphrase(Namespace(profile=Path(sys.argv[1]), passphrase_file=None, json=False))
except AppError as err:
    complain(sentence_for(err))
"""


def typed(profile: Path, *answers: str) -> str:
    """Everything that a person sees who types each answer when it is asked for."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", _COMMAND, str(profile)]
    environment = {**os.environ, "DOORLIGHT_VAULT": "passphrase"}
    seen, left = b"", list(answers)
    with (
        running(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True),
        os.fdopen(ours, "r+b", buffering=0) as terminal,
    ):
        os.close(theirs)
        while piece := _read(terminal.fileno()):
            seen += piece
            if seen.endswith(b": ") and left:
                terminal.write(left.pop(0).encode() + b"\n")
    return seen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:  # Linux: the other side has closed
        return b""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such terminals")
def test_a_typed_passphrase_is_asked_twice_and_never_seen(tmp_path: Path) -> None:
    seen = typed(tmp_path, PASSPHRASE, PASSPHRASE)
    assert "The passphrase is set" in seen
    assert PASSPHRASE not in seen
    PassphraseVault(tmp_path / "vault").unlock(PASSPHRASE)
    changed = typed(tmp_path, PASSPHRASE, NEWER, NEWER)
    assert "The passphrase is changed" in changed
    assert NEWER not in changed
    PassphraseVault(tmp_path / "vault").unlock(NEWER)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such terminals")
def test_a_mistyped_passphrase_sets_nothing(tmp_path: Path) -> None:
    assert "not the same" in typed(tmp_path, PASSPHRASE, NEWER)
    assert not PassphraseVault(tmp_path / "vault").is_set


# --- what is shown ------------------------------------------------------------------------------------------------


def test_it_shows_where_the_keys_lie_and_asks_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(asked(tmp_path, as_json=False))
    assert capsys.readouterr().out.startswith("file: ")
    set_passphrase(asked(tmp_path, written(tmp_path / "new", PASSPHRASE)))
    capsys.readouterr()
    show(asked(tmp_path))
    shown = told(capsys)
    assert (shown["kind"], "passphrase lies" in shown["protection"]) == ("passphrase", False)
    monkeypatch.setenv("DOORLIGHT_PASSPHRASE_FILE", str(tmp_path / "new"))
    show(asked(tmp_path))
    assert "the passphrase lies in the file" in told(capsys)["protection"]
    keyring.priority = 5  # type: ignore[assignment]
    show(asked(tmp_path / "another"))
    assert told(capsys)["kind"] == "keyring"
