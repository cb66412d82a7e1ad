"""A lane that is killed with SIGKILL before its n-th step; run as a program by the power tests.

A step is an SQL statement, or a write or a sync of the black box. `python -m tests.support.crashing_lane DATABASE
PLANTED` reads one line per cycle, `<step> <ticket>`, forks a lane for it, and answers with a line of JSON: the verdict
that the door displayed (null when it died before) and whether the lane was killed. PLANTED=1 plants the defect that the
tests must find: the light before the journal.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store import black_box
from app.store.journal import Journal
from core.gate.admit import Door
from core.journal.scan import Scan
from core.model.event import Direction
from core.model.moments import Moment
from core.model.outcomes import Outcome, Source, is_admission
from core.ticket.verify import Lane
from tests.support.door import DEVICE, EVENT, NORTH, HandClock, new_id, taken, ticket, writer


class LightFirst(Journal):
    """The planted defect: it tells the door before it commits what the door sees."""

    display_fd = -1

    def record_shown(self, scan: Scan, outcome: Outcome, source: Source, moment: Moment):
        _display(self.display_fd, outcome, scan.stamp.id.hex)
        return super().record_shown(scan, outcome, source, moment)


def _display(fd: int, outcome: Outcome, scan: str | None) -> None:
    green = is_admission(outcome)
    os.write(fd, json.dumps({"outcome": outcome.value, "green": green, "scan": scan}).encode() + b"\n")


def _present(database: Path, step: int, number: int, fd: int, *, planted: bool) -> None:
    """One guest; the process dies before step `step` of the presentation."""
    kind = LightFirst if planted else Journal
    clock = HandClock()
    with closing(kind(database, writer(), new_id)) as journal:
        if isinstance(journal, LightFirst):
            journal.display_fd = fd
        box = TrustBox(EVENT)
        box.adopt(taken(), clock.at_ms)
        line = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=box,
            clock=clock,
            oracle=NoOracle(),
        )
        left = [step]

        def strike(_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        _strike_in_the_box(strike)
        journal._connection.set_trace_callback(strike)
        verdict = line.present(ticket(number))
        journal._connection.set_trace_callback(None)
        if not planted:
            _display(fd, verdict.outcome, verdict.scan_id.hex if verdict.scan_id else None)


def _strike_in_the_box(strike: Callable[[object], None]) -> None:
    """Before a record is written, when half of it is, before it is synced, and after that."""
    write_all, sync = black_box._write_all, black_box._sync

    def write_halves(file: BinaryIO, data: bytes) -> None:
        strike(None)
        write_all(file, data[: len(data) // 2])
        strike(None)
        write_all(file, data[len(data) // 2 :])

    def sync_between(handle: int) -> None:
        strike(None)
        sync(handle)
        strike(None)

    black_box._write_all, black_box._sync = write_halves, sync_between


def _cycle(database: Path, step: int, number: int, *, planted: bool) -> dict[str, object]:
    read_fd, write_fd = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_fd)
        _present(database, step, number, write_fd, planted=planted)
        os._exit(0)
    os.close(write_fd)
    with os.fdopen(read_fd, "rb") as pipe:
        shown = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "status": status, "displayed": json.loads(shown) if shown else None}


def main() -> None:
    """Cycles until standard input ends."""
    database, planted = Path(sys.argv[1]), sys.argv[2] == "1"
    for line in sys.stdin:
        step, number = map(int, line.split())
        print(json.dumps(_cycle(database, step, number, planted=planted)), flush=True)


if __name__ == "__main__":
    main()
