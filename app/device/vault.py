"""Where a kiosk keeps its secrets: the desktop's keyring, else under a passphrase, else files for their owner only.

Owns the choice between them. No secret lies in a settings file or in the journal's database.
"""

from pathlib import Path

from app.device.vaults.choice import ChoiceUnknown, chosen
from app.device.vaults.contract import PassphraseWrong, Vault, VaultDamaged, VaultFailed, VaultKind, VaultLocked
from app.device.vaults.desktop import KeyringVault, has_keyring
from app.device.vaults.files import FileVault
from app.device.vaults.locked import MIN_PASSPHRASE, PassphraseUnfit, PassphraseVault
from app.device.vaults.passphrases import asked, from_environment

__all__ = [
    "MIN_PASSPHRASE",
    "ChoiceUnknown",
    "FileVault",
    "KeyringVault",
    "PassphraseUnfit",
    "PassphraseVault",
    "PassphraseWrong",
    "Vault",
    "VaultDamaged",
    "VaultFailed",
    "VaultKind",
    "VaultLocked",
    "chosen",
    "kind_of",
    "open_vault",
]


def kind_of(folder: Path) -> VaultKind:
    """Where the secrets of a folder lie, or would lie. Opens nothing and asks nobody. Raises ChoiceUnknown.

    1. what `DOORLIGHT_VAULT` says
    2. where they lie already: a kiosk set up over a remote line may later start on a desktop that has a keyring
    3. the keyring where there is a working one
    4. files
    """
    choice = chosen()  # (1)
    if choice is not None:
        return choice
    if PassphraseVault(folder).is_set:  # (2)
        return VaultKind.PASSPHRASE
    if FileVault(folder).names():
        return VaultKind.FILES
    return VaultKind.KEYRING if has_keyring() else VaultKind.FILES  # (3), (4)


def open_vault(folder: Path, scope: str, passphrase: str | None = None) -> Vault:
    """The vault of a folder; `scope` is the folder's name in the keyring.

    A vault under a passphrase is unlocked with `passphrase`, else with the file that `DOORLIGHT_PASSPHRASE_FILE` names,
    else with what is typed at the terminal. Without any of them it comes locked: `PassphraseVault.unlock` opens it, and
    until then it raises VaultLocked. Raises ChoiceUnknown, PassphraseWrong, VaultDamaged, PassphraseFileFailed.
    """
    match kind_of(folder):
        case VaultKind.KEYRING:
            return KeyringVault(scope)
        case VaultKind.FILES:
            return FileVault(folder)
        case VaultKind.PASSPHRASE:
            return _unlocked(folder, passphrase or from_environment())


def _unlocked(folder: Path, passphrase: str | None) -> PassphraseVault:
    vault = PassphraseVault(folder)
    if vault.is_set:
        passphrase = passphrase or asked(folder)
        if passphrase is not None:
            _unlock(vault, passphrase)
    elif passphrase is not None:
        vault.set_up(passphrase)
    return vault


def _unlock(vault: PassphraseVault, passphrase: str) -> None:
    try:
        vault.unlock(passphrase)
    except PassphraseWrong:
        asked.cache_clear()
        raise
