"""A ledger of a million tickets and a million scans: the server's memory, the status of the night, one guest more.

    python packaging/bench/scale.py [--tickets N] [--scans N] [--quick] [--json] [--database sqlite|postgresql]

The rows are made inside the database, with records as long as real ones; then a real server process is asked.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from sqlalchemy import text  # noqa: E402

from app.ledger.admin import DATABASE_FILE  # noqa: E402
from app.ledger.counters import recount  # noqa: E402
from app.ledger.engine import Database, open_database  # noqa: E402
from bench import redeem  # noqa: E402
from core.model.ids import EventId  # noqa: E402

MANY = 1_000_000
QUICK = 50_000
ASKED = 40
"""How often the status is asked."""
GUESTS = 500
"""Tickets that are redeemed one by one in the full ledger."""
RECORD = '{"class":1,"device":"' + "0" * 32 + '","filler":"' + "x" * 330 + '","tid":"'

ANSWER = '{"outcome":"admitted","entry_number":1,"entries_used":1,"entries_allowed":1,"first":null}'


@dataclass(frozen=True, slots=True)
class Figure:
    """What one database and its server showed."""

    database: str
    tickets: int
    scans: int
    fill_s: float
    memory_at_start_mib: float
    memory_after_mib: float
    status_p50_ms: float
    status_p95_ms: float
    redeem_p50_ms: float
    redeem_p95_ms: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a line per database, or one JSON object."""
    parser = argparse.ArgumentParser(prog="scale", description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, metavar="N", help=f"(default: {MANY:,})")
    parser.add_argument("--scans", type=int, metavar="N", help="at most as many as tickets (default: the same)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} of each")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    args = parser.parse_args(argv)
    tickets = args.tickets or (QUICK if args.quick else MANY)
    scans = min(tickets, args.scans or tickets)
    figures = []
    for name in args.database or ["sqlite", "postgresql"]:
        with redeem.database(name) as url:
            figures.append(asyncio.run(_measure(name, url, tickets, scans)))
    if args.json:
        print(json.dumps({"figures": [asdict(figure) for figure in figures]}))
        return 0
    for figure in figures:
        print("\n".join(f"{name}: {value}" for name, value in asdict(figure).items()), end="\n\n")
    return 0


async def _measure(name: str, url: str | None, tickets: int, scans: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="doorlight-scale-") as folder_name:
        folder = Path(folder_name)
        event, code, tids = redeem.prepared(url, folder, GUESTS + 50)
        began = time.monotonic()
        _fill(url or f"sqlite:///{folder / DATABASE_FILE}", event, tickets - len(tids), scans)
        fill_s = time.monotonic() - began
        with redeem.server(url, folder) as (host, port, pid):
            reply = redeem.enrolled(url, folder, f"http://{host}:{port}", event, code)
            door = redeem.Door(host, port, event, reply)
            at_start = _memory_mib(pid)
            await door.run(redeem.Load("warm-up", 1, 1, 50), tids[:50])
            status = [await _status_ms(door) for _ in range(ASKED)]
            _, times, _ = await door.run(redeem.Load("guests", 1, 1, GUESTS), tids[50:])
            return Figure(
                name,
                tickets,
                scans,
                round(fill_s, 1),
                at_start,
                _memory_mib(pid),
                *_percentiles(status),
                *_percentiles(times),
            )


async def _status_ms(door: redeem.Door) -> float:
    began = time.perf_counter()
    await door.redemptions()
    return (time.perf_counter() - began) * 1000


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return round(ordered[len(ordered) // 2], 1), round(ordered[int(len(ordered) * 0.95)], 1)


def _memory_mib(pid: int) -> float:
    """The process's resident memory (proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _fill(url: str, event: EventId, tickets: int, scans: int) -> None:
    database = open_database(url)
    is_server = database.profile.is_postgresql
    try:
        for statement in _POSTGRESQL if is_server else _SQLITE:
            run(database, statement, event if is_server else event.hex, tickets, scans)
        database.transact(lambda connection: recount(connection, database.profile, event))
        run(database, "ANALYZE", event, 0, 0)
    finally:
        database.close()


def run(database: Database, statement: str, event: object, tickets: int, scans: int) -> None:
    with database.writing() as connection:
        if database.profile.is_postgresql:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        given = {"event": event, "tickets": tickets, "scans": scans, "record": RECORD, "answer": ANSWER}
        connection.execute(text(statement), {name: value for name, value in given.items() if f":{name}" in statement})


_TICKETS = """
INSERT INTO tickets
    (event_id, tid, kid, flags, gen, cls, nbf, exp, is_inside, source, external_ref, issued_at)
SELECT {event}, {tid}, 1, 0, 0, 1, 0, 4102444800, {false}, 'scale', CAST(n AS TEXT), 0
FROM {numbers}"""
_FACTS = """
INSERT INTO facts
    (event_id, id, kind, device, incarnation, seq, tid, ts, record, fingerprint, arrival, outcome, is_promise, answer,
    received_at)
SELECT event_id, {id}, 'scan', {device}, 1, CAST(external_ref AS BIGINT), tid, 0, {record}, tid, 'applied', 'admitted',
    {true}, :answer, 0
FROM tickets WHERE event_id = {event} AND source = 'scale' AND CAST(external_ref AS BIGINT) <= :scans"""
_REDEMPTIONS = """
INSERT INTO redemptions (event_id, tid, entry_number, scan_id, device, at, gate, cls)
SELECT event_id, tid, 1, id, device, ts, 'north', 1
FROM facts WHERE event_id = {event} AND incarnation = 1 AND device = {device}"""

ON_POSTGRESQL = {
    "event": "CAST(:event AS UUID)",
    "tid": "decode(md5(CAST(n AS TEXT)), 'hex')",
    "id": "gen_random_uuid()",
    "device": "CAST('00000000-0000-0000-0000-000000000001' AS UUID)",
    "record": "CAST(:record AS TEXT) || encode(tid, 'hex') || '\"}'",
    "numbers": "generate_series(1, CAST(:tickets AS INT)) AS s(n)",
    "true": "true",
    "false": "false",
}
ON_SQLITE = {
    "event": ":event",
    "tid": "randomblob(16)",
    "id": "lower(hex(randomblob(16)))",
    "device": "'00000000000000000000000000000001'",
    "record": ":record || lower(hex(tid)) || '\"}'",
    "numbers": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :tickets) SELECT n FROM s)",
    "true": "1",
    "false": "0",
}
_STATEMENTS = (_TICKETS, _FACTS, _REDEMPTIONS)
_POSTGRESQL = [statement.format(**ON_POSTGRESQL) for statement in _STATEMENTS]
_SQLITE = [statement.format(**ON_SQLITE) for statement in _STATEMENTS]


if __name__ == "__main__":
    sys.exit(main())
