"""Every neighbour of a thousand genuine codes is refused: each substitution, insertion, deletion, case and blank.

    python packaging/soak/neighbours.py [--count N] [--seed S]

Some 14,500 neighbours of each code; `--seed` is the number of the first code. Every tenth code is an Ed25519 one.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.genuine import passing_neighbours  # noqa: E402
from tests.support.soaking import soak  # noqa: E402

COUNT = 1_000


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a neighbour passed, or a genuine code did not."""
    parser = argparse.ArgumentParser(prog="neighbours", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many codes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first code's number (default: 0)")
    args = parser.parse_args(argv)
    return soak("neighbours", passing_neighbours, args.seed, args.count)


if __name__ == "__main__":
    sys.exit(main())
