"""kill -9 at any step of a kiosk's lane and of a server: nothing that was displayed or answered is lost.

    python packaging/soak/kill.py [--count N] [--seed S]

N cycles, three quarters of them lanes. Steps are SQL statements, and the writes and syncs of the black box.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.killing import (  # noqa: E402
    BATCH,
    any_step,
    kill_lanes,
    kill_servers,
    prepare_server,
    undurable_greens,
    wrongs_of_ledger,
)

COUNT = 10_000
ROUND = 400
"""Cycles on one disk: then what was told is looked for, and the next round begins on a fresh one."""
LANE_STEPS, SERVER_STEPS = 26, 60


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when something told is missing."""
    parser = argparse.ArgumentParser(prog="kill", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many cycles (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the steps (default: 0)")
    args = parser.parse_args(argv)
    began, done, number = time.monotonic(), 0, 0
    while done < args.count:
        cycles = min(ROUND, args.count - done)
        with tempfile.TemporaryDirectory() as folder:
            wrongs = _round(Path(folder), cycles, args.seed * 100_000 + number)
        if wrongs:
            print("\n".join([f"round {number} of seed {args.seed}:", *wrongs]), flush=True)
            return 1
        done, number = done + cycles, number + 1
        print(f"kill: {done:,} of {args.count:,}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(f"{done:,} cycles: nothing that was told is lost")
    return 0


def _round(folder: Path, cycles: int, seed: int) -> list[str]:
    lanes, servers = cycles - cycles // 4, cycles // 4
    killed = kill_lanes(folder / "kiosk.db", lanes, any_step(seed, LANE_STEPS))
    wrongs = [f"guest {guest} saw green" for guest in undurable_greens(folder / "kiosk.db", killed.told)]
    prepare_server(folder, guests=max(BATCH, servers))
    answered = kill_servers(folder, servers, any_step(seed, SERVER_STEPS))
    return wrongs + wrongs_of_ledger(folder, answered.told)


if __name__ == "__main__":
    sys.exit(main())
