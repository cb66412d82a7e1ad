"""The organizer's window with no network: how long from the command to the night's figures from its cache.

    python packaging/bench/window.py [--runs N] [--python PATH] [--json]

A server answers a window once, so that its cache has an evening; then the server is gone and the program is started
anew, offscreen, with the session that stayed. Told for each start, in milliseconds from before the process is
made: the window is open, the first panel shows what was known, every panel of the Live page does and is painted; and
after each how long the process had worked by then (its processor time: what others do meanwhile lengthens it less).
`--python` is the interpreter of an installed program (`doorlight`'s first line names it); else this one's.
Beside it stands how long the same interpreter takes to open an empty Qt window: what no program of ours can be under.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOORLIGHT_VAULT"] = "file"  # whatever this desktop keeps is not ours to ask for

from PySide6.QtWidgets import QApplication  # noqa: E402

from app.net.organizer_client import OrganizerClient  # noqa: E402
from app.organizer.front import Front  # noqa: E402
from app.organizer.pages import page_entries  # noqa: E402
from app.runtime.reception import Reception  # noqa: E402
from app.server.program import build_app  # noqa: E402
from core.insight.reading import Freshness  # noqa: E402
from core.insight.series import MINUTE_MS  # noqa: E402
from core.model.roles import Role  # noqa: E402
from core.sync.answers import Done  # noqa: E402
from tests.contract.ledger_rig import Home, House, open_house  # noqa: E402
from tests.server.serving import served  # noqa: E402

RUNS, SCANS, PATIENCE_S = 5, 40, 30.0
PASSWORD = "a password for one bench"  # noqa: S105  of a ledger that is thrown away

WATCHED = """
import signal, sys, time
signal.alarm(30)
began = int(sys.argv.pop(1))
def say(what):
    print(what, (time.monotonic_ns() - began) // 1_000_000, time.process_time_ns() // 1_000_000, flush=True)
frames, told = [], set()
def once(what):
    if what not in told:
        from PySide6.QtCore import QTimer
        told.add(what)
        QTimer.singleShot(0, lambda: say(what))
def watch(frame):
    make, show, drop = frame.begin, frame._show, frame.rest
    def begin(self):
        frames.append(self)
        make(self)
    def rest(self):  # a page that is made anew for the account
        if self in frames:
            frames.remove(self)
        drop(self)
    def note(self):
        show(self)
        if self in frames and self.reading.value is not None:
            once("first")
            if all(each.reading.value is not None for each in frames):
                once("all")
    frame.begin, frame._show, frame.rest = begin, note, rest
import app.__main__ as entry
named = entry.function_named
def function_named(name):
    function = named(name)
    from app.cli.window import uncollected
    with uncollected():  # as the command loads them
        from app.organizer import panel_frame, program
    watch(panel_frame.PanelFrame)
    program._say_open = lambda _: say("open")
    return function
entry.function_named = function_named
entry.main(sys.argv[1:])
"""
EMPTY = """
import sys, time
began = int(sys.argv.pop(1))
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget()
window.showMaximized()
def say():
    print("all", (time.monotonic_ns() - began) // 1_000_000, time.process_time_ns() // 1_000_000, flush=True)
QTimer.singleShot(0, say)
app.exec()
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints one line for each start, or one JSON object."""
    parser = argparse.ArgumentParser(prog="window", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), metavar="PATH")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="doorlight-window-") as name:
        folder = Path(name) / "window"
        url = fill(Path(name) / "house", folder)
        words = ["organizer", "--data", str(folder), "--server", url]
        starts = [started(args.python, WATCHED, words) for _ in range(args.runs)]
        empty = [started(args.python, EMPTY, [])["all"] for _ in range(args.runs)]
    if args.json:
        print(json.dumps({"starts": starts, "empty": empty}))
        return 0
    for figure in starts:
        print(", ".join(f"{what} {ms} ms" for what, ms in figure.items()))
    passed, worked = (statistics.median(figure[what] for figure in starts) for what in ("all", "all worked"))
    print(f"figures after {passed:.0f} ms, {worked:.0f} worked; an empty window: {statistics.median(empty):.0f} ms")
    return 0


def fill(home: Path, folder: Path) -> str:
    """A window's folder with an evening in its cache and a session that stays; the address of the server of before."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with open_house(Home(None, home)) as house:
        let_in(house)
        once = house.office.accounts.add("anna", Role.OWNER)
        with served(build_app(house.office, "nobody's token")) as url:
            sit(folder, url, once.password)
            with closing(Front(folder, None, page_entries())) as front:
                front.open()
                front.window.event_chosen.emit(house.event.hex)
                wait_for_figures(application, front)
    return url


def let_in(house: House) -> None:
    """An hour at a door."""
    for minute, tid in enumerate(house.tickets(SCANS)):
        house.ask(house.scan(tid, after_ms=minute * MINUTE_MS))
    house.now_ms = time.time_ns() // 1_000_000  # the program's clock says whether a session still holds


def sit(folder: Path, url: str, once: str) -> None:
    """Logs in, to stay."""
    reception = Reception(folder)
    with closing(OrganizerClient(url)) as client:
        answers = (
            reception.log_in(client, "anna", once, stays=False),
            reception.change_password(client, once, PASSWORD, stays=True),
        )
    if not all(isinstance(each, Done) for each in answers):
        raise SystemExit("the log-in failed")


def wait_for_figures(application: QApplication, front: Front) -> None:
    """Turns the loop until every panel of the Live page is fresh."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        application.processEvents()
        page = front.window.host.page
        frames = page.panels.frames.values() if page is not None else ()
        if frames and all(frame.reading.state is Freshness.FRESH for frame in frames):
            return
    raise SystemExit("the server's figures did not come")


def started(python: Path, program: str, words: Sequence[str]) -> dict[str, int]:
    """One start: what it says, and after how many milliseconds; it is ended once all is said."""
    began = time.monotonic_ns()
    command = [str(python), "-P", "-c", program, str(began), *words]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as process:
        told: dict[str, int] = {}
        for line in process.stdout or ():
            what, passed_ms, worked_ms = line.split()
            told |= {what: int(passed_ms), f"{what} worked": int(worked_ms)}
            if what == "all":
                break
        process.kill()
    return told


if __name__ == "__main__":
    sys.exit(main())
