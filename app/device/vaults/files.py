"""Secrets as files in clear: the last resort, and never without a warning."""

from pathlib import Path

from app.device.vaults.contract import VaultFailed, VaultKind
from app.device.vaults.whole_file import TURN_FILE, wipe, write_whole

LOCKED_FILE = "vault.json"
"""The passphrase vault's file lies in the same folder and is no secret in clear."""
_NO_SECRETS = {LOCKED_FILE, f".{LOCKED_FILE}.new", TURN_FILE}


class FileVault:
    """Files of mode 0600 in a folder of mode 0700: safe from other accounts, not from a stolen disk."""

    kind = VaultKind.FILES
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
        """Keeps a secret; raises VaultFailed."""
        try:
            write_whole(self._folder / name, secret)
        except OSError as err:
            raise VaultFailed(name, str(err)) from err

    def delete(self, name: str) -> None:
        """Overwrites and removes a secret's file (best effort: see `wipe`); raises VaultFailed."""
        try:
            wipe(self._folder / name)
        except OSError as err:
            raise VaultFailed(name, str(err)) from err

    def names(self) -> list[str]:
        """Whose secrets lie here, in order; raises VaultFailed."""
        return [name for name in self._files() if not name.startswith(".")]

    def clear(self) -> None:
        """Deletes every secret, and what an interrupted write or deletion has left; raises VaultFailed."""
        for name in self._files():
            self.delete(name)

    def _files(self) -> list[str]:
        try:
            found = [path.name for path in self._folder.iterdir() if path.is_file()]
        except FileNotFoundError:
            return []
        except OSError as err:
            raise VaultFailed(self._folder.name, str(err)) from err
        return sorted(name for name in found if name not in _NO_SECRETS)
