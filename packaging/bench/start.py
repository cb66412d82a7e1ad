"""A killed kiosk on a full night: how long until it scans again, without a person.

    python packaging/bench/start.py [--tickets N] [--scans N] [--runs N] [--json]

The folder holds a manifest with N tickets and a journal with N scans and what they showed; the real program is started
on it in memory, heard as systemd hears it, killed with SIGKILL once it scans, and started again.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from app.kiosk.pulse import SCANNING  # noqa: E402
from app.runtime.watchdog import READY  # noqa: E402
from app.store.black_box import write_box  # noqa: E402
from app.store.database import connect, transaction  # noqa: E402
from app.store.journal import INSERT, LAYOUT, box_of, values_of  # noqa: E402
from core.journal.scan import NO_PREDECESSOR, Scan, Shown, Stamp, canonical, to_record  # noqa: E402
from core.journal.state import Leg  # noqa: E402
from core.model.event import Direction  # noqa: E402
from core.model.ids import CodeDigest  # noqa: E402
from core.model.moments import ClockQuality, Millis, Moment  # noqa: E402
from core.model.outcomes import Outcome, Source  # noqa: E402
from core.ticket import seal  # noqa: E402
from tests.support.door import DAY, DEVICE, EVENT, NOON_MS, NORTH, new_id, tid  # noqa: E402
from tests.support.door_process import DoorProcess, make_folder  # noqa: E402

TICKETS, SCANS, RUNS = 100_000, 50_000, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints one line for each start, or one JSON object."""
    parser = argparse.ArgumentParser(prog="start", description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, default=TICKETS, metavar="N")
    parser.add_argument("--scans", type=int, default=SCANS, metavar="N", help="each with what it showed: two facts")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="doorlight-start-") as name:
        folder = Path(name)
        make_folder(folder, (CodeDigest(seal.sha256(number.to_bytes(8))[:16]) for number in range(args.tickets)))
        fill_journal(folder / "kiosk.db", args.scans)
        figures = [_start(folder) for _ in range(args.runs)]
    if args.json:
        print(json.dumps({"tickets": args.tickets, "facts": 2 * args.scans, "starts": figures}))
        return 0
    for figure in figures:
        print(", ".join(f"{what} {seconds:.1f} s" for what, seconds in figure.items()))
    return 0


def fill_journal(path: Path, scans: int) -> None:
    """A journal of that many guests, each let in, and its black box; what was told to the server is closed."""
    previous, at_ms, records = NO_PREDECESSOR, int(NOON_MS), []
    with closing(connect(path, LAYOUT)) as connection, transaction(connection):
        for number in range(scans):
            moment = Moment(Millis(at_ms + number), 1_000, ClockQuality.SYNCED, "boot")
            scan = Scan(
                Stamp(new_id(at_ms), EVENT, DEVICE, 1, 2 * number + 1, moment, tid(number), previous),
                Direction.ENTRY,
                NORTH,
                1,
                gen=0,
                cls=DAY,
            )
            first = canonical(to_record(scan))
            stamp = Stamp(new_id(at_ms), EVENT, DEVICE, 1, 2 * number + 2, moment, tid(number), seal.sha256(first))
            second = canonical(
                to_record(shown := Shown(stamp, scan.stamp.id, Outcome.ADMITTED_OFFLINE, Source.OFFLINE))
            )
            for fact, record in ((scan, first), (shown, second)):
                connection.execute(INSERT, values_of(fact, record, Leg.CLOSED.value))
            records += [first, second]
            previous = seal.sha256(second)
    write_box(box_of(path), iter(records))


def _start(folder: Path) -> dict[str, float]:
    began = time.monotonic()
    with closing(DoorProcess(folder)) as door:
        window_s = door.wait_for(READY)
        scanning_s = door.wait_for(SCANNING)
        door.kill()
    return {"window after": window_s, "scanning after": scanning_s, "all": time.monotonic() - began}


if __name__ == "__main__":
    sys.exit(main())
