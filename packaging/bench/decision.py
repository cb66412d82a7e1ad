"""How long a decision takes without camera and server: from a text to a verdict whose rows are on the disk.

`dev.py bench decision [--guests N] [--json]` presents N genuine tickets and N forgeries to a real scan line on a real
file, and compares each guest with a peer in the same run: two bare commits of the same bytes to SQLite (WAL, FULL),
which is what durability alone costs on this disk.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store.journal import Journal
from core.gate.admit import Door
from core.model.event import Direction
from core.ticket.verify import Lane
from tests.support.door import DEVICE, EVENT, NORTH, HandClock, forged, new_id, taken, ticket, writer

RECORD_BYTES = 420
"""What a fact's record takes; the peer writes as much."""


@contextmanager
def lane(folder: Path) -> Iterator[ScanLine]:
    """A scan line on a real file, alone: no server."""
    clock = HandClock()
    box = TrustBox(EVENT)
    box.adopt(taken(), clock.at_ms)
    with closing(Journal(folder / "kiosk.db", writer(), new_id)) as journal:
        yield ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=box,
            clock=clock,
            oracle=NoOracle(),
        )


@contextmanager
def bare(folder: Path) -> Iterator[Callable[[int], None]]:
    """Two durable commits of a record's size: the peer."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, record BLOB)")

        def commit_twice(_: int) -> None:
            for _row in range(2):
                connection.execute("INSERT INTO rows (record) VALUES (?)", (bytes(RECORD_BYTES),))

        yield commit_twice


def timed_ms(step: Callable[[], object]) -> float:
    """How long one call took."""
    started = time.perf_counter_ns()
    step()
    return (time.perf_counter_ns() - started) / 1e6


def measure(guests: int) -> dict[str, list[float]]:
    """Milliseconds per presentation, the three kinds in turn so that the disk treats them alike."""
    genuine = [ticket(number) for number in range(guests)]
    forgeries = [forged(number) for number in range(guests)]
    took: dict[str, list[float]] = {"genuine": [], "forged": [], "two bare commits": []}
    with tempfile.TemporaryDirectory() as name, lane(Path(name)) as line, bare(Path(name)) as commit_twice:
        for number in range(guests):
            took["genuine"].append(timed_ms(lambda number=number: line.present(genuine[number])))
            took["forged"].append(timed_ms(lambda number=number: line.present(forgeries[number])))
            took["two bare commits"].append(timed_ms(lambda number=number: commit_twice(number)))
    return took


def figures(took: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(took, n=100)
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3)}


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="decision", description=__doc__)
    parser.add_argument("--guests", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    rows = {name: figures(values) for name, values in measure(options.guests).items()}
    ratio = round(rows["genuine"]["p50"] / rows["two bare commits"]["p50"], 2)
    if options.json:
        print(json.dumps({"guests": options.guests, "ms": rows, "ratio": ratio}))
        return 0
    for name, row in rows.items():
        print(f"{name:18} p50 {row['p50']:7.3f} ms   p95 {row['p95']:7.3f} ms   p99 {row['p99']:7.3f} ms")
    print(f"a genuine guest takes {ratio} × two bare commits")
    return 0


if __name__ == "__main__":
    sys.exit(main())
