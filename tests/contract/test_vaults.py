"""What any vault does with secrets: in a keyring, in files, under a passphrase."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.device.vault import FileVault, KeyringVault, PassphraseVault, Vault, VaultDamaged, VaultFailed
from core.ticket import seal
from tests.support.desktop_keyring import desktop_keyring

PASSPHRASE = "correct horse battery"
Opening = Callable[[str], Vault]


@pytest.fixture(params=["keyring", "file", "passphrase"])
def opening(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opening]:
    """Opens the vault of a scope, again and again: what one put, the next gets."""
    monkeypatch.setattr(seal, "SCRYPT_N", 2**4)  # what a guess costs is no matter here
    with desktop_keyring():
        yield {"keyring": _keyring, "file": _file, "passphrase": _passphrase}[request.param](tmp_path)


def _keyring(_: Path) -> Opening:
    return KeyringVault


def _file(folder: Path) -> Opening:
    return lambda scope: FileVault(folder / scope)


def _passphrase(folder: Path) -> Opening:
    def opened(scope: str) -> Vault:
        vault = PassphraseVault(folder / scope)
        if vault.is_set:
            vault.unlock(PASSPHRASE)
        else:
            vault.set_up(PASSPHRASE)
        return vault

    return opened


def test_a_secret_that_was_never_put_is_none(opening: Opening) -> None:
    assert opening("one").get("credential") is None


@pytest.mark.parametrize("secret", [b"", b"\x00", b"secret\n", bytes(range(256)), b"x" * 900], ids=len)
def test_a_secret_comes_back_byte_for_byte(opening: Opening, secret: bytes) -> None:
    vault = opening("one")
    vault.put("credential", secret)
    assert vault.get("credential") == secret
    assert opening("one").get("credential") == secret


def test_a_secret_takes_the_place_of_the_one_before(opening: Opening) -> None:
    vault = opening("one")
    vault.put("credential", b"first")
    vault.put("credential", b"second")
    assert opening("one").get("credential") == b"second"


def test_names_are_apart(opening: Opening) -> None:
    vault = opening("one")
    vault.put("signing-key", b"s")
    vault.put("sealing-key", b"e")
    vault.delete("signing-key")
    assert (vault.get("signing-key"), vault.get("sealing-key")) == (None, b"e")


def test_scopes_are_apart(opening: Opening) -> None:
    one, other = opening("one"), opening("other")
    one.put("credential", b"one")
    assert other.get("credential") is None
    other.delete("credential")
    assert one.get("credential") == b"one"


def test_a_deleted_secret_is_gone_and_may_be_deleted_again(opening: Opening) -> None:  # G31
    vault = opening("one")
    vault.put("credential", b"secret")
    vault.delete("credential")
    vault.delete("credential")
    assert opening("one").get("credential") is None
    vault.put("credential", b"new")
    assert vault.get("credential") == b"new"


def test_what_another_opening_puts_is_seen(opening: Opening) -> None:
    one, other = opening("one"), opening("one")
    other.put("credential", b"of the other")
    assert one.get("credential") == b"of the other"


def test_threads_lose_no_secret_of_each_other(opening: Opening) -> None:
    vaults = [opening("one") for _ in range(4)]
    begin = threading.Barrier(len(vaults))

    def put_some(number: int) -> None:
        begin.wait()
        for turn in range(5):
            vaults[number].put(f"key-{number}-{turn}", bytes([number, turn]))

    threads = [threading.Thread(target=put_some, args=(number,)) for number in range(len(vaults))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    vault = opening("one")
    assert all(vault.get(f"key-{number}-{turn}") == bytes([number, turn]) for number in range(4) for turn in range(5))


def test_a_keyring_that_is_locked_is_an_error_with_a_name() -> None:
    with desktop_keyring() as backend:
        vault = KeyringVault("one")
        vault.put("credential", b"secret")
        backend.is_locked = True
        for ask in (lambda: vault.get("credential"), lambda: vault.put("a", b""), lambda: vault.delete("credential")):
            with pytest.raises(VaultFailed) as failed:
                ask()
            assert failed.value.key == "vault_failed"


def test_a_keyring_entry_that_is_no_secret_of_ours_is_an_error() -> None:
    with desktop_keyring() as backend:
        backend.set_password("doorlight", "one/credential", "not base64!")
        with pytest.raises(VaultFailed):
            KeyringVault("one").get("credential")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs an account that modes bind")
@pytest.mark.parametrize("vault_of", [FileVault, PassphraseVault])
def test_a_folder_that_refuses_writes_is_an_error(tmp_path: Path, vault_of: type[FileVault | PassphraseVault]) -> None:
    tmp_path.chmod(0o500)
    vault = vault_of(tmp_path)
    with pytest.raises(VaultFailed):
        vault.set_up(PASSPHRASE) if isinstance(vault, PassphraseVault) else vault.put("credential", b"secret")


@pytest.mark.parametrize("vault_of", [FileVault, PassphraseVault])
def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path, vault_of: type[FileVault | PassphraseVault]) -> None:
    (tmp_path / "vault").write_bytes(b"")
    vault = vault_of(tmp_path / "vault")
    with pytest.raises((VaultFailed, VaultDamaged)):
        vault.set_up(PASSPHRASE) if isinstance(vault, PassphraseVault) else vault.put("credential", b"secret")
    with pytest.raises((VaultFailed, VaultDamaged)):
        vault.unlock(PASSPHRASE) if isinstance(vault, PassphraseVault) else vault.get("credential")
