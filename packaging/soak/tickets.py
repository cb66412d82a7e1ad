"""Millions of changed codes against the verifier: no exception, no false accept, a known answer for each.

    python packaging/soak/tickets.py [--count N] [--seed S]

Mutant number n has the seed S + n, so that a finding comes back with `--seed <its seed> --count 1`. Findings name the
seed, the kind of code, the door and the changes; never a text or a key.
"""

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.genuine import findings  # noqa: E402
from tests.support.soaking import soak  # noqa: E402

COUNT = 10_000_000


def search(first: int, count: int) -> tuple[int, list[str]]:
    """The findings among the mutants of some seeds, a line each."""
    return count, [
        f"seed {each.seed}: {each.problem} ({each.kind}, door {each.door!r}, {' + '.join(each.changes)})"
        for each in findings(first, count)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="tickets", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many mutants (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="S", help="the first mutant's (default: by chance)")
    args = parser.parse_args(argv)
    first = secrets.randbelow(2**48) if args.seed is None else args.seed
    print(f"tickets: --seed {first} --count {args.count}", flush=True)
    return soak("tickets", search, first, args.count)


if __name__ == "__main__":
    sys.exit(main())
