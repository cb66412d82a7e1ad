"""The vault under a passphrase: what it refuses, what a thief finds, and what a power cut leaves."""

import base64
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.device.vault import (
    FileVault,
    PassphraseUnfit,
    PassphraseVault,
    PassphraseWrong,
    VaultDamaged,
    VaultFailed,
    VaultLocked,
)
from app.device.vaults import whole_file
from core.ticket import seal
from tests.support.stolen_disk import traces

PASSPHRASE = "correct horse battery"
SECRETS = {
    "credential": b"Zt8wq-3kPzR5c0mVbNf1LxYh",
    "sealing-key": bytes.fromhex("5f0c9a3be1d24786a9c15e7033bb8812d06e4a97f2c8514b9de0361a7c45f80e"),
    "signing-key": bytes.fromhex("c3a1f7e2904d5b68873f1e2c6da95b04e7184fc230d9ab56718ce2f4093bd657"),
}


@pytest.fixture(autouse=True)
def cheap_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What scrypt costs is no matter here, and `tests/device/test_vault_choice.py` pays the real price."""
    monkeypatch.setattr(seal, "SCRYPT_N", 2**4)


def filled(folder: Path) -> PassphraseVault:
    vault = PassphraseVault(folder)
    vault.set_up(PASSPHRASE)
    for name, secret in SECRETS.items():
        vault.put(name, secret)
    return vault


def held(vault: PassphraseVault) -> dict[str, bytes | None]:
    return {name: vault.get(name) for name in vault.names()}


# --- a stolen disk ------------------------------------------------------------------------------------------------


def test_a_stolen_disk_has_no_trace_of_a_key(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    vault.put("credential", SECRETS["credential"])
    vault.rekey("another long passphrase")
    vault.delete("signing-key")
    assert (tmp_path / "vault.json").stat().st_size > 200, "there is something to search"
    assert traces(tmp_path, {**SECRETS, "passphrase": PASSPHRASE.encode()}) == []


def test_the_same_search_finds_every_key_of_a_vault_in_clear(tmp_path: Path) -> None:
    """Negative control: what the thief's search is worth."""
    vault = FileVault(tmp_path)
    for name, secret in SECRETS.items():
        vault.put(name, secret)
    assert traces(tmp_path, SECRETS) == [f"{name}: {name} (raw)" for name in sorted(SECRETS)]


@pytest.mark.parametrize("before", range(6))
def test_the_same_search_sees_through_thin_disguises(tmp_path: Path, before: int) -> None:
    secret = SECRETS["signing-key"]
    (tmp_path / "hex").write_text(secret.hex()[2:50])
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        (tmp_path / encode.__name__).write_bytes(encode(b"x" * before + secret[3:20] + b"behind"))
    found = traces(tmp_path, {"key": secret})
    assert found == [
        "b32encode: key (base32)",
        "b64encode: key (base64)",
        "hex: key (hex)",
        "urlsafe_b64encode: key (base64)",
    ]


def test_keys_in_clear_are_moved_in_and_leave_the_disk(tmp_path: Path) -> None:
    files = FileVault(tmp_path)
    for name, secret in SECRETS.items():
        files.put(name, secret)
    PassphraseVault(tmp_path).set_up(PASSPHRASE)
    assert traces(tmp_path, SECRETS) == []
    opened = PassphraseVault(tmp_path)
    opened.unlock(PASSPHRASE)
    assert held(opened) == SECRETS


def test_a_cleared_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    """A second name for the same blocks shows what becomes of them."""
    FileVault(tmp_path / "vault").put("credential", SECRETS["credential"])
    os.link(tmp_path / "vault" / "credential", tmp_path / "blocks")
    PassphraseVault(tmp_path / "vault").set_up(PASSPHRASE)
    assert (tmp_path / "blocks").read_bytes() == bytes(len(SECRETS["credential"]))


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    filled(tmp_path / "vault")
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "vault" / "vault.json").stat().st_mode) == 0o600


def test_the_same_secret_is_never_locked_to_the_same_bytes(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    before = stored(tmp_path)
    vault.put("credential", SECRETS["credential"])
    assert stored(tmp_path)["secrets"]["credential"] != before["secrets"]["credential"]
    vault.rekey(PASSPHRASE)
    assert stored(tmp_path)["salt"] != before["salt"]


# --- passphrases --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unfit", ["", "123456789", "a" * 9, "surrogate \ud800"])
def test_a_passphrase_has_ten_characters_that_can_be_typed(tmp_path: Path, unfit: str) -> None:
    with pytest.raises(PassphraseUnfit):
        PassphraseVault(tmp_path).set_up(unfit)
    assert not PassphraseVault(tmp_path).is_set
    vault = filled(tmp_path)
    with pytest.raises(PassphraseUnfit):
        vault.rekey(unfit)
    assert held(vault) == SECRETS


def test_ten_characters_are_enough(tmp_path: Path) -> None:
    PassphraseVault(tmp_path).set_up("1234567890")
    vault = PassphraseVault(tmp_path)
    vault.unlock("1234567890")
    vault.put("credential", b"kept")
    assert vault.get("credential") == b"kept"


@pytest.mark.parametrize("wrong", ["", PASSPHRASE[:-1], PASSPHRASE + " ", PASSPHRASE.upper(), "\ud800" * 12])
def test_any_other_passphrase_is_wrong(tmp_path: Path, wrong: str) -> None:
    filled(tmp_path)
    vault = PassphraseVault(tmp_path)
    with pytest.raises(PassphraseWrong):
        vault.unlock(wrong)
    with pytest.raises(VaultLocked):
        vault.get("credential")


def test_two_keyboards_spell_one_passphrase(tmp_path: Path) -> None:
    composed, decomposed = "gr\u00fc\u00dfe an alle", "gru\u0308\u00dfe an alle"
    assert composed != decomposed
    first, second = PassphraseVault(tmp_path), PassphraseVault(tmp_path)
    first.set_up(composed)
    first.put("credential", b"kept")
    second.unlock(decomposed)
    assert second.get("credential") == b"kept"


def test_a_locked_vault_gives_and_takes_nothing_but_forgets(tmp_path: Path) -> None:  # G31
    filled(tmp_path)
    locked = PassphraseVault(tmp_path)
    for ask in (lambda: locked.get("credential"), lambda: locked.put("x", b""), lambda: locked.rekey(PASSPHRASE)):
        with pytest.raises(VaultLocked):
            ask()
    assert locked.names() == sorted(SECRETS)
    locked.delete("credential")
    locked.unlock(PASSPHRASE)
    assert held(locked) == {name: SECRETS[name] for name in ("sealing-key", "signing-key")}


def test_a_changed_passphrase_opens_everything_and_the_old_one_nothing(tmp_path: Path) -> None:
    filled(tmp_path).rekey("another long passphrase")
    vault = PassphraseVault(tmp_path)
    with pytest.raises(PassphraseWrong):
        vault.unlock(PASSPHRASE)
    vault.unlock("another long passphrase")
    assert held(vault) == SECRETS


def test_a_vault_whose_passphrase_was_changed_elsewhere_is_locked_and_writes_nothing(tmp_path: Path) -> None:
    running = filled(tmp_path)
    other = PassphraseVault(tmp_path)
    other.unlock(PASSPHRASE)
    other.rekey("another long passphrase")
    with pytest.raises(VaultLocked):
        running.put("credential", b"new")
    with pytest.raises(VaultLocked):
        running.get("credential")
    assert held(other) == SECRETS


def test_a_passphrase_is_not_set_twice(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(VaultDamaged):
        PassphraseVault(tmp_path).set_up("another long passphrase")


# --- damage -------------------------------------------------------------------------------------------------------


def stored(folder: Path) -> dict:
    return json.loads((folder / "vault.json").read_text())


Change = Callable[[dict], object]
DAMAGE: dict[str, Change] = {
    "no salt": lambda it: it.pop("salt"),
    "no check": lambda it: it.pop("check"),
    "no secrets": lambda it: it.pop("secrets"),
    "a later version": lambda it: it.update(v=2),
    "a field of a later version": lambda it: it.update(kdf="argon2"),
    "a short salt": lambda it: it.update(salt="AAAA"),
    "a salt that is no base64": lambda it: it.update(salt="!" * 24),
    "secrets that are a list": lambda it: it.update(secrets=[]),
    "a secret that is a number": lambda it: it["secrets"].update(credential=1),
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_a_changed_file_is_damaged_and_never_empty(tmp_path: Path, change: Change) -> None:  # G6
    filled(tmp_path)
    content = stored(tmp_path)
    change(content)
    (tmp_path / "vault.json").write_text(json.dumps(content))
    assert _refusals_as_damaged(tmp_path) == ["unlock", "names", "delete"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff" * 50, b"[" * 100_000, b" " * (4 << 20) + b"{}"],
    ids=lambda it: it[:8],
)
def test_a_file_that_is_no_vault_is_damaged(tmp_path: Path, content: bytes) -> None:  # G6
    (tmp_path / "vault.json").write_bytes(content)
    assert _refusals_as_damaged(tmp_path) == ["unlock", "names", "delete"]


def _refusals_as_damaged(folder: Path) -> list[str]:
    """What an unlocking, a look and a deletion were told; nothing is written over what may yet be mended."""
    before = (folder / "vault.json").read_bytes()
    vault = PassphraseVault(folder)
    asked = {
        "unlock": lambda: vault.unlock(PASSPHRASE),
        "names": vault.names,
        "delete": lambda: vault.delete("credential"),
    }
    refused = []
    for name, ask in asked.items():
        with pytest.raises(VaultDamaged):
            ask()
        refused.append(name)
    assert (folder / "vault.json").read_bytes() == before
    return refused


def test_an_error_repeats_nothing_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "vault.json").write_bytes(b'{"secret": "' + SECRETS["credential"] + b'"}')
    with pytest.raises(VaultDamaged) as damaged:
        PassphraseVault(tmp_path).unlock(PASSPHRASE)
    assert SECRETS["credential"].decode() not in str(damaged.value)


def test_secrets_that_change_places_are_noticed(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    content = stored(tmp_path)
    secrets = content["secrets"]
    secrets["sealing-key"], secrets["signing-key"] = secrets["signing-key"], secrets["sealing-key"]
    (tmp_path / "vault.json").write_text(json.dumps(content))
    for name in ("sealing-key", "signing-key"):
        with pytest.raises(VaultDamaged):
            vault.get(name)
    assert vault.get("credential") == SECRETS["credential"], "one bad entry costs no other"
    with pytest.raises(VaultDamaged):
        vault.rekey("another long passphrase")
    assert vault.get("credential") == SECRETS["credential"]


def test_a_file_that_disappears_is_damage_not_emptiness(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    (tmp_path / "vault.json").unlink()
    for ask in (lambda: vault.get("credential"), lambda: vault.put("credential", b""), vault.names):
        with pytest.raises(VaultDamaged):
            ask()


# --- power cuts ---------------------------------------------------------------------------------------------------


class PowerCutError(BaseException):
    """Nothing runs after it."""


@pytest.mark.parametrize("step", range(12))
def test_a_power_cut_while_moving_in_loses_no_secret(tmp_path: Path, step: int) -> None:
    """Each write to the disk in turn is the last one; the next start finds every secret and leaves none in clear."""
    files = FileVault(tmp_path)
    for name, secret in SECRETS.items():
        files.put(name, secret)
    with power_cut_at(step):
        PassphraseVault(tmp_path).set_up(PASSPHRASE)
    after = PassphraseVault(tmp_path)
    if after.is_set:
        after.unlock(PASSPHRASE)
    else:
        assert {name: files.get(name) for name in SECRETS} == SECRETS
        after.set_up(PASSPHRASE)
    assert held(after) == SECRETS
    assert traces(tmp_path, SECRETS) == []


@pytest.mark.parametrize("step", range(3))
def test_a_power_cut_while_changing_the_passphrase_leaves_one_that_opens(tmp_path: Path, step: int) -> None:
    vault = filled(tmp_path)
    with power_cut_at(step):
        vault.rekey("another long passphrase")
    after = PassphraseVault(tmp_path)
    after.unlock(PASSPHRASE if step < 2 else "another long passphrase")
    assert held(after) == SECRETS


@contextmanager
def power_cut_at(step: int) -> Iterator[None]:
    """Ends everything at effect number `step`: after a sync that still happened, before a rename that didn't."""
    left = [step]

    def counted(effect: Callable[..., object], *, is_before: bool) -> Callable[..., object]:
        def run(*args: object, **kwargs: object) -> object:
            left[0] -= 1
            if left[0] < 0 and is_before:
                raise PowerCutError
            result = effect(*args, **kwargs)
            if left[0] < 0:
                raise PowerCutError
            return result

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole_file.os, "fsync", counted(os.fsync, is_before=False))
        patch.setattr(Path, "replace", counted(Path.replace, is_before=True))
        with pytest.raises(PowerCutError):
            yield


def test_what_an_old_program_left_in_clear_is_swept_at_the_next_opening(tmp_path: Path) -> None:
    filled(tmp_path)
    FileVault(tmp_path).put("credential", b"nEwEr-tHaN-aLl")
    (tmp_path / ".sealing-key.new").write_bytes(SECRETS["sealing-key"])
    (tmp_path / ".signing-key.gone").write_bytes(SECRETS["signing-key"])
    vault = PassphraseVault(tmp_path)
    vault.unlock(PASSPHRASE)
    assert held(vault) == {**SECRETS, "credential": b"nEwEr-tHaN-aLl"}
    assert traces(tmp_path, {**SECRETS, "newer": b"nEwEr-tHaN-aLl"}) == []


def test_a_disk_that_refuses_is_an_error_with_the_old_secret_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = filled(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(whole_file.os, "fsync", full)
        with pytest.raises(VaultFailed):
            vault.put("credential", b"new")
    assert held(vault) == SECRETS
