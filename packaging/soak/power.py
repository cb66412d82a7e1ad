"""Power cuts at every moment of a night, on a kiosk and a server: nothing that was acknowledged is lost.

    python packaging/soak/power.py [--count N] [--seed S] [--guests G]

One night of each is recorded, write by write; then the power fails N times, at moments and with losses by the seed.
What was not synced is lost, torn or reordered. Each third cut is one of the kiosk's whole start, with the black box.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.power_cut import (  # noqa: E402
    Cut,
    after_each,
    lost_by_journal,
    lost_by_ledger,
    lost_by_rescued_journal,
    record,
)

COUNT = 30_000
GUESTS = 40
TOLD_EVERY_S = 10.0
WAYS = (("kiosk", lost_by_journal), ("server", lost_by_ledger), ("kiosk", lost_by_rescued_journal))


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a cut lost something."""
    parser = argparse.ArgumentParser(prog="power", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many cuts (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of moments and losses (default: 0)")
    parser.add_argument("--guests", type=int, default=GUESTS, metavar="G", help="in the night (default: %(default)s)")
    args = parser.parse_args(argv)
    began = told_at = time.monotonic()
    done = 0
    for who, cut, lost in _cuts(args.guests, args.count, args.seed):
        done += 1
        if lost:
            print(f"{who}: power fails after event {cut.after}, seed {cut.seed}: lost {sorted(lost)}", flush=True)
            return 1
        if time.monotonic() - told_at >= TOLD_EVERY_S:
            told_at = time.monotonic()
            print(f"power: {done:,} of {args.count:,} cuts, {told_at - began:.0f} s", file=sys.stderr, flush=True)
    print(f"{done:,} cuts in {time.monotonic() - began:.0f} s: nothing acknowledged is lost")
    return 0


def _cuts(guests: int, count: int, seed: int) -> Iterator[tuple[str, Cut, set[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        nights = record(Path(folder), guests)
        for number, (who, lost) in enumerate(WAYS):
            share = (count + number) // len(WAYS)
            for cut, missing in after_each(nights[who, "FULL"], share, seed * len(WAYS) + number, lost):
                yield who, cut, missing


if __name__ == "__main__":
    sys.exit(main())
