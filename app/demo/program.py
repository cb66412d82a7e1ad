"""The demo: one night at two doors on this machine, and a report that balances.

Owns the folder, the server's process and the windows. The server and the kiosks are the real ones; only the guests, the
lens and the cable are made here.
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from app.demo.estate import Estate, found
from app.demo.guests import Picture
from app.demo.night import Night, NightResult
from app.demo.report import Report, ServerFigures, report
from app.demo.report_page import NIGHT, PAGE, door_file, report_page
from app.demo.scenes import Scene, scene_file
from app.demo.town import Town
from app.demo.words import DemoWords, load_demo_words
from app.ledger.night_telling import night_in
from app.organizer.reports_present import present_night
from app.organizer.reports_words import load_report_words
from app.paper.night_paper import night_paper
from app.runtime.display import has_display
from app.speech import complain, say
from app.widgets.application import application
from core.model.outcomes import Outcome

DEFAULT_REPORT = Path("report")
UNSEEN = {"offscreen", "minimal"}
"""Qt's platforms whose windows nobody can look at, or close."""


def demo(args: argparse.Namespace) -> int:
    """`doorlight demo`: plays the night, writes the report; status 1 when its sums don't balance."""
    if args.headless or not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("DOORLIGHT_VAULT", "file")  # keys of a minute: no desktop's keyring hears of them
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false;qt.rhi.*=false")
    folder = args.report or DEFAULT_REPORT
    folder.mkdir(parents=True, exist_ok=True)
    _forget_pictures(folder)
    started, words = time.monotonic(), load_demo_words(args.language)
    app = application()
    is_headless = QGuiApplication.platformName() in UNSEEN
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorlight-demo-")))
        estate = found(home, args.seed)
        town = stack.enter_context(Town(estate, home, args.language, folder))
        night = Night(town.doors, estate.guests, folder, say, estate.rotate_key, words, town.side)
        night.start()
        app.exec()
        result = night.result
        if not is_headless and not result.was_closed:
            say(words.lines.stays)
        made = _write_report(folder, estate, town, result, time.monotonic() - started)
        _write_pages(folder, estate, made, words, args.language)
        _tell(made, folder, words)
        if not is_headless and not result.was_closed:
            app.exec()
    return 1 if made.faults else 0


def _forget_pictures(folder: Path) -> None:
    """Those of an earlier night in the same folder: a picture that this one does not take is missing."""
    for name in (*map(scene_file, Scene), *map(door_file, Picture), NIGHT):
        (folder / name).unlink(missing_ok=True)


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
        unseen=result.unseen,
    )
    (folder / "report.json").write_text(json.dumps(asdict(made), indent=2) + "\n", encoding="utf-8")
    return made


def _write_pages(folder: Path, estate: Estate, made: Report, words: DemoWords, language: str) -> None:
    """The night as an organizer saves it, and the page with all pictures."""
    with estate.office() as office:
        night, now_ms = night_in(office, estate.event), office.now_ms()
    (folder / NIGHT).write_bytes(night_paper(present_night(night, load_report_words(language), now_ms)))
    (folder / PAGE).write_text(report_page(made, folder, words, language), encoding="utf-8")


def _tell(made: Report, folder: Path, words: DemoWords) -> None:
    lines, by_word = words.lines, Counter[str]()
    for name, count in made.by_outcome.items():
        by_word[words.kiosk.outcomes[Outcome(name)].word] += count
    told = ", ".join(f"{count} {word}" for word, count in sorted(by_word.items()))
    say(lines.scans.fill(count=made.scans, outcomes=told))
    say(
        lines.server.fill(
            redemptions=made.redemptions,
            offline=made.offline_admissions,
            double=made.double_admissions,
            lost=made.lost,
            waiting=made.waiting,
        )
    )
    if made.latency_ms:
        say(lines.latency.fill(p50=made.latency_ms["p50"], p95=made.latency_ms["p95"]))
    for fault in made.faults:
        complain(f"does not hold: {fault}")
    say((lines.report if made.faults else lines.balances).fill(folder=folder))
