"""Measures a search over a city's guest list in a kiosk's own thread, and what its window feels of it.

`dev.py bench search [--guests N]`: a real manifest on a real disk, opened, read and searched by the kiosk's
`PeopleWorker`. Meanwhile the window's loop is asked to beat every millisecond: the longest pause between two beats is
what a hand at the screen could feel. Names are drawn with many umlauts and endings, so that their words are many.
"""

import argparse
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, Signal

from app.kiosk.lane import start_thread
from app.kiosk.people_worker import ListState, PeopleWorker
from app.runtime.station import Station
from core.sync.attendees import Attendee
from tests.people.lists import guest
from tests.runtime.people_rig import stick, with_guests
from tests.support.door import PROFILE, HandClock, fill_vault

FIRST = ("Jana", "Jörg", "Łucja", "Zoë", "Søren", "Fatima", "Ahmed", "Heike", "Tim", "Anna", "Uwe", "José")
STEMS = ("Müller", "Schmidt", "Weiß", "Kowalski", "Lovelace", "Nowak", "Lindqvist", "Öztürk", "Petrov", "Okafor")
TYPED = (
    "mueller", "muller jorg", "shmidt", "kowalksi lucja", "weiss", "anna", "ORD-000123", "R077777", "lindqvst",
    "ozturk", "petrov zoe", "zzyzx", "okafro ahmed", "schmidt heike", "nov", "loveace",
)  # fmt: skip
PIECES = ("ab", "el", "in", "ov", "us", "ka", "ta", "ri", "on", "ez", "ic", "an")


class Asker(QObject):
    """Asks the worker from the window's thread."""

    load = Signal()
    search = Signal(int, str)


class Beats:
    """How regularly the window's loop comes round."""

    def __init__(self) -> None:
        self.gaps_ms: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=1)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append((now - self._last) * 1000)
        self._last = now

    def told(self) -> str:
        """And from the start again."""
        gaps, self.gaps_ms = self.gaps_ms, []
        if not gaps:
            return "no beat"
        late = sum(gap > 50 for gap in gaps)
        return f"{len(gaps)} beats, longest pause {max(gaps):.0f} ms, {late} above 50 ms"


def crowd(count: int) -> list[Attendee]:
    """Guests, two or three to an order."""
    chance = random.Random(7)  # noqa: S311 — no secret depends on it
    people = []
    for number in range(count):
        last = chance.choice(STEMS) + ("" if number % 3 == 0 else chance.choice(PIECES) + chance.choice(PIECES))
        if number % 5 == 0:
            last += chance.choice(PIECES) + chance.choice(PIECES)
        people.append(guest(number + 1, f"{chance.choice(FIRST)} {last}", f"ORD-{number * 2 // 5:06}", f"R{number:06}"))
    return people


def waited_for(signal: object, act: object) -> tuple[float, list[object]]:
    """Seconds until a signal comes after an act, and what it said."""
    loop, said = QEventLoop(), []

    def take(*args: object) -> None:
        said[:] = args
        loop.quit()

    signal.connect(take)  # type: ignore[attr-defined]
    began = time.perf_counter()
    act()  # type: ignore[operator]
    loop.exec()
    signal.disconnect(take)  # type: ignore[attr-defined]
    return time.perf_counter() - began, said


class Ears(QObject):
    """Hears the worker in the window's thread."""

    loaded = Signal(object)
    found = Signal(int, object)

    def take_list(self, state: ListState) -> None:
        if state.is_loaded and state.share is None:
            self.loaded.emit(state)

    def take_found(self, number: int, parties: object) -> None:
        self.found.emit(number, parties)


def main(argv: list[str]) -> int:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guests", type=int, default=1_000_000)
    options = parser.parse_args(argv)
    os.environ["DOORLIGHT_VAULT"] = "file"
    application = QCoreApplication.instance() or QCoreApplication([])
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        made = with_guests(crowd(options.guests))
        print(f"{options.guests} guests, file {max(map(len, made.files.values())) / 1e6:.1f} MB")
        place = stick(folder / "stick", made)
        del made
        gc.collect()
        (folder / "kiosk").mkdir()
        fill_vault(folder / "kiosk")
        with closing(Station(folder / "kiosk", PROFILE, HandClock())) as station:
            station.take_manifest_from(place)
            measure(station, process)
    application.quit()
    return 0


def measure(station: Station, process: psutil.Process) -> None:
    """Loads and searches in the worker's thread."""
    worker, asker, ears = PeopleWorker(station), Asker(), Ears()
    thread = start_thread("doorlight-people", worker)
    thread.started.connect(worker.open)
    thread.finished.connect(worker.close)
    asker.load.connect(worker.load)
    asker.search.connect(worker.search)
    worker.list_changed.connect(ears.take_list)
    worker.found.connect(ears.take_found)
    before = process.memory_info().rss
    thread.start()
    beats = Beats()
    took_s, (state,) = waited_for(ears.loaded, asker.load.emit)
    held = (process.memory_info().rss - before) / 1e6
    print(f"read in {took_s:.1f} s: {getattr(state, 'count', 0)} guests, {held:.0f} MB more held; {beats.told()}")
    times = []
    for number, typed in enumerate(TYPED, 1):
        worker.want(number)
        seconds, (_, parties) = waited_for(ears.found, lambda n=number, t=typed: asker.search.emit(n, t))
        times.append(seconds * 1000)
        found = parties.found  # type: ignore[attr-defined]
        first = found[0].guests[0].person.name if found else "nobody"
        print(f"  {typed!r}: {seconds * 1000:.0f} ms, {len(found)} orders, first {first}")
    times.sort()
    print(f"{len(times)} searches: p50 {statistics.median(times):.0f} ms, longest {times[-1]:.0f} ms; {beats.told()}")
    thread.quit()
    thread.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
