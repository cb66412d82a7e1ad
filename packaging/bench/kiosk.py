"""What a guest waits for at a kiosk, and what ten thousand of them leave in its memory.

`dev.py bench kiosk [--guests N] [--scans N] [--json]` opens a whole kiosk, drawn in memory, without a server.

1. N guests of the demo hold their tickets before the drawn camera: from the arrival of a frame to the painted verdict,
   that is change gate, decoding, checks, two synced commits, and painting. The wait for the camera's next frame, the
   guest's own hand and the screen's refresh are not in it.
2. N tickets are then presented as a hand scanner would: the memory of the process (resident, after a collection) before
   them, after the first thousand and at the end, and the verdicts a second.
"""

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOORLIGHT_VAULT"] = "file"

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.device.synthetic import SyntheticCamera
from app.kiosk.kiosk import Kiosk
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime.station import Station
from core.gate.verdict import Verdict
from tests.support.door import PROFILE, HandClock, fill_vault, taken, ticket

SIZE = (1280, 720)
WARM = 1_000
"""Scans after which caches, pools and the list of the last verdicts have the size that they keep."""
PATIENCE_MS = 60_000
"""For the next verdict, however busy the machine is."""


def resident_mb() -> float:
    """What of this process lies in memory now, in megabytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Door:
    """One kiosk in a folder of its own, and its loop."""

    def __init__(self, folder: Path, guests: int) -> None:
        fill_vault(folder)
        clock = HandClock()
        self.station = Station(folder, PROFILE, clock)
        self.station.box.adopt(taken(), clock.at_ms)
        self.clock = clock
        self.window = KioskWindow(load_kiosk_words(), ZoneInfo("Europe/Berlin"), clock)
        self.window.resize(1280, 800)
        self.window.show()
        self.camera = SyntheticCamera(SIZE, fps=15.0, seed=11)
        for number in range(guests):
            self.camera.show(ticket(number))
        self.kiosk = Kiosk(self.station, self.camera, self.window)
        self.verdicts: list[Verdict] = []
        self.loop = QEventLoop()
        self.patience = QTimer(singleShot=True)
        self.patience.timeout.connect(self.loop.quit)
        self.kiosk.verdict_shown.connect(self._note)
        self._wanted = 0

    def _note(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        self.clock.advance(1_000)
        self.patience.start(PATIENCE_MS)
        if len(self.verdicts) >= self._wanted:
            self.loop.quit()

    def run_until(self, count: int) -> None:
        """Lets the loop run until so many verdicts have been shown."""
        self._wanted = count
        if len(self.verdicts) < count:
            self.patience.start(PATIENCE_MS)
            self.loop.exec()
            self.patience.stop()
        if len(self.verdicts) < count:
            raise RuntimeError(f"only {len(self.verdicts)} of {count} verdicts")

    def close(self) -> None:
        """Ends it."""
        self.kiosk.stop()
        self.station.close()
        self.window.close()


def measure(folder: Path, guests: int, scans: int) -> dict[str, float]:
    """The figures, milliseconds and megabytes."""
    with closing(Door(folder, guests)) as door:
        door.kiosk.start()
        door.run_until(guests)
        seen = len(door.verdicts)
        waits = sorted(door.kiosk.latencies_ms)
        before_mb = resident_mb()
        warm_mb, began = before_mb, time.perf_counter()
        for number in range(scans):
            door.kiosk.present(ticket(100_000 + number))
            door.run_until(seen + number + 1)
            if number + 1 == WARM:
                warm_mb = resident_mb()
        seconds = time.perf_counter() - began
        cuts = statistics.quantiles(waits, n=20, method="inclusive")
        return {
            "guests": len(waits),
            "p50_ms": round(cuts[9], 1),
            "p95_ms": round(cuts[18], 1),
            "worst_ms": round(waits[-1], 1),
            "admitted": sum(verdict.is_admission for verdict in door.verdicts),
            "scans": scans,
            "before_mb": round(before_mb, 1),
            "after_1000_mb": round(warm_mb, 1),
            "after_all_mb": round(resident_mb(), 1),
            "scans_a_second": round(scans / seconds, 1),
        }


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="kiosk", description=__doc__.partition("\n")[0])
    parser.add_argument("--guests", type=int, default=60)
    parser.add_argument("--scans", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    application = QApplication.instance() or QApplication([])
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        figures = measure(Path(name), options.guests, options.scans)
    figures["load_before"], figures["load_after"] = round(load, 1), round(os.getloadavg()[0], 1)
    application.processEvents()
    if options.json:
        print(json.dumps(figures))
        return 0
    print(
        f"from frame to painted verdict, {figures['guests']} guests: p50 {figures['p50_ms']} ms,"
        f" p95 {figures['p95_ms']} ms, worst {figures['worst_ms']} ms"
    )
    print(
        f"memory: {figures['before_mb']} MB before, {figures['after_1000_mb']} MB after {WARM:,} scans,"
        f" {figures['after_all_mb']} MB after {figures['scans']:,}; {figures['scans_a_second']} a second"
    )
    print(f"load of the machine: {figures['load_before']} before, {figures['load_after']} at the end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
