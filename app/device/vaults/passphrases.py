"""Where a vault's passphrase comes from: a file for kiosks that start alone, or a person at a terminal.

Owns the reading of both. A passphrase is never an argument of a command: other accounts see those.
"""

import getpass
import os
import stat
import sys
from functools import cache
from pathlib import Path

from app.errors import AppError

PASSPHRASE_FILE = "DOORLIGHT_PASSPHRASE_FILE"  # noqa: S105 — a name in the environment
MAX_PASSPHRASE_FILE = 4096
"""Bytes: more is no passphrase, but the wrong file."""


class PassphraseFileFailed(AppError):
    """The file of a passphrase can't be read, or others can read it too."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("vault_passphrase_file", path=path, cause=cause)


class PassphrasesDiffer(AppError):
    """Two entries of a new passphrase are not the same."""

    def __init__(self) -> None:
        super().__init__("vault_passphrases_differ")


class PassphraseMissing(AppError):
    """A new passphrase is wanted, and there is neither a file nor a terminal to get it from."""

    def __init__(self) -> None:
        super().__init__("vault_passphrase_missing")


def from_environment() -> str | None:
    """The passphrase in the file that `DOORLIGHT_PASSPHRASE_FILE` names; None when it names none."""
    named = os.environ.get(PASSPHRASE_FILE, "")
    return from_file(Path(named)) if named else None


def from_file(path: Path) -> str:
    """A file's one line, UTF-8. Raises PassphraseFileFailed, also when other accounts may read the file."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_PASSPHRASE_FILE + 1)
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as err:
        raise PassphraseFileFailed(path, err.strerror or str(err)) from err
    except UnicodeDecodeError as err:
        raise PassphraseFileFailed(path, "it is no UTF-8 text") from err
    if os.name != "nt" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PassphraseFileFailed(path, "other accounts may read it: run `chmod 600` on it")
    if len(content) > MAX_PASSPHRASE_FILE or "\n" in text or not text:
        raise PassphraseFileFailed(path, "it must hold the passphrase on one line, and nothing else")
    return text


_told: dict[Path, str] = {}


def tell(folder: Path, passphrase: str) -> None:
    """Takes what a person typed in a window, and was right: `asked` says it from now on, for as long as this runs."""
    _told[folder] = passphrase
    asked.cache_clear()


def is_told(folder: Path) -> bool:
    """Whether a person has typed it in a window of this program."""
    return folder in _told


@cache
def asked(folder: Path) -> str | None:
    """What a person types at this terminal, unseen; None when there is no terminal. Asks once per program and folder.

    `asked.cache_clear()` after a wrong one, so that the next opening asks again.
    """
    if folder in _told:
        return _told[folder]
    return _typed(f"Passphrase of the keys in {folder}: ") if sys.stdin.isatty() else None


def asked_twice() -> str:
    """A new passphrase, typed twice and unseen. Raises PassphrasesDiffer, PassphraseMissing without a terminal."""
    if not sys.stdin.isatty():
        raise PassphraseMissing
    first = _typed("New passphrase of this kiosk's keys: ")
    if _typed("Once more: ") != first:
        raise PassphrasesDiffer
    return first


def _typed(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError as err:
        raise PassphraseMissing from err
