"""The whole contract suite once more on PostgreSQL under the `distributed` profile.

    python packaging/soak/distributed.py [--count N] [--seed S]

`--count` repeats it, each time in another random order; `--seed` is the first order's.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Status of the first run that fails, else 0."""
    parser = argparse.ArgumentParser(prog="distributed", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1, metavar="N", help="how often (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the first order (default: %(default)s)")
    args = parser.parse_args(argv)
    env = {**os.environ, "DOORLIGHT_DISTRIBUTED": "all", "PYTHONPATH": str(ROOT)}
    for seed in range(args.seed, args.seed + args.count):
        print(f"distributed: --seed {seed}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n2", "tests/contract", "-k", "distributed"]
        ended = subprocess.run([*command, f"--randomly-seed={seed}"], cwd=ROOT, env=env, check=False)
        if ended.returncode:
            return ended.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
