"""The thread that makes this computer a door while the window goes on living.

Owns the order of the steps and their ends. What it has to tell goes out as signals; nothing is told after `stop`.
"""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.faults import log_fault
from app.kiosk.enrolling import Begun, Enroller, EnrolTrouble, Holds, Wanted
from app.log import logger


class EnrolWorker(QObject):
    """Lives in a thread of its own: `begin` and `load` through queued signals, `stop` from any thread."""

    begun = Signal(object)
    """A `Begun`: both people can compare the digits now."""
    confirmed = Signal()
    """The organizer has compared them: this computer is a door."""
    loading = Signal(object, object)
    """Bytes that have come, and all of them. Objects, for lists may be larger than a C int."""
    ready = Signal(object)
    """What it holds (`Holds`)."""
    failed = Signal(object)
    """An `EnrolTrouble` before the organizer has said yes: begin again."""
    load_failed = Signal(object)
    """An `EnrolTrouble` of the lists: this computer is a door that has no list yet."""

    def __init__(self, make_enroller: Callable[[], Enroller]) -> None:
        super().__init__()
        self._make_enroller = make_enroller
        self._enroller: Enroller | None = None
        self._stopper = threading.Event()

    @Slot(object)
    def begin(self, wanted: Wanted) -> None:
        """All steps, from the invitation to the lists."""
        try:
            self._enroller = self._make_enroller()
            begun = self._enroller.begin(wanted)
            trouble = begun if isinstance(begun, EnrolTrouble) else self._confirmed(self._enroller, begun)
        except Exception as err:  # noqa: BLE001 — the top of this thread: a page that waits for ever says nothing
            trouble = _trouble_of(err)
        if self._stopper.is_set():
            return
        if trouble is not None:
            self.failed.emit(trouble)
            return
        self.confirmed.emit()
        self.load()

    @Slot()
    def load(self) -> None:
        """The last step alone: the lists, from where they broke."""
        if self._enroller is None:
            return
        try:
            found = self._enroller.load(self._stopper, self._tell)
        except Exception as err:  # noqa: BLE001 — the top of this thread
            found = _trouble_of(err)
        if self._stopper.is_set():
            return
        if isinstance(found, Holds):
            self.ready.emit(found)
        else:
            self.load_failed.emit(found)

    def stop(self) -> None:
        """Ends what runs soon, and says nothing more. From any thread."""
        self._stopper.set()

    def _confirmed(self, enroller: Enroller, begun: Begun) -> EnrolTrouble | None:
        if not self._stopper.is_set():
            self.begun.emit(begun)
        return enroller.wait(self._stopper)

    def _tell(self, done: int, total: int) -> None:
        if not self._stopper.is_set():
            self.loading.emit(done, total)


def _trouble_of(err: Exception) -> EnrolTrouble:
    if not isinstance(err, AppError):
        log_fault("enrolment", err)
        return EnrolTrouble.PROGRAM_FAULT
    logger(__name__).error("enrolment", key=err.key)
    return EnrolTrouble.STORAGE_FAILED
