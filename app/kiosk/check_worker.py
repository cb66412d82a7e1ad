"""What the self-test looks at outside the window's thread: the disk by a real write, the vault, the journal's rows."""

import shutil
import time
from contextlib import closing
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.device.vault import VaultKind, kind_of
from app.errors import AppError
from app.log import logger
from app.runtime.mending import write_probe
from app.runtime.station import Station
from app.settings import VAULT_FOLDER
from core.gate.readiness import Safe


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found. `write_ms` None: the disk takes no write. `facts` None: the journal can't be read."""

    free_bytes: int = 0
    write_ms: int | None = None
    facts: int | None = None
    has_loss: bool = False
    safe: Safe = Safe.LOOKING


class CheckWorker(QObject):
    """Lives in a thread of its own: a keyring may take its time, and so may a disk that fails."""

    looked = Signal(object)
    """A `Looked`."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station

    @Slot()
    def look(self) -> None:
        """One look at all of it."""
        free_bytes, write_ms = self._disk()
        facts, has_loss = self._journal()
        self.looked.emit(Looked(free_bytes, write_ms, facts, has_loss, self._safe()))

    def _disk(self) -> tuple[int, int | None]:
        try:
            free_bytes = shutil.disk_usage(self._station.folder).free
            began = time.monotonic_ns()
            write_probe(self._station.folder)
        except OSError:
            return 0, None
        return free_bytes, (time.monotonic_ns() - began) // 1_000_000

    def _journal(self) -> tuple[int | None, bool]:
        try:
            with closing(self._station.open_journal()) as journal:
                has_loss = any(not loss.is_accepted for loss in journal.losses())
                return sum(journal.summary().by_leg.values()), has_loss
        except AppError:
            return None, False

    def _safe(self) -> Safe:
        if self._station.are_keys_lost:
            return Safe.LOST
        try:
            kind = kind_of(self._station.folder / VAULT_FOLDER)
        except AppError as err:
            logger(__name__).error("check", key=err.key)
            return Safe.LOST
        return Safe.FILES if kind is VaultKind.FILES else Safe.LOCKED
