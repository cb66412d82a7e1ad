"""kill -9 at a worker that delivers: no message is lost, none comes under two ids, and what died is sent again.

    python packaging/soak/deliveries.py [--count N] [--seed S] [--kills K] [--endpoints E]

N messages in all (10,000) to E endpoints (16) of a real receiver on loopback, one of which refuses everything until it
is mended; K kills (50) at moments that the seed chooses. Says how many came, and how many of them more than once.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.killed_worker import kill_workers  # noqa: E402

COUNT, KILLS, ENDPOINTS = 10_000, 50, 16


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a message is lost, or came under an id that is not its own."""
    parser = argparse.ArgumentParser(prog="deliveries", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="messages (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the moments of the kills (default: 0)")
    parser.add_argument("--kills", type=int, default=KILLS, metavar="K", help="(default: %(default)s)")
    parser.add_argument("--endpoints", type=int, default=ENDPOINTS, metavar="E", help="(default: %(default)s)")
    args = parser.parse_args(argv)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        news = -(-args.count // args.endpoints)
        outcome = kill_workers(Path(folder), news=news, endpoints=args.endpoints, kills=args.kills, seed=args.seed)
    wrongs = outcome.wrongs()
    for wrong in wrongs:
        print(f"WRONG (--seed {args.seed}): {wrong}")
    spent_s = time.monotonic() - began
    print(
        f"{len(outcome.messages):,} messages, {args.kills} kills, {spent_s:.0f} s: {len(outcome.taken):,} came, "
        f"{outcome.repeated:,} of them more than once under their id"
    )
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
