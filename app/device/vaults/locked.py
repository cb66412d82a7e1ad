"""Secrets under a passphrase, in one file: a stolen disk gives nothing away that the passphrase doesn't.

Owns `vault.json`: a random salt, a check, and each secret under AES-256-GCM. The key is scrypt's of the passphrase and
exists in memory only. A secret's name is authenticated with it, so that no secret can be put in another's place.
"""

import base64
import json
import os
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Len
from pydantic import Base64Bytes, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as parsed

from app.device.vaults.contract import PassphraseWrong, VaultDamaged, VaultFailed, VaultKind, VaultLocked
from app.device.vaults.files import LOCKED_FILE, FileVault
from app.device.vaults.whole_file import turn_in, write_whole
from app.errors import AppError
from core.ticket import seal

MIN_PASSPHRASE = 10
"""Characters. At a tenth of a second and 32 MiB a guess, ten unrelated ones are out of reach."""
MAX_VAULT = 4 << 20
"""Bytes of a vault's file: far above what a kiosk keeps, far below what would fill its memory."""
_CHECK = b"doorlight/vault/v1"


class PassphraseUnfit(AppError):
    """A new passphrase is too short, or holds what no keyboard types."""

    def __init__(self) -> None:
        super().__init__("vault_passphrase_unfit", least=MIN_PASSPHRASE)


@parsed(frozen=True, config=ConfigDict(extra="forbid"))
class _Stored:
    """The file's content; every byte string is base64 in it."""

    v: Literal[1]
    salt: Annotated[Base64Bytes, Len(seal.SALT_BYTES, seal.SALT_BYTES)]
    check: Base64Bytes
    secrets: dict[str, Base64Bytes]


_STORED = TypeAdapter(_Stored)


@dataclass(frozen=True, slots=True)
class _Lock:
    """A salt and the key that scrypt makes of the passphrase with it."""

    salt: bytes
    key: bytes = field(repr=False)

    def shut(self, secret: bytes, about: str) -> bytes:
        return seal.lock(self.key, secret, nonce=os.urandom(seal.NONCE_BYTES), about=about.encode())

    def opened(self, locked: bytes, about: str) -> bytes | None:
        return seal.unlock(self.key, locked, about=about.encode())

    def check(self) -> bytes:
        """What tells the right key from a wrong one. Its name is empty, as no secret's is."""
        return self.shut(_CHECK, about="")

    def fits(self, stored: _Stored) -> bool:
        """Whether this lock shut that file."""
        return self.salt == stored.salt and self.opened(stored.check, about="") == _CHECK


class PassphraseVault:
    """One file, unlocked once per opening with one run of scrypt. Deleting and listing need no passphrase."""

    kind = VaultKind.PASSPHRASE
    warning: str | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LOCKED_FILE
        self._lock: _Lock | None = None

    @property
    def is_set(self) -> bool:
        """Whether the folder has a passphrase."""
        return self._path.exists()

    def set_up(self, passphrase: str) -> None:
        """Gives a folder its first passphrase, and takes in the secrets that lie there in clear; unlocked after it.

        Raises PassphraseUnfit, VaultFailed; VaultDamaged where there is a vault already.
        """
        lock = _new_lock(passphrase)
        with self._turn():
            if self.is_set:
                raise VaultDamaged(self._path, "it appeared while its passphrase was being set")
            self._take_in(lock, {})
        self._lock = lock

    def unlock(self, passphrase: str) -> None:
        """Opens the vault for this object, and takes in secrets that lie beside it in clear.

        Raises PassphraseWrong, VaultDamaged, VaultFailed.
        """
        with self._turn():
            stored = self._read()
            key = _stretched(passphrase, stored.salt)
            if key is None or not _Lock(stored.salt, key).fits(stored):
                raise PassphraseWrong(self._path)
            lock = _Lock(stored.salt, key)
            self._take_in(lock, stored.secrets)
        self._lock = lock

    def rekey(self, passphrase: str) -> None:
        """Puts every secret under another passphrase, in one step. The vault must be unlocked.

        Raises PassphraseUnfit, VaultLocked, VaultDamaged, VaultFailed; the old passphrase stays good then.
        """
        new = _new_lock(passphrase)
        with self._turn():
            old, stored = self._opened()
            clear = {name: self._clear(old, name, locked) for name, locked in stored.secrets.items()}
            self._write(new.salt, new.check(), {name: new.shut(secret, about=name) for name, secret in clear.items()})
        self._lock = new

    def get(self, name: str) -> bytes | None:
        """The secret of a name; raises VaultLocked, VaultDamaged, VaultFailed."""
        lock, stored = self._opened()
        locked = stored.secrets.get(name)
        return None if locked is None else self._clear(lock, name, locked)

    def put(self, name: str, secret: bytes) -> None:
        """Keeps a secret; raises VaultLocked, VaultDamaged, VaultFailed."""
        with self._turn():
            lock, stored = self._opened()
            self._write(stored.salt, stored.check, {**stored.secrets, name: lock.shut(secret, about=name)})

    def delete(self, name: str) -> None:
        """Forgets a secret, locked or not; raises VaultDamaged, VaultFailed."""
        if name not in self.names():
            return
        with self._turn():
            stored = self._read()
            self._write(
                stored.salt,
                stored.check,
                {other: locked for other, locked in stored.secrets.items() if other != name},
            )

    def names(self) -> list[str]:
        """Whose secrets lie here, in order, locked or not; raises VaultDamaged, VaultFailed."""
        return sorted(self._read().secrets) if self.is_set or self._lock else []

    def _opened(self) -> tuple[_Lock, _Stored]:
        """The lock and what it shut. Where another program has changed the passphrase since, it is locked again."""
        lock = self._lock
        if lock is None:
            raise VaultLocked(self._path)
        stored = self._read()
        if not lock.fits(stored):
            raise VaultLocked(self._path)
        return lock, stored

    def _clear(self, lock: _Lock, name: str, locked: bytes) -> bytes:
        secret = lock.opened(locked, about=name)
        if secret is None:
            raise VaultDamaged(self._path, f"the secret '{name}' has been changed")
        return secret

    def _take_in(self, lock: _Lock, secrets: Mapping[str, bytes]) -> None:
        """Secrets in clear beside the vault are newer than its own: they go in whole, and only then leave the disk."""
        files = FileVault(self._folder)
        clear = {name: files.get(name) for name in files.names()}
        taken = {name: lock.shut(secret, about=name) for name, secret in clear.items() if secret is not None}
        if taken or not self.is_set:
            self._write(lock.salt, lock.check(), {**secrets, **taken})
        files.clear()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody else changes this vault meanwhile."""
        try:
            with turn_in(self._folder):
                yield
        except OSError as err:
            raise VaultFailed(LOCKED_FILE, str(err)) from err

    def _read(self) -> _Stored:
        try:
            with self._path.open("rb") as file:
                content = file.read(MAX_VAULT + 1)
        except FileNotFoundError as err:
            raise VaultDamaged(self._path, "the file is gone") from err
        except OSError as err:
            raise VaultFailed(LOCKED_FILE, str(err)) from err
        if len(content) > MAX_VAULT:
            raise VaultDamaged(self._path, "it is too large")
        try:
            return _STORED.validate_json(content)
        except ValidationError as err:
            # never the content: an unreadable vault may be a file of secrets in clear
            raise VaultDamaged(self._path, "it can't be read as a vault") from err

    def _write(self, salt: bytes, check: bytes, secrets: Mapping[str, bytes]) -> None:
        content = {
            "v": 1,
            "salt": _text(salt),
            "check": _text(check),
            "secrets": {name: _text(locked) for name, locked in sorted(secrets.items())},
        }
        write_whole(self._path, json.dumps(content).encode("ascii"))


def _new_lock(passphrase: str) -> _Lock:
    salt = os.urandom(seal.SALT_BYTES)
    key = _stretched(passphrase, salt) if len(passphrase) >= MIN_PASSPHRASE else None
    if key is None:
        raise PassphraseUnfit
    return _Lock(salt, key)


def _stretched(passphrase: str, salt: bytes) -> bytes | None:
    """The key; None for what is no Unicode text. Two keyboards' ways to type one letter are one letter (NFC)."""
    try:
        return seal.stretched(unicodedata.normalize("NFC", passphrase), salt)
    except UnicodeEncodeError:
        return None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
