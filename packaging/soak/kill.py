"""kill -9 at any step of a kiosk's lane and of a server: nothing that was displayed or answered is lost.

    python packaging/soak/kill.py [--count N] [--seed S] [--progress FILE] [--processes N]

N cycles, three quarters of them lanes. Steps are SQL statements, and the writes and syncs of the black box. With
`--progress` the same command goes on where it was stopped.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
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
from tests.support.soaking import soak  # noqa: E402

COUNT = 10_000
ROUND = 200
"""Cycles on one disk: then what was told is looked for, and the next round begins on a fresh one."""
LANE_STEPS, SERVER_STEPS = 26, 60


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when something told is missing."""
    parser = argparse.ArgumentParser(prog="kill", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many cycles (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the steps (default: 0)")
    parser.add_argument("--progress", type=Path, metavar="FILE", help="notes what is done there, and goes on after it")
    parser.add_argument("--processes", type=int, metavar="N", help="(default: one for each processor)")
    args = parser.parse_args(argv)
    rounds = max(1, -(-args.count // ROUND))
    cycles = min(ROUND, args.count)
    return soak(
        f"kill --seed {args.seed}, rounds of {cycles}",
        partial(search, args.seed, cycles),
        0,
        rounds,
        processes=args.processes,
        unit="cycles",
        pieces=rounds,
        progress=args.progress,
    )


def search(seed: int, cycles: int, first: int, count: int) -> tuple[int, list[str]]:
    """What is wrong after some rounds, a line each."""
    wrongs = []
    for number in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            wrongs += [f"round {number}: {wrong}" for wrong in _round(Path(folder), cycles, seed * 100_000 + number)]
    return count * cycles, wrongs


def _round(folder: Path, cycles: int, seed: int) -> list[str]:
    lanes, servers = cycles - cycles // 4, cycles // 4
    killed = kill_lanes(folder / "kiosk.db", lanes, any_step(seed, LANE_STEPS))
    wrongs = [f"guest {guest} saw green" for guest in undurable_greens(folder / "kiosk.db", killed.told)]
    prepare_server(folder, guests=max(BATCH, servers))
    answered = kill_servers(folder, servers, any_step(seed, SERVER_STEPS))
    return wrongs + wrongs_of_ledger(folder, answered.told)


if __name__ == "__main__":
    sys.exit(main())
