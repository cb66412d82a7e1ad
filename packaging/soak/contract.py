"""Programs that know the server by its description alone, 300 requests for each operation: no 5xx, no broken promise.

    python packaging/soak/contract.py [--count N] [--seed S] [--progress FILE] [--processes N]

`--count` is per operation and kind of request (what the description allows, what it does not). The same seed asks the
same again. Each operation is asked of a server of its own, on SQLite in a new folder; two thirds of the time go into
thinking of requests. With `--progress` the same command goes on with the operations that are left.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.log import set_up  # noqa: E402
from app.server.program import build_app  # noqa: E402
from tests.contract.ledger_rig import Home, open_house  # noqa: E402
from tests.support.soaking import soak  # noqa: E402
from tests.support.strangers import findings, operations_of  # noqa: E402

COUNT = 300
TOKEN = "organizers-token-of-the-search"  # noqa: S105 — of a ledger that lives as long as the search


def search(seed: int, requests: int, first: int, count: int) -> tuple[int, list[str]]:
    """The broken promises of some operations, by their numbers, a line each."""
    set_up(is_json=True)
    logging.getLogger("app").setLevel(logging.CRITICAL)  # a line per request would bury what is found
    with tempfile.TemporaryDirectory() as folder, open_house(Home(None, Path(folder))) as house:
        app = build_app(house.office, TOKEN)
        some = slice(first, first + count)
        return count, [f"{name}: {told}" for name, told in findings(house, app, TOKEN, seed, requests, some)]


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="contract", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="per operation (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the search's seed (default: 0)")
    parser.add_argument("--progress", type=Path, metavar="FILE", help="notes what is done there, and goes on after it")
    parser.add_argument("--processes", type=int, metavar="N", help="(default: one for each processor)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, open_house(Home(None, Path(folder))) as house:
        asked = len(operations_of(build_app(house.office, TOKEN)))
    return soak(
        f"contract --seed {args.seed} --count {args.count}",
        partial(search, args.seed, args.count),
        0,
        asked,
        processes=args.processes,
        unit="operations",
        pieces=asked,
        progress=args.progress,
        goes_on=True,
    )


if __name__ == "__main__":
    sys.exit(main())
