"""kill -9 at a worker that delivers: no message is lost, none comes under two ids, and what died is sent again.

    python packaging/soak/deliveries.py [--database sqlite|postgresql] [--workers W] [--count N] [--seed S] [--kills K]
                                        [--endpoints E]

N messages in all (10,000) to E endpoints (16) of a real receiver on loopback, one of which refuses everything until it
is mended; W workers (3) at a time, and K kills (50) at moments that the seed chooses. Says how many came, and how many
of them more than once. PostgreSQL is a server of its own that ends with it, or the one of TEST_DATABASE_URL.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.killed_worker import kill_workers  # noqa: E402
from tests.support.postgres import fresh_database, own_server, system_programs, wheel_programs  # noqa: E402

COUNT, KILLS, ENDPOINTS, WORKERS = 10_000, 50, 16, 3
POSTGRESQL = "postgresql"


@contextlib.contextmanager
def database_of(name: str) -> Iterator[str | None]:
    """The URL of an empty database; None for SQLite in the folder of the search."""
    if name != POSTGRESQL:
        yield None
        return
    with contextlib.ExitStack() as stack:
        there = os.environ.get("TEST_DATABASE_URL")
        server = there or stack.enter_context(own_server((system_programs() + wheel_programs())[0]))
        yield stack.enter_context(fresh_database(server))


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a message is lost, or came under an id that is not its own."""
    parser = argparse.ArgumentParser(prog="deliveries", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="messages (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the moments of the kills (default: 0)")
    parser.add_argument("--kills", type=int, default=KILLS, metavar="K", help="(default: %(default)s)")
    parser.add_argument("--endpoints", type=int, default=ENDPOINTS, metavar="E", help="(default: %(default)s)")
    parser.add_argument("--database", choices=["sqlite", POSTGRESQL], default="sqlite", help="(default: %(default)s)")
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="W", help="at a time (default: %(default)s)")
    args = parser.parse_args(argv)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, database_of(args.database) as url:
        outcome = kill_workers(
            Path(folder),
            news=-(-args.count // args.endpoints),
            endpoints=args.endpoints,
            kills=args.kills,
            seed=args.seed,
            url=url,
            workers=args.workers,
        )
    wrongs = outcome.wrongs()
    for wrong in wrongs:
        print(f"WRONG (--seed {args.seed}): {wrong}")
    spent_s = time.monotonic() - began
    print(
        f"{args.database}, {args.workers} workers: {len(outcome.messages):,} messages, {args.kills} kills, "
        f"{spent_s:.0f} s: {len(outcome.taken):,} came, "
        f"{outcome.repeated:,} of them more than once under their id"
    )
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
