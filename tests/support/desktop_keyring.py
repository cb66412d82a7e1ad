"""A keyring for tests that lives in memory and goes through the real `keyring` library; can be locked."""

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """A backend of this process."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._look()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._look()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._look()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)

    def _look(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


@contextmanager
def desktop_keyring() -> Iterator[MemoryKeyring]:
    """Puts a fresh one in force for the process."""
    before, fresh = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(fresh)
    try:
        yield fresh
    finally:
        keyring.set_keyring(before)
