"""Power cuts at every moment of a night, on a kiosk and a server: nothing that was acknowledged is lost.

    python packaging/soak/power.py [--count N] [--seed S] [--guests G] [--progress FILE] [--processes N]

One night of each is recorded, write by write; then the power fails N times, at moments and with losses by the seed.
What was not synced is lost, torn or reordered. Each third cut is one of the kiosk's whole start, with the black box.
With `--progress` the same command goes on where it was stopped, on nights that it records anew.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.disk_events import Night  # noqa: E402
from tests.support.power_cut import (  # noqa: E402
    after_each,
    lost_by_journal,
    lost_by_ledger,
    lost_by_rescued_journal,
    record,
)
from tests.support.soaking import soak  # noqa: E402

COUNT = 30_000
GUESTS = 40
PIECE = 300
"""Cuts between two notes of what is done, spread over the whole of each night."""
RECORDING_S = 3_600.0
"""However little of the machine a soak may have."""
WAYS = (("kiosk", lost_by_journal), ("server", lost_by_ledger), ("kiosk", lost_by_rescued_journal))


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a cut lost something."""
    parser = argparse.ArgumentParser(prog="power", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many cuts (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of moments and losses (default: 0)")
    parser.add_argument("--guests", type=int, default=GUESTS, metavar="G", help="in the night (default: %(default)s)")
    parser.add_argument("--progress", type=Path, metavar="FILE", help="notes what is done there, and goes on after it")
    parser.add_argument("--processes", type=int, metavar="N", help="(default: one for each processor)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        nights = record(Path(folder), args.guests, most_s=RECORDING_S)
    return soak(
        f"power --seed {args.seed} --guests {args.guests}",
        partial(search, nights, args.seed),
        0,
        args.count,
        processes=args.processes,
        unit="cuts",
        pieces=-(-args.count // PIECE),
        progress=args.progress,
    )


def search(nights: dict[tuple[str, str], Night], seed: int, first: int, count: int) -> tuple[int, list[str]]:
    """What some cuts lost, a line each. Cuts of one piece are spread over the whole night; the seed and its first
    number say which they are."""
    found = []
    for number, (who, lost) in enumerate(WAYS):
        dice = (seed * COUNT + first) * len(WAYS) + number
        for cut, missing in after_each(nights[who, "FULL"], (count + number) // len(WAYS), dice, lost):
            if missing:
                found.append(f"{who}: power fails after event {cut.after}, seed {cut.seed}: lost {sorted(missing)}")
    return count, found


if __name__ == "__main__":
    sys.exit(main())
