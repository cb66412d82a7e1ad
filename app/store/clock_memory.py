"""What a kiosk remembers of the time: a small file of its own in the kiosk's folder.

Owns that file: written durable and whole or not at all, read without trust. It holds no secret. A damaged or missing
one is nothing remembered, which costs the kiosk certainty until the next sync and never a start.
"""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.clock import Memory, SystemClock
from app.log import logger
from app.settings import JOURNAL_FILE, SettingsFailed
from core.model.timekeeping import Remembered

CLOCK_FILE = "clock.json"
MAX_BYTES = 4_096
"""Ten times what a file of this program holds."""

_REMEMBERED = TypeAdapter(Remembered)
LAST_SYNCED = (
    "SELECT ts FROM facts WHERE json_extract(CAST(record AS TEXT), '$.quality') = 'synced'"
    " ORDER BY event DESC, device DESC, incarnation DESC, seq DESC LIMIT 1"
)
"""Backwards along the journal's own index: one row is read where the newest fact was synced."""


class ClockFile(Memory):
    """The clock's memory in one file. Several programs may use it at once: the last one to write wins whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_complained = False

    def load(self) -> Remembered:
        """What the file holds; nothing remembered where it is missing or damaged, which is logged once."""
        try:
            with self._path.open("rb") as file:
                return _REMEMBERED.validate_json(file.read(MAX_BYTES))
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValidationError) as err:
            self._complain(type(err).__name__)
            return Remembered()

    def save(self, known: Remembered) -> None:
        """Writes a new file and moves it into place, mode 0600. Raises SettingsFailed."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=".new", dir=self._path.parent)
            fresh = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_REMEMBERED.dump_json(known) + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(self._path)
            except BaseException:
                with suppress(OSError):
                    fresh.unlink()
                raise
        except OSError as err:
            raise SettingsFailed(self._path, str(err)) from err
        self._is_complained = False

    def _complain(self, cause: str) -> None:
        if not self._is_complained:
            logger(__name__).warning("nothing remembered of the time", file=str(self._path), cause=cause)
        self._is_complained = True


def clock_of(folder: Path) -> SystemClock:
    """The clock of a kiosk's folder: with its memory, and its floor at the journal's last synced fact at least."""
    clock = SystemClock(ClockFile(folder / CLOCK_FILE))
    last_ms = last_synced_ms(folder / JOURNAL_FILE)
    if last_ms is not None:
        clock.raise_floor(last_ms)
    return clock


def last_synced_ms(journal: Path) -> int | None:
    """When the newest fact of a journal was written whose clock was synced; None where that can't be told."""
    if not journal.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{journal.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(LAST_SYNCED).fetchone()
    except sqlite3.Error as err:
        logger(__name__).warning("no time from the journal", cause=str(err))
        return None
    return int(row[0]) if row else None
