"""Which vault a folder gets, and where a passphrase may come from."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.device.vault import (
    FileVault,
    KeyringVault,
    PassphraseVault,
    PassphraseWrong,
    VaultKind,
    VaultLocked,
    kind_of,
    open_vault,
)
from app.device.vaults.passphrases import PassphraseFileFailed, from_file
from app.errors import AppError
from tests.support.desktop_keyring import MemoryKeyring, desktop_keyring

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOORLIGHT_VAULT", raising=False)
    monkeypatch.delenv("DOORLIGHT_PASSPHRASE_FILE", raising=False)


@pytest.fixture
def keyring() -> Iterator[MemoryKeyring]:
    with desktop_keyring() as backend:
        yield backend


@pytest.fixture
def no_keyring(keyring: MemoryKeyring) -> None:
    """What a machine without a desktop has: the library's backend that refuses."""
    keyring.priority = 0  # type: ignore[assignment]


def test_a_working_keyring_comes_first(keyring: MemoryKeyring, tmp_path: Path) -> None:
    vault = open_vault(tmp_path, "scope")
    assert (vault.kind, vault.warning) == (VaultKind.KEYRING, None)
    vault.put("credential", b"secret")
    assert list(keyring.entries) == [("doorlight", "scope/credential")]
    assert list(tmp_path.iterdir()) == []


def test_a_backend_that_writes_plain_text_is_no_keyring(keyring: MemoryKeyring, tmp_path: Path) -> None:
    keyring.priority = 0.5  # type: ignore[assignment]  # what keyrings.alt gives its plain text file
    assert kind_of(tmp_path) is VaultKind.FILES


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_files_warn(tmp_path: Path) -> None:
    vault = open_vault(tmp_path, "scope")
    assert (vault.kind, vault.warning) == (VaultKind.FILES, "vault_is_files")


@pytest.mark.usefixtures("no_keyring")
def test_a_passphrase_takes_the_place_of_files_and_warns_no_more(tmp_path: Path) -> None:
    PassphraseVault(tmp_path).set_up(PASSPHRASE)
    vault = open_vault(tmp_path, "scope", PASSPHRASE)
    assert (vault.kind, vault.warning) == (VaultKind.PASSPHRASE, None)


@pytest.mark.usefixtures("keyring")
def test_a_folder_that_holds_keys_goes_on_using_them(tmp_path: Path) -> None:
    """A kiosk enrolled over a remote line has no keyring there; on its desktop it must still find its credential."""
    FileVault(tmp_path / "files").put("credential", b"secret")
    PassphraseVault(tmp_path / "locked").set_up(PASSPHRASE)
    assert kind_of(tmp_path / "files") is VaultKind.FILES
    assert kind_of(tmp_path / "locked") is VaultKind.PASSPHRASE


@pytest.mark.parametrize(("choice", "kind"), [(kind.value, kind) for kind in VaultKind])
@pytest.mark.usefixtures("keyring")
def test_the_environment_decides_first(
    choice: str, kind: VaultKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FileVault(tmp_path).put("credential", b"secret")
    monkeypatch.setenv("DOORLIGHT_VAULT", choice)
    types = {
        VaultKind.KEYRING: KeyringVault,
        VaultKind.PASSPHRASE: PassphraseVault,
        VaultKind.FILES: FileVault,
    }
    vault = open_vault(tmp_path, "scope", PASSPHRASE)
    assert isinstance(vault, types[kind])
    assert vault.kind is kind


def test_a_choice_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "keychain")
    with pytest.raises(AppError) as wrong:
        open_vault(tmp_path, "scope")
    assert wrong.value.key == "vault_choice_unknown"
    assert wrong.value.details["known"] == "keyring, passphrase, file"


# --- the passphrase's way in --------------------------------------------------------------------------------------


def passphrase_file(folder: Path, content: bytes = PASSPHRASE.encode() + b"\n", mode: int = 0o600) -> Path:
    path = folder / "passphrase"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_without_a_passphrase_the_vault_comes_locked(tmp_path: Path) -> None:
    PassphraseVault(tmp_path).set_up(PASSPHRASE)
    vault = open_vault(tmp_path, "scope")
    assert isinstance(vault, PassphraseVault)
    with pytest.raises(VaultLocked):
        vault.get("credential")
    vault.unlock(PASSPHRASE)
    assert vault.get("credential") is None


def test_an_unattended_kiosk_reads_its_passphrase_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_PASSPHRASE_FILE", str(passphrase_file(tmp_path)))
    monkeypatch.setenv("DOORLIGHT_VAULT", "passphrase")
    open_vault(tmp_path / "vault", "scope").put("credential", b"secret")
    monkeypatch.delenv("DOORLIGHT_VAULT")
    assert open_vault(tmp_path / "vault", "scope").get("credential") == b"secret"
    assert open_vault(tmp_path / "vault", "scope", PASSPHRASE).get("credential") == b"secret"


def test_a_wrong_passphrase_says_so_at_once(tmp_path: Path) -> None:
    PassphraseVault(tmp_path).set_up(PASSPHRASE)
    with pytest.raises(PassphraseWrong):
        open_vault(tmp_path, "scope", PASSPHRASE + "?")


@pytest.mark.parametrize("content", [b"pass phrase 1", b"pass phrase 1\n", b"pass phrase 1\r\n"])
def test_a_passphrase_file_holds_one_line(tmp_path: Path, content: bytes) -> None:
    assert from_file(passphrase_file(tmp_path, content)) == "pass phrase 1"


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"x" * 4097], ids=["empty", "blank", "two", "binary", "huge"]
)
def test_a_file_that_is_no_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PassphraseFileFailed):
        from_file(passphrase_file(tmp_path, content))


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_passphrase_file_that_others_read_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    with pytest.raises(PassphraseFileFailed) as refused:
        from_file(passphrase_file(tmp_path, mode=mode))
    assert "chmod 600" in str(refused.value)
    assert PASSPHRASE not in str(refused.value)


def test_a_passphrase_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PassphraseFileFailed) as missing:
        from_file(tmp_path / "nowhere")
    assert "nowhere" in str(missing.value)
