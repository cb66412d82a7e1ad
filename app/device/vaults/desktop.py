"""Secrets in the desktop's keyring: Secret Service, KWallet, the macOS keychain, the Windows credential store.

The library, which looks around for all of them, is loaded by whoever needs a secret, not by whoever opens a window.
"""

import base64
import binascii

from app.device.vaults.contract import VaultFailed, VaultKind

SERVICE = "doorlight"
LEAST_PRIORITY = 1
"""What `keyring` recommends. Below it are the backends that refuse, and those that write plain text to a file."""


class KeyringVault:
    """The desktop's keyring. `scope` tells two folders of one account apart."""

    kind = VaultKind.KEYRING
    warning: str | None = None

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def get(self, name: str) -> bytes | None:
        """The secret of a name; raises VaultFailed when the keyring is locked or broken."""
        import keyring
        from keyring.errors import KeyringError

        try:
            text = keyring.get_password(SERVICE, self._entry(name))
            return None if text is None else base64.b64decode(text, validate=True)
        except (KeyringError, binascii.Error) as err:
            raise VaultFailed(name, str(err)) from err

    def put(self, name: str, secret: bytes) -> None:
        """Keeps the secret in the keyring; raises VaultFailed when it is locked or broken."""
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(SERVICE, self._entry(name), base64.b64encode(secret).decode("ascii"))
        except KeyringError as err:
            raise VaultFailed(name, str(err)) from err

    def delete(self, name: str) -> None:
        """Removes the entry; raises VaultFailed when the keyring is locked or broken."""
        import keyring
        from keyring.errors import KeyringError

        try:
            if keyring.get_password(SERVICE, self._entry(name)) is not None:
                keyring.delete_password(SERVICE, self._entry(name))
        except KeyringError as err:
            raise VaultFailed(name, str(err)) from err

    def _entry(self, name: str) -> str:
        return f"{self._scope}/{name}"


def has_keyring() -> bool:
    """Whether a real keyring is at hand on this machine, for this account, in this session."""
    import keyring
    from keyring.errors import KeyringError

    try:
        return float(keyring.get_keyring().priority) >= LEAST_PRIORITY
    except (KeyringError, RuntimeError):
        return False
