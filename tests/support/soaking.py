"""Long searches over all processors: pieces of a range, progress as they end, the first findings and no more.

Owns the processes and the counting. What is searched for is a function of a piece that returns lines to print.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

PIECES = 400
"""Of a whole search: enough to show it moving, few enough to cost nothing."""
MOST_SHOWN = 20
TOLD_EVERY_S = 5.0

Search = Callable[[int, int], tuple[int, list[str]]]
"""From the first number and how many: how many texts were tried, and a line per finding."""


def soak(
    name: str, search: Search, first: int, count: int, processes: int | None = None, *, unit: str = "texts"
) -> int:
    """Searches `count` numbers from `first` on; status 1 as soon as something is found, else 0. Says its rate."""
    began = told_at = time.monotonic()
    size = max(1, -(-count // PIECES))
    tried, done, found = 0, 0, list[str]()
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        pieces = {
            pool.submit(search, start, min(size, first + count - start)): min(size, first + count - start)
            for start in range(first, first + count, size)
        }
        for piece in as_completed(pieces):
            in_piece, lines = piece.result()
            tried, done, found = tried + in_piece, done + pieces[piece], found + lines
            if found:
                pool.shutdown(cancel_futures=True)
                break
            if time.monotonic() - told_at >= TOLD_EVERY_S:
                told_at = time.monotonic()
                _tell(name, f"{done:,} of {count:,}", tried, unit, told_at - began)
    _tell(name, f"{done:,} of {count:,}", tried, unit, time.monotonic() - began)
    print("\n".join([*found[:MOST_SHOWN], "nothing found" if not found else f"{len(found)} found"]), flush=True)
    return 1 if found else 0


def _tell(name: str, progress: str, tried: int, unit: str, took_s: float) -> None:
    rate = tried / took_s if took_s else 0.0
    print(f"{name}: {progress}; {tried:,} {unit}, {rate:,.1f} a second, {took_s:.0f} s", file=sys.stderr, flush=True)
