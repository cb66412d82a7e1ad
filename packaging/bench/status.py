"""How long an event's status and the curve of its arrivals take at a million tickets and scans, beside a plain recount.

The rows are put straight into the tables, in the order of their keys, and counted once as a migration would: that is no
part of the measurement. The status is compared with a plain recount afterwards, or the figures count for nothing.

    python packaging/bench/status.py [--tickets N] [--quick] [--json]
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from app.ledger.admin import DATABASE_FILE, Office, open_ledger  # noqa: E402
from app.ledger.bulk import insert_many  # noqa: E402
from app.ledger.counters import Counted, plain_count, read_counts, recount  # noqa: E402
from app.ledger.curves import span_of  # noqa: E402
from app.ledger.engine import Database, open_database, pieces  # noqa: E402
from app.ledger.schema import facts, redemptions, tickets  # noqa: E402
from core.model.ids import EventId  # noqa: E402
from core.sync.messages import ClassRow, EventRow, GateRow  # noqa: E402

MANY, FEW = 1_000_000, 100_000
MOST_MS = 100.0
ASKED = 50
ROWS_AT_ONCE = 10_000
GATES = [f"gate{number}" for number in range(8)]
KIOSKS = [UUID(int=5 + number) for number in range(24)]
NIGHT_MS = 5 * 3_600_000
OUTCOMES = (
    "admitted",
    "admitted_offline",
    "admitted",
    "already_used",
    "admitted",
    "wrong_gate",
    "admitted",
    "unknown_code",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a table, or one JSON object; status 1 where it takes too long or says something else."""
    parser = argparse.ArgumentParser(prog="status", description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, default=MANY)
    parser.add_argument("--quick", action="store_true", help=f"{FEW:,} tickets")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    count = FEW if args.quick else args.tickets
    with tempfile.TemporaryDirectory(prefix="doorlight-status-") as folder, open_ledger(None, Path(folder)) as office:
        database = open_database(f"sqlite:///{Path(folder) / DATABASE_FILE}")
        event = _event(office)
        _fill(database, event, count)
        figures = _measured(office, database, event)
        plan = _plan(database, event)
        database.close()
    if args.json:
        print(json.dumps({"tickets": count, "figures": figures, "plan": plan}))
    else:
        print(f"{count:,} tickets, {count:,} scans, as many shown, {count:,} entries; SQLite")
        print("\n".join(f"  {name:<42}{figure:>12,.2f}" for name, figure in figures.items()))
        print("\n".join(f"  {line}" for line in plan))
    is_soon = max(figures[f"{what} p99, ms"] for what in ("status", "arrivals", "lanes")) <= MOST_MS
    return 0 if is_soon and figures["is what a recount says"] else 1


def _event(office: Office) -> EventId:
    now = time.time_ns() // 1_000_000
    row = EventRow("", "Bench", "UTC", now - 3_600_000, now + 86_400_000)
    row.gates.extend(GateRow(gate, gate) for gate in GATES)
    row.classes.extend(ClassRow(number, f"Class {number}") for number in range(1, 9))
    return EventId(UUID(office.create_event(row).event))


def _fill(database: Database, event: EventId, count: int) -> None:
    numbers = random.Random(7)  # noqa: S311 — the same each time
    tids = sorted(number.to_bytes(8) for number in numbers.sample(range(1 << 40), count))
    began = time.time_ns() // 1_000_000 - NIGHT_MS
    for piece in pieces([(at, tid, began + at * NIGHT_MS // count) for at, tid in enumerate(tids)], ROWS_AT_ONCE):
        with database.writing() as connection:
            _put(connection, event, piece)
    with database.writing() as connection:
        recount(connection, database.profile, event)


def _put(connection: object, event: EventId, piece: Sequence[tuple[int, bytes, int]]) -> None:
    of_ticket = ("tid", "kid", "flags", "gen", "cls", "nbf", "exp", "is_inside", "source", "issued_at")
    sold = [(tid, 0, 0, 0, at % 8 + 1, 0, 2**31, at % 3 > 0, "bench", 0) for at, tid, _ in piece]
    insert_many(connection, tickets, event, of_ticket, sold)  # type: ignore[arg-type]
    names = ("id", "kind", "device", "incarnation", "seq", "tid", "refers_to", "ts", "record", "fingerprint")
    names += ("arrival", "outcome", "is_promise", "received_at", "is_resent")
    insert_many(connection, facts, event, names, list(_facts(piece)))  # type: ignore[arg-type]
    entry = ("tid", "entry_number", "scan_id", "device", "at", "gate", "cls")
    taken = [
        (tid, 1, UUID(int=2 * at).hex, KIOSKS[at % 24].hex, ms, GATES[at % 8], at % 8 + 1) for at, tid, ms in piece
    ]
    insert_many(connection, redemptions, event, entry, taken)  # type: ignore[arg-type]


def _facts(piece: Sequence[tuple[int, bytes, int]]) -> Iterator[tuple[object, ...]]:
    for at, tid, ms in piece:
        scan, shown, kiosk, outcome = (
            UUID(int=2 * at).hex,
            UUID(int=2 * at + 1).hex,
            KIOSKS[at % 24].hex,
            OUTCOMES[at % 8],
        )
        same = ("{}", b"", "applied", outcome, False, ms, False)
        yield (scan, "scan", kiosk, 1, 2 * at, tid, None, ms, *same)
        yield (shown, "shown", kiosk, 1, 2 * at + 1, tid, scan, ms, *same)


def _measured(office: Office, database: Database, event: EventId) -> dict[str, float]:
    now_ms = time.time_ns() // 1_000_000
    span = span_of(now_ms - NIGHT_MS, now_ms, 1)
    if span is None:
        raise SystemExit("no span")
    figures = _asked("status", lambda: office.status_of(event))
    figures |= _asked("arrivals", lambda: office.arrivals_of(event, span))
    figures |= _asked("lanes", lambda: office.lanes_of(event))
    started = time.perf_counter()
    with database.reading() as connection:
        plain, kept = plain_count(connection, event), read_counts(connection, event, Counted)
    recounted = time.perf_counter() - started
    return figures | {
        "a plain recount of the same, ms": recounted * 1000,
        "is what a recount says": sorted(map(repr, plain)) == sorted(map(repr, kept)),
    }


def _asked(what: str, ask: Callable[[], object]) -> dict[str, float]:
    ask()
    took = []
    for _ in range(ASKED):
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    return {f"{what} p50, ms": sorted(took)[ASKED // 2], f"{what} p99, ms": max(took)}


def _plan(database: Database, event: EventId) -> list[str]:
    """How SQLite looks the counts up, and the facts in quarantine."""
    asked = [
        "SELECT kind, name, cls, sum(n) FROM counters WHERE event_id = :e AND kind IN ('facts') GROUP BY 1, 2, 3",
        "SELECT name, cls, sum(n) FROM counters WHERE event_id = :e AND kind = 'arrivals' AND cls > 9 GROUP BY 1, 2",
        "SELECT kind, count(*) FROM incidents WHERE event_id = :e AND state = 'open' GROUP BY kind",
        "SELECT count(*) FROM facts WHERE event_id = :e AND arrival = 'quarantined'",
    ]
    with database.reading() as connection:
        rows = [connection.execute(text(f"EXPLAIN QUERY PLAN {each}"), {"e": event.hex}).all() for each in asked]
    return [str(row[-1]) for each in rows for row in each]


if __name__ == "__main__":
    sys.exit(main())
