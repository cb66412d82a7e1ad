"""The two secrets beside the database: the master key of all tickets, the organizer's token.

Owns how they lie on disk: made once, whole, readable by this account alone from their first moment. The database holds
a check value of the master key, so that a server never seals or tells keys that do not fit its tickets.
"""

import os
import secrets
import stat
from pathlib import Path

from app.errors import AppError

MASTER_FILE = "master.key"
ADMIN_FILE = "admin-token"
MASTER_BYTES = 32
_MAX_SECRET_BYTES = 256
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretFileFailed(AppError):
    """A secret's file can't be read or made, or others may read it: `cause` says what to do."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("secret_file_failed", path=path, cause=cause)


class MasterKeyWrong(AppError):
    """The master key is not the one that the database's tickets were sealed with."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("master_key_wrong", path=path, cause=cause)


def read_master(folder: Path) -> bytes | None:
    """The master key (32 bytes), or None when there is none yet. Raises SecretFileFailed."""
    master = _read(folder / MASTER_FILE)
    if master is not None and len(master) != MASTER_BYTES:
        raise SecretFileFailed(folder / MASTER_FILE, "it is no 32-byte key: put the right file back")
    return master


def make_master(folder: Path) -> bytes:
    """A new master key, or the one that another process made meanwhile. Raises SecretFileFailed."""
    _make(folder / MASTER_FILE, secrets.token_bytes(MASTER_BYTES))
    master = read_master(folder)
    if master is None:
        raise SecretFileFailed(folder / MASTER_FILE, "it vanished")
    return master


def keep_master(folder: Path, master: bytes | None) -> None:
    """Puts a master key into a folder that has none. Raises SecretFileFailed."""
    if master is not None:
        _make(folder / MASTER_FILE, master)


def admin_token(folder: Path) -> str:
    """The organizer's bearer token, made when there is none. Raises SecretFileFailed."""
    path = folder / ADMIN_FILE
    token = _read(path)
    if token is None:
        _make(path, secrets.token_urlsafe(32).encode() + b"\n")
        token = _read(path)
    text = (token or b"").decode("ascii", "replace").strip()
    if len(text) < 20:
        raise SecretFileFailed(path, "it holds no token: delete it, and a new one is made")
    return text


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MAX_SECRET_BYTES)
    except FileNotFoundError:
        return None
    except OSError as err:
        raise SecretFileFailed(path, type(err).__name__) from err
    if os.name == "posix" and mode & _OTHERS:
        raise SecretFileFailed(path, f"other accounts may read it: run chmod 600 {path}")
    return content


def _make(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over a file that is there: a link fails where the name is taken."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    except OSError as err:
        raise SecretFileFailed(path, type(err).__name__) from err
