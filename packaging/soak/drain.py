"""A night's queue through a storm: 10,000 scans that no server has seen, delivered exactly once.

    python packaging/soak/drain.py [--count N] [--seed S] [--window W]

A real server, a real kiosk, and a proxy between them that answers 5 % of the requests with errors, loses 5 % of the
replies after the server has committed, says 429 to 2 %, resets 2 % and drips 2 %. Says how long the drain took.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.sync.messages import MAX_BATCH_FACTS  # noqa: E402
from core.sync.session import Window  # noqa: E402
from core.sync.tally import Finding  # noqa: E402
from tests.support.chaos import STORM, ChaosProxy  # noqa: E402
from tests.support.draining import fill, unsynced  # noqa: E402
from tests.support.live import live_event, live_kiosk  # noqa: E402

COUNT = 10_000


class FixedWindow(Window):
    """Batches of one size: smaller ones meet more of the weather."""

    def after_answer(self) -> Window:
        """As before."""
        return self


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 when something is missing, doubled, or counted differently by the two sides."""
    parser = argparse.ArgumentParser(prog="drain", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many scans (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the weather (default: 0)")
    parser.add_argument("--window", type=int, default=MAX_BATCH_FACTS, metavar="W", help="facts a batch (%(default)s)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        return _drain(Path(folder), args.count, args.seed, args.window)


def _drain(folder: Path, count: int, seed: int, window: int) -> int:
    with live_event(folder / "server") as event, live_kiosk(event, folder / "kiosk") as kiosk:
        texts = event.tickets(count)
        with unsynced(kiosk):
            fill(kiosk, texts)
        with ChaosProxy(event.server.port, STORM, seed) as proxy:
            kiosk.connect(proxy.url)
            began = time.monotonic()
            settled = kiosk.drain(window=FixedWindow(window))
            took_s = time.monotonic() - began
            fates = dict(sorted(proxy.fates.items()))
        kiosk.connect(event.server.url)
        found = kiosk.station.reckoner.reckon(kiosk.journal)
        with event.office() as office:
            status = office.status_of(event.id)
            held = office.fact_ids(event.id)
        own = {fact.stamp.id.hex for fact in kiosk.journal.every_fact()}
    print(f"{count:,} scans ({settled:,} facts) in {took_s:.1f} s; requests by fate: {fates}")
    is_right = (
        settled == 2 * count == len(own)
        and held == own
        and (status.redemptions, status.double_admissions, status.quarantined) == (count, 0, 0)
        and found is not None
        and found.finding is Finding.EQUAL
    )
    print("each exactly once" if is_right else f"wrong: {len(own - held)} missing, {found}, {status}")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
