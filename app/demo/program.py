"""The demo: one night at two doors on this machine, and a report that balances.

Owns the folder, the server's process and the windows. The server and the kiosks are the real ones; only the guests, the
lens and the cable are made here.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.demo.estate import Estate, found
from app.demo.night import Night, NightResult
from app.demo.report import Report, ServerFigures, report
from app.demo.town import Town
from app.kiosk.program import has_display
from app.speech import complain, say

DEFAULT_REPORT = Path("report")
UNSEEN = {"offscreen", "minimal"}
"""Qt's platforms whose windows nobody can look at, or close."""


def demo(args: argparse.Namespace) -> int:
    """`doorlight demo`: plays the night, writes the report; status 1 when its sums don't balance."""
    if args.headless or not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false;qt.rhi.*=false")
    folder = args.report or DEFAULT_REPORT
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    is_headless = QGuiApplication.platformName() in UNSEEN
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorlight-demo-")))
        estate = found(home, args.seed)
        town = stack.enter_context(Town(estate, home))
        night = Night(town.doors, estate.guests, folder, say, estate.rotate_key)
        night.start()
        app.exec()
        result = night.result
        if not is_headless and not result.was_closed:
            say("The windows stay open: close them to end. The report is written already.")
        made = _write_report(folder, estate, town, result, time.monotonic() - started)
        if not is_headless and not result.was_closed:
            app.exec()
    return 1 if made.faults else 0


def _write_report(folder: Path, estate: Estate, town: Town, result: NightResult, seconds: float) -> Report:
    with estate.office() as office:
        status = office.status_of(estate.event)
        server = ServerFigures(
            fact_ids=office.fact_ids(estate.event),
            redemptions=status.redemptions,
            double_admissions=status.double_admissions,
            quarantined=status.quarantined,
            tickets=status.tickets,
        )
    made = report(
        journals=[door.facts() for door in town.doors],
        waiting=sum(door.waiting() for door in town.doors),
        server=server,
        guests=len(estate.guests),
        surprises=result.surprises,
        latencies_ms=[took for door in town.doors for took in door.kiosk.latencies_ms],
        seconds=seconds,
    )
    (folder / "report.json").write_text(json.dumps(asdict(made), indent=2) + "\n", encoding="utf-8")
    _tell(made, folder)
    return made


def _tell(made: Report, folder: Path) -> None:
    outcomes = ", ".join(f"{count} {name}" for name, count in made.by_outcome.items())
    say(f"{made.scans} scans: {outcomes}")
    say(
        f"{made.redemptions} redemptions on the server, {made.offline_admissions} of the admissions were made offline,"
        f" {made.double_admissions} double admission, {made.lost} lost, {made.waiting} waiting"
    )
    if made.latency_ms:
        say(f"from frame to verdict: p50 {made.latency_ms['p50']} ms, p95 {made.latency_ms['p95']} ms")
    for fault in made.faults:
        complain(f"does not hold: {fault}")
    say(f"The report is in {folder}{' and balances' if not made.faults else ''}.")
