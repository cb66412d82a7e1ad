"""Simulated nights: many kiosks and one server, real code on a virtual clock, and whatever can go wrong.

    python packaging/soak/simulate.py [--count N] [--seed S] [--progress FILE] [--processes N] [--verbose]

Night number n has the seed S + n. With `--progress` the same command goes on where it was stopped. A night that breaks
an invariant is printed with its seed; `--seed <it> --count 1` repeats it, makes it smaller as long as it still fails,
and with `--verbose` tells all that happened in it.
docs/simulation.md says what is simulated.
"""

import argparse
import logging
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.simulation.plan import plan_of  # noqa: E402
from tests.simulation.runs import MOST_SHRINKING, run, search, smallest, told  # noqa: E402
from tests.support.soaking import soak  # noqa: E402

COUNT = 100_000
PIECE = 25
"""Nights between two notes of what is done: some ten seconds of one core."""


def repeat(seed: int, *, is_verbose: bool, most: int) -> int:
    """One night again, and the smallest that fails the same way; status 1 when it fails."""
    result = run(plan_of(seed), is_traced=is_verbose)
    if is_verbose:
        print("\n".join(map(str, result.trace)))
    if not result.findings:
        print(f"seed {seed}: nothing found ({result.plan})")
        return 0
    print(told(result))
    small = smallest(result, most)
    print(f"\nsmaller: {small.plan}")
    print("\n".join(map(str, (*small.plan.deeds, *small.plan.breaks, *small.plan.visits))))
    print("\n".join(map(str, small.trace)))
    return 1


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many nights (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="S", help="the first night's (default: by chance)")
    parser.add_argument("--progress", type=Path, metavar="FILE", help="notes what is done there, and goes on after it")
    parser.add_argument("--processes", type=int, metavar="N", help="(default: one for each processor)")
    parser.add_argument("--verbose", action="store_true", help="all that happens, when it is one night")
    parser.add_argument("--shrink", type=int, default=MOST_SHRINKING, metavar="N", help="nights tried to shrink one")
    args = parser.parse_args(argv)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # they warn all night
    first = secrets.randbelow(2**48) if args.seed is None else args.seed
    print(f"simulate: --seed {first} --count {args.count}", flush=True)
    if args.count == 1:
        return repeat(first, is_verbose=args.verbose, most=args.shrink)
    return soak(
        "simulate",
        search,
        first,
        args.count,
        processes=args.processes,
        unit="nights",
        pieces=-(-args.count // PIECE),
        progress=args.progress,
    )


if __name__ == "__main__":
    sys.exit(main())
