"""The thread in which the start window looks at folders, ports and the ledger, while the window goes on living.

Owns that each step is answered by one signal, whatever becomes of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.faults import log_fault
from app.log import logger
from app.start.state import EventHere, GateHere
from app.start.steps import become_door, look_for_events, next_port, prepare


@dataclass(frozen=True, slots=True)
class EnrolWish:
    """A computer that is to become a door of its own server."""

    server: Path
    event: EventHere
    gate: GateHere
    url: str
    kiosk: Path


class StartWorker(QObject):
    """Lives in a thread of its own; called through queued signals."""

    prepared = Signal(object, int)
    """A `Prepared` and the port."""
    events_found = Signal(object)
    """A tuple of `EventHere`."""
    door_made = Signal(object)
    """A `DoorHere`."""
    server_refused = Signal(object)
    """An AppError: the server can't be started."""
    door_refused = Signal(object)
    """An AppError: this computer did not become a door."""

    @Slot(object, int, bool)
    def prepare(self, folder: Path, port: int, is_taken: bool) -> None:
        """All that a server needs; on the next free port where this one is known to be taken."""

        def step() -> None:
            at = next_port(port) if is_taken else port
            self.prepared.emit(prepare(folder, at), at)

        self._try(step, self.server_refused.emit)

    @Slot(object)
    def look_for_events(self, folder: Path) -> None:
        """Of which events this computer could be a door."""
        self._try(lambda: self.events_found.emit(look_for_events(folder)), lambda _: None)

    @Slot(object)
    def become_door(self, wish: EnrolWish) -> None:
        """Makes this computer a door."""
        made = wish.server, wish.event, wish.gate, wish.url, wish.kiosk
        self._try(lambda: self.door_made.emit(become_door(*made)), self.door_refused.emit)

    def _try(self, step: Callable[[], None], refuse: Callable[[AppError], None]) -> None:
        try:
            step()
        except AppError as err:
            logger(__name__).error("start", key=err.key)
            refuse(err)
        except Exception as err:  # noqa: BLE001 — a bug ends no window: it is told like any other trouble
            log_fault("start", err)
            refuse(AppError("start_failed", cause=type(err).__name__))
