"""Long searches over all processors: pieces of a range, progress as they end, the first findings and no more.

Owns the processes, the counting, and the file that says which pieces are done, so that a search may be stopped at any
moment and gone on with. What is searched for is a function of a piece that returns lines to print.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

PIECES = 400
"""Of a whole search: enough to show it moving, few enough to cost nothing."""
MOST_SHOWN = 20
TOLD_EVERY_S = 5.0

Search = Callable[[int, int], tuple[int, list[str]]]
"""From the first number and how many: how many texts were tried, and a line per finding."""


class AnotherSearch(Exception):
    """The file tells of a search with another beginning, another count, or other pieces."""


class Progress:
    """Which pieces of a search are done: a line each, in a file that may be cut off anywhere. None: nobody asks."""

    def __init__(self, path: Path | None, search: str) -> None:
        self._path = path
        self.tried = 0
        self.done: dict[int, int] = {}
        """First number of each piece that is done → how many numbers it has."""
        lines = path.read_text("utf-8").split("\n")[:-1] if path is not None and path.exists() else []
        if lines and lines[0] != search:
            raise AnotherSearch(f"{path} is about: {lines[0]}")
        for line in lines[1:]:
            first, count, tried = map(int, line.split())
            self.done[first] = count
            self.tried += tried
        if path is not None:  # a line that was cut off goes
            path.write_text("".join(f"{line}\n" for line in lines or [search]), "utf-8")

    def note(self, first: int, count: int, tried: int) -> None:
        """A piece is done, and nothing was found in it."""
        self.done[first] = count
        self.tried += tried
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{first} {count} {tried}\n")


def soak(
    name: str,
    search: Search,
    first: int,
    count: int,
    *,
    processes: int | None = None,
    unit: str = "texts",
    pieces: int = PIECES,
    progress: Path | None = None,
    goes_on: bool = False,
) -> int:
    """Searches `count` numbers from `first` on; status 1 when something is found, else 0. Says its rate.

    What the file `progress` says to be done is left out. A piece with a finding is never done, and ends the search
    unless it `goes_on`. Raises AnotherSearch.
    """
    began = told_at = time.monotonic()
    size = max(1, -(-count // pieces))
    known = Progress(progress, f"{name} {first} {count} {size}")
    before, found = known.tried, list[str]()

    def tell() -> None:
        _tell(name, f"{sum(known.done.values()):,} of {count:,}", known.tried - before, unit, time.monotonic() - began)

    with _processes(processes or os.cpu_count() or 1) as pool:
        left = {
            pool.submit(search, start, min(size, first + count - start)): (start, min(size, first + count - start))
            for start in range(first, first + count, size)
            if start not in known.done
        }
        for piece in as_completed(left):
            tried, lines = piece.result()
            found += lines
            if lines:
                print("\n".join(lines[:MOST_SHOWN]), flush=True)
            if found and not goes_on:
                pool.shutdown(cancel_futures=True)
                break
            if not lines:
                known.note(*left[piece], tried)
            if time.monotonic() - told_at >= TOLD_EVERY_S:
                told_at = time.monotonic()
                tell()
    tell()
    print("nothing found" if not found else f"{len(found)} found", flush=True)
    return 1 if found else 0


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end at once when the search is stopped, by Ctrl-C or a request to terminate.

    They begin as this one is, where that can be: what it has set up goes for them too.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        forked = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
        ends_at_once = {"initializer": signal.signal, "initargs": (signal.SIGTERM, signal.SIG_DFL)}
        with ProcessPoolExecutor(count, mp_context=forked, **ends_at_once) as pool:
            try:
                yield pool
            except BaseException:
                for process in multiprocessing.active_children():
                    process.terminate()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(name: str, progress: str, tried: int, unit: str, took_s: float) -> None:
    rate = tried / took_s if took_s else 0.0
    print(f"{name}: {progress}; {tried:,} {unit}, {rate:,.1f} a second, {took_s:.0f} s", file=sys.stderr, flush=True)
