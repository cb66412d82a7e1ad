"""Programs that know the server by its description alone, 300 requests for each operation: no 5xx, no broken promise.

    python packaging/soak/contract.py [--count N] [--seed S]

`--count` is per operation and kind of request (what the description allows, what it does not). The same seed asks the
same again. On SQLite in a new folder.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.log import set_up  # noqa: E402
from app.server.program import build_app  # noqa: E402
from tests.contract.ledger_rig import Home, open_house  # noqa: E402
from tests.support.strangers import findings, operations_of  # noqa: E402

COUNT = 300
TOKEN = "organizers-token-of-the-search"  # noqa: S105 — of a ledger that lives as long as the search


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="contract", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="per operation (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the search's seed (default: 0)")
    args = parser.parse_args(argv)
    set_up(is_json=True)
    logging.getLogger("app").setLevel(logging.ERROR)  # a line per request would bury what is found
    started, found = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, open_house(Home(None, Path(folder))) as house:
        app = build_app(house.office, TOKEN)
        for operation, told in findings(house, app, TOKEN, args.seed, args.count):
            found += 1
            print(f"{operation}: {told}", flush=True)
        asked = len(operations_of(app))
    print(
        f"contract: {found} broken promises, {asked} operations, seed {args.seed}, {time.monotonic() - started:.0f} s"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
