"""Sixteen doors, one ticket, the same moment, two thousand times: one winner each, no error, no deadlock.

    python packaging/soak/races.py [--count N] [--ways N] [--servers N] [--database sqlite|postgresql] [--seed S]
                                   [--progress FILE]

Real server programs on loopback; on PostgreSQL the doors are spread over several of them. Every door asks about the
ticket as soon as all have the answer about the one before. `--seed` shuffles which door stands at which server. With
`--progress` the same command plays what is left of the count, on new tickets.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import psycopg  # noqa: E402
from bench import redeem  # noqa: E402

from core.model.ids import TicketHandle  # noqa: E402
from tests.support.soaking import Progress  # noqa: E402

COUNT = 2_000
WAYS = 16
SERVERS = 2
TOLD_EVERY = 100

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a ticket had another number of winners than one, or a door an error."""
    parser = argparse.ArgumentParser(prog="races", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many tickets (default: %(default)s)")
    parser.add_argument("--ways", type=int, default=WAYS, metavar="N", help="how many doors (default: %(default)s)")
    parser.add_argument("--servers", type=int, default=SERVERS, metavar="N", help="on PostgreSQL")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--progress", type=Path, metavar="FILE", help="notes what is done there, and goes on after it")
    args = parser.parse_args(argv)
    status = 0
    for name in args.database or ["sqlite", "postgresql"]:
        notes = args.progress and args.progress.with_suffix(f".{name}")
        known = Progress(notes, f"races {name} {args.ways} ways")
        count = args.count - known.tried
        if count <= 0:
            print(f"{name}: {known.tried:,} were played", flush=True)
            continue
        with redeem.database(name) as url:
            servers = 1 if url is None else args.servers
            chance = random.Random(args.seed)  # noqa: S311 — no secret
            found = asyncio.run(_race(name, url, count, args.ways, servers, chance, known))
        print("\n".join(found) or f"{name}: one winner each, no error, no deadlock", flush=True)
        status |= bool(found)
    return status


async def _race(
    name: str, url: str | None, count: int, ways: int, servers: int, chance: random.Random, known: Progress
) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="doorlight-races-") as text, contextlib.ExitStack() as stack:
        folder = Path(text)
        event, code, tids = redeem.prepared(url, folder, count)
        places = [stack.enter_context(redeem.server(url, folder))[:2] for _ in range(servers)]
        reply = redeem.enrolled(url, folder, "http://{}:{}".format(*places[0]), event, code)
        door = redeem.Door(*places[0], event, reply)
        stands = [places[number % servers] for number in range(ways)]
        chance.shuffle(stands)
        lines = [await asyncio.open_connection(*place) for place in stands]
        began, found = time.monotonic(), []
        for number, tid in enumerate(tids[:count], 1):
            found += await _one(door, lines, tid)
            if number % TOLD_EVERY == 0:
                if not found:
                    known.note(known.tried, TOLD_EVERY, TOLD_EVERY)
                took = time.monotonic() - began
                print(f"{name}: {number:,} of {count:,}, {number * ways / took:,.0f} questions/s", file=sys.stderr)
        for _, writer in lines:
            writer.close()
            await writer.wait_closed()
        stored = await door.redemptions()
        found += [] if stored == count else [f"{name}: {stored} redemptions of {count} tickets"]
        return found + ([f"{name}: {_deadlocks(url)} deadlocks"] if url and _deadlocks(url) else [])


async def _one(door: redeem.Door, lines: Sequence[Line], tid: TicketHandle) -> list[str]:
    """One ticket at every door at once; what is wrong with the answers."""
    requests = [door.request(redeem.ONE, [tid]) for _ in lines]
    for (_, writer), request in zip(lines, requests, strict=True):
        writer.write(request)
    replies = await asyncio.gather(*(redeem.reply_of(reader) for reader, _ in lines))
    told = Counter(_outcome(reply) for reply in replies)
    right = Counter({"admitted": 1, "already_used": len(lines) - 1})
    return [] if told == +right else [f"ticket {tid.hex()}: {dict(told)}"]


def _outcome(reply: bytes) -> str:
    body = json.loads(reply)
    return str(body["answer"]["outcome"]) if body.get("answer") else str(body.get("code", body.get("arrival")))


def _deadlocks(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())
