"""Where a kiosk keeps its secrets: the desktop's keyring, else files that only their owner can read.

Owns every secret at rest on a kiosk. No secret lies in a settings file or in the journal's database.
"""

import base64
import os
from pathlib import Path
from typing import Protocol

import keyring
from keyring.errors import KeyringError

from app.errors import AppError

SERVICE = "doorlight"
CHOICE = "DOORLIGHT_VAULT"
"""`file` or `keyring` in the environment overrides the search for a keyring."""


class VaultFailed(AppError):
    """A secret can't be read or written."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__("vault_failed", name=name, cause=cause)


class Vault(Protocol):
    """Secrets by name. `warning` is a message key where the secrets lie less safe than they could."""

    warning: str | None

    def get(self, name: str) -> bytes | None:
        """The secret, or None when there is none of that name."""

    def put(self, name: str, secret: bytes) -> None:
        """Keeps a secret, in the place of the one before."""


class FileVault:
    """Files of mode 0600 in a folder of mode 0700: safe from other accounts, not from a stolen disk."""

    warning: str | None = "vault_is_files"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """The secret of a name; raises VaultFailed when its file can't be read."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as err:
            raise VaultFailed(name, str(err)) from err

    def put(self, name: str, secret: bytes) -> None:
        """Writes a new file and moves it into place: a power cut leaves the old secret or the new one."""
        fresh = self._folder / f".{name}.new"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._folder / name)
        except OSError as err:
            raise VaultFailed(name, str(err)) from err


class KeyringVault:
    """The desktop's keyring. `scope` tells two profiles of one account apart."""

    warning: str | None = None

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def get(self, name: str) -> bytes | None:
        """The secret of a name; raises VaultFailed when the keyring is locked or broken."""
        try:
            text = keyring.get_password(SERVICE, f"{self._scope}/{name}")
        except KeyringError as err:
            raise VaultFailed(name, str(err)) from err
        return None if text is None else base64.b64decode(text)

    def put(self, name: str, secret: bytes) -> None:
        """Keeps the secret in the keyring; raises VaultFailed when it is locked or broken."""
        try:
            keyring.set_password(SERVICE, f"{self._scope}/{name}", base64.b64encode(secret).decode("ascii"))
        except KeyringError as err:
            raise VaultFailed(name, str(err)) from err


def open_vault(folder: Path, scope: str) -> Vault:
    """The keyring where there is a working one, else the folder; the environment's `DOORLIGHT_VAULT` decides first."""
    choice = os.environ.get(CHOICE, "")
    if choice == "keyring" or (choice != "file" and _has_keyring()):
        return KeyringVault(scope)
    return FileVault(folder)


def _has_keyring() -> bool:
    """Whether a real backend answers: the fail and null backends have a priority of 0 or less."""
    try:
        return float(keyring.get_keyring().priority) > 0
    except (KeyringError, RuntimeError):
        return False
