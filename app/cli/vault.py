"""The commands for a kiosk's keys at rest: `vault passphrase` and `vault show`. Neither ever shows a secret."""

import argparse
import os
from pathlib import Path

from app.device.vault import FileVault, PassphraseVault, VaultKind, VaultLocked, kind_of
from app.device.vaults.passphrases import PASSPHRASE_FILE, asked, asked_twice, from_environment, from_file
from app.errors import AppError
from app.settings import VAULT_FOLDER
from app.speech import say, say_json

PROTECTION = {
    VaultKind.KEYRING: "the keys lie in this account's keyring: a stolen disk gives nothing away without its password",
    VaultKind.PASSPHRASE: "the keys lie under a passphrase: a stolen disk gives nothing away without it",
    VaultKind.FILES: "the keys lie in files that only this account can read: a stolen disk gives them away",
}
_BESIDE = "; but the passphrase lies in the file {path}: keep it on another disk or stick than the keys"


class KeyringInUse(AppError):
    """A passphrase is wanted where the keyring keeps the keys."""

    def __init__(self) -> None:
        super().__init__("vault_in_keyring")


def set_passphrase(args: argparse.Namespace) -> int:
    """Sets or changes the passphrase of a kiosk's keys; those that lie in clear beside it go in and leave the disk."""
    folder: Path = args.profile / VAULT_FOLDER
    vault = PassphraseVault(folder)
    if not vault.is_set and kind_of(folder) is VaultKind.KEYRING:
        raise KeyringInUse
    moved = len(FileVault(folder).names())
    is_change = vault.is_set
    if is_change:
        _unlock(vault, folder)
    new = from_file(args.passphrase_file) if args.passphrase_file else asked_twice()
    if is_change:
        vault.rekey(new)
    else:
        vault.set_up(new)
    if args.json:
        say_json({"profile": str(args.profile), "is_change": is_change, "moved": moved, "secrets": len(vault.names())})
        return 0
    say("The passphrase is changed." if is_change else "The passphrase is set. Without it these keys can't be read.")
    if moved:
        say(f"{moved} keys lay in clear and are moved; on flash memory old copies may remain: enrol again to be sure.")
    return 0


def _unlock(vault: PassphraseVault, folder: Path) -> None:
    """With the present passphrase, from the file that the environment names or from the terminal."""
    passphrase = from_environment() or asked(folder)
    if passphrase is None:
        raise VaultLocked(folder)
    vault.unlock(passphrase)


def show(args: argparse.Namespace) -> int:
    """Where a kiosk's keys lie, and what a thief of its disk would have."""
    kind = kind_of(args.profile / VAULT_FOLDER)
    named = os.environ.get(PASSPHRASE_FILE, "") if kind is VaultKind.PASSPHRASE else ""
    protection = PROTECTION[kind] + (_BESIDE.format(path=named) if named else "")
    if args.json:
        say_json({"profile": str(args.profile), "kind": kind.value, "protection": protection})
    else:
        say(f"{kind.value}: {protection}")
    return 0
