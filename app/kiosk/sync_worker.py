"""The kiosk's sync: the thread that empties the queue and fetches the manifest.

Owns its life. It is a QObject that lives in a thread of its own, opens its journal there and closes it there; what it
has to tell goes out as signals.
"""

import threading
from contextlib import closing
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.faults import log_fault
from app.kiosk.trust_facts import Download
from app.kiosk.trust_reading import Standing
from app.runtime.door_stream import DoorStream
from app.runtime.keeper import ManifestKeeper
from app.runtime.station import Station
from app.runtime.sync_line import SyncLine
from app.store.database import DatabaseDamaged
from app.store.journal import Journal
from app.store.journal_looks import JournalLooks
from core.model.backing_off import doubled
from core.model.outcomes import Outcome
from core.sync.answers import Done
from core.ticket.verify import Barred

_PENDING = "pending"
"""What a server calls a device whose six digits nobody has compared."""
RETRY_S = 2.0
"""How soon a sync that could not open its files tries again: a disk may be back."""
LONGEST_RETRY_S = 60.0
_STEPS = 200
"""A bar across a window has no use for more."""


class SyncWorker(QObject):
    """Empties the queue and fetches the manifest, for as long as its thread runs."""

    queue_changed = Signal()
    news_heard = Signal()
    """The server has told who is inside, and which incidents concern this door."""
    standing_changed = Signal(object)
    """A `Standing`: a list is on its way, or the organizer has compared the digits."""
    failed = Signal(object)
    """An AppError of the disk or the vault; the line goes on and tries again."""
    faulted = Signal()
    """This program failed at it; the line begins anew."""
    damage_found = Signal()
    """The journal's file is damaged: the lane looks after it."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station
        self._line: SyncLine | None = None
        self._keeper: ManifestKeeper | None = None
        self._standing = Standing(are_keys_lost=station.are_keys_lost, rescue=station.rescue)
        self._stream = DoorStream(station.client, station.profile.event_id, self.wake)
        self._stopper = threading.Event()
        self._is_stale = False

    @Slot()
    def run_line(self) -> None:
        """Runs until `stop`, in this worker's thread. A disk that fails is tried again: the lane may have mended it.

        So is a fault of this program's own, ever more seldom: else the queue would wait for somebody to start it anew.
        """
        self._stream.start()
        faults = 0
        try:
            while not self._stopper.is_set():
                try:
                    self._run()
                    faults = 0
                except AppError as err:
                    self._tell_failure(err)
                    self._stopper.wait(RETRY_S)
                except Exception as err:  # noqa: BLE001 — the top of this thread
                    log_fault("sync", err)
                    self.faulted.emit()
                    self._stopper.wait(doubled(RETRY_S, faults, LONGEST_RETRY_S))
                    faults += 1
        finally:
            self._stream.stop()

    def _run(self) -> None:
        station, self._is_stale = self._station, False
        with (
            closing(station.open_keeper(self._tell_progress)) as keeper,
            closing(station.open_journal()) as journal,
            closing(station.open_looks()) as looks,
        ):
            self._keeper = keeper
            self._load(keeper)
            self._line = station.sync_line(
                journal,
                refresh=lambda: self._refresh(keeper, looks, journal),
                drained=lambda _: self.queue_changed.emit(),
                failed=self._tell_failure,
                waiting=keeper.check_lease,
                idle_s=self._stream.idle_s,
            )
            if not (self._stopper.is_set() or self._is_stale):
                self._line.run()

    def _tell_failure(self, error: AppError) -> None:
        self.failed.emit(error)
        if isinstance(error, DatabaseDamaged):
            self.damage_found.emit()

    def _load(self, keeper: ManifestKeeper) -> None:
        """What is stored comes into force here, beside the window: a city's lists take their time."""
        if self._station.box.taken is None:
            self._stand(replace(self._standing, is_loading=True))
            keeper.load()
            self._stand(replace(self._standing, is_loading=False))

    def _refresh(self, keeper: ManifestKeeper, looks: JournalLooks, journal: Journal) -> None:
        """One look for a newer manifest. What is not taken leaves the old one in force: the window says why."""
        keeper.refresh(self._station.client)
        if keeper.is_unfinished and self._station.link.health.is_worth_asking:
            self.wake()  # the queue has its turn, then the rest of the lists
        if self._station.link.health.is_worth_asking:
            self._station.vitals.tell(journal.queue_length())
            if self._station.news.listen(looks, is_urgent=self._stream.take_news()):
                self.news_heard.emit()
        coming, found = self._standing.download if keeper.is_unfinished else None, self._station.reckoner.found
        self._stand(replace(self._standing, is_pending=self._is_pending(), download=coming, reckoning=found))

    def _is_pending(self) -> bool:
        """Whether the server says no because nobody has compared the six digits yet."""
        trust = self._station.box.trust
        if not isinstance(trust, Barred) or trust.outcome is not Outcome.NOT_AUTHORISED:
            return False
        answer = self._station.client.me()
        return isinstance(answer, Done) and answer.value.state == _PENDING

    def _tell_progress(self, done: int, total: int) -> None:
        """Files that are here already are no download; a step too small to be seen is none either."""
        if done < total:
            step = Download(done * _STEPS // total * total // _STEPS, total)
            self._stand(replace(self._standing, download=step))

    def _stand(self, standing: Standing) -> None:
        if standing != self._standing:
            self._standing = standing
            self.standing_changed.emit(standing)

    def stop(self) -> None:
        """Ends `run_line` soon. From any thread."""
        self._stopper.set()
        self.open_anew()
        if self._keeper is not None:
            self._keeper.stop()

    def open_anew(self) -> None:
        """Opens the journal once more, soon: the lane has rebuilt it, under another file. From any thread."""
        self._is_stale = True
        if self._line is not None:
            self._line.stop()

    def wake(self) -> None:
        """Says that there is something new to send. From any thread."""
        if self._line is not None:
            self._line.wake()
