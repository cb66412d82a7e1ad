"""What every vault promises, and how one fails: the contract that `tests/contract/test_vaults.py` holds them to."""

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from app.errors import AppError


class VaultKind(StrEnum):
    """Where the secrets of a kiosk lie. The value is what `DOORLIGHT_VAULT` says to choose it."""

    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105 — the word, not one
    FILES = "file"


class VaultFailed(AppError):
    """A secret can't be read or written."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__("vault_failed", name=name, cause=cause)


class VaultDamaged(AppError):
    """A vault is there and its bytes make no sense: its secrets are lost, the kiosk's queue is not."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("vault_damaged", path=path, cause=cause)


class VaultLocked(AppError):
    """A secret was asked of a vault before its passphrase was given."""

    def __init__(self, path: Path) -> None:
        super().__init__("vault_locked", path=path)


class PassphraseWrong(AppError):
    """A passphrase does not open the vault."""

    def __init__(self, path: Path) -> None:
        super().__init__("vault_passphrase_wrong", path=path)


class Vault(Protocol):
    """Secrets by name: lower-case letters, digits and hyphens. Safe to share between threads.

    `warning` is a message key where the secrets lie less safe than they could.
    """

    warning: str | None

    @property
    def kind(self) -> VaultKind:
        """Where the secrets lie."""

    def get(self, name: str) -> bytes | None:
        """The secret, or None when there is none of that name."""

    def put(self, name: str, secret: bytes) -> None:
        """Keeps a secret, in the place of the one before. A power cut leaves the old one or the new one."""

    def delete(self, name: str) -> None:
        """Forgets a secret; nothing to do when there is none of that name."""
