"""Nights of a kiosk and a server, with everything that they do to their disk told in order; run as a program.

`python -m tests.support.recorded_night FOLDER GUESTS` prepares a kiosk and a server in FOLDER for each of SQLite's
levels: `synchronous = FULL`, as the program has it, and NORMAL, for the control. From then on it writes down each
write, sync, truncation and deletion, and each fact that was acknowledged: displayed by the door, or answered by the
server. The nights go to standard output as a pickle, by who and level.
"""

import pickle
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import app.durable
from app.ledger import engine
from app.ledger.admin import open_ledger
from app.runtime.oracle import NoOracle
from app.runtime.redeem_line import RedeemLine
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store import black_box
from app.store.journal import Journal
from core.gate.admit import Door
from core.journal.scan import Fact, to_record
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.ids import DeviceId, EventId
from core.ticket.verify import Lane
from tests.contract.ledger_rig import Home, open_house
from tests.support.disk_events import Acknowledged, Night, Synced, Truncated, Written
from tests.support.door import DEVICE, EVENT, NORTH, HandClock, new_id, taken, ticket, writer
from tests.support.recording_vfs import Listening

LEVELS = ("FULL", "NORMAL")
BATCH = 4
CHECKPOINT_PAGES = 20
"""The log goes back into the database every few guests, so that power fails in the middle of that too."""
_PRAGMAS = ("foreign_keys = ON", f"wal_autocheckpoint = {CHECKPOINT_PAGES}")

Run = Callable[[list[Any]], None]
"""Runs a night, and tells what happens in the list."""


class HeardFile:
    """The black box's file with the same ear; it is written by Python, not by SQLite."""

    def __init__(self, file: Any, path: Path, ear: Any) -> None:
        self._file, self._path, self._ear, self._at = file, str(path), ear, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def seek(self, at: int) -> int:
        self._at = int(self._file.seek(at))
        return self._at

    def write(self, data: bytes) -> int:
        taken_bytes = int(self._file.write(data))
        self._ear(Written(self._path, self._at, bytes(data[:taken_bytes])))
        self._at += taken_bytes
        return taken_bytes

    def truncate(self, size: int) -> int:
        self._ear(Truncated(self._path, size))
        return int(self._file.truncate(size))


def main() -> None:
    """Prepares, records, tells."""
    folder, guests = Path(sys.argv[1]), int(sys.argv[2])
    recorders = {}
    for level in LEVELS:
        recorders["kiosk", level] = _prepared_kiosk(folder / f"kiosk-{level}", guests)
        recorders["server", level] = _prepared_server(folder / f"server-{level}", guests)
    engine.LOG_PAGES = CHECKPOINT_PAGES
    events: list[Any] = []
    listening = Listening(events.append)
    nights = {}
    for (who, level), (at, run) in recorders.items():
        app.durable._DURABLE = (*_PRAGMAS, f"synchronous = {level}")
        base = _files(at)
        events.clear()
        run(events)
        nights[who, level] = Night(base, list(events))
    sys.stdout.buffer.write(pickle.dumps(nights))
    del listening


def _prepared_kiosk(folder: Path, guests: int) -> tuple[Path, Run]:
    folder.mkdir()
    with closing(Journal(folder / "kiosk.db", writer(), new_id)):
        pass
    return folder, lambda events: _run_kiosk(folder / "kiosk.db", guests, events)


def _run_kiosk(path: Path, guests: int, events: list[Any]) -> None:
    ear = events.append
    real_opened, real_sync = black_box._opened, black_box._sync

    def sync(handle: int) -> None:
        real_sync(handle)
        ear(Synced(str(path.with_suffix(".box"))))

    black_box._opened = lambda box: HeardFile(real_opened(box), box, ear)  # type: ignore[assignment,return-value]
    black_box._sync = sync
    clock, box = HandClock(), TrustBox(EVENT)
    box.adopt(taken(), clock.at_ms)
    journal = Journal(path, writer(), new_id)
    line = ScanLine(
        lane=Lane(NORTH, Direction.ENTRY),
        door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
        journal=journal,
        holder=box,
        clock=clock,
        oracle=NoOracle(),
    )
    for number in range(1, guests + 1):
        verdict = line.present(ticket(number))
        assert verdict.is_admission
        assert verdict.scan_id is not None
        ear(Acknowledged(verdict.scan_id.hex))
        clock.advance(5_000)
    black_box._opened, black_box._sync = real_opened, real_sync
    _close_unheard(journal.close, events)


def _prepared_server(folder: Path, guests: int) -> tuple[Path, Run]:
    folder.mkdir()
    with open_house(Home(None, folder)) as house:
        facts = [fact for tid in house.tickets(guests) for fact in house.admit_offline(tid, 0)]
        event, kiosk = house.event, house.kiosks[0]
    return folder, lambda events: _run_server(folder, event, kiosk, facts, events)


def _run_server(folder: Path, event: EventId, kiosk: DeviceId, facts: list[Fact], events: list[Any]) -> None:
    office = open_ledger(None, folder)
    line = RedeemLine(office.facts)
    for first in range(0, len(facts), BATCH):
        results = line.redeem_batch(event, kiosk, [to_record(fact) for fact in facts[first : first + BATCH]])
        assert all(result.arrival is Arrival.APPLIED for result in results), results
        events.extend(Acknowledged(result.id) for result in results)
    _close_unheard(office.close, events)


def _close_unheard(close: Callable[[], None], events: list[Any]) -> None:
    """Closing cleans up: what it does belongs to no night whose power fails."""
    told = len(events)
    close()
    del events[told:]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


if __name__ == "__main__":
    main()
