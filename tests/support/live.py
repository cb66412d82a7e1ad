"""The real server as a process, and real kiosks without a window, for scenarios that need both."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from app.clock import SystemClock
from app.ledger.admin import Office, open_ledger
from app.net.patience import ask_until_answered
from app.runtime.enrolling import enrol
from app.runtime.scan_line import ScanLine
from app.runtime.station import Station
from app.runtime.sync_line import Asker
from app.settings import Profile
from app.store.journal import Journal
from core.model.ids import ClassId, EventId, GateId
from core.sync.answers import Done
from core.sync.messages import ClassRow, EventRow, GateRow
from core.sync.session import Window
from tests.support import nursery
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
DAY = ClassId(1)
HOUR_MS = 3_600_000


class LiveServer:
    """`python -m app server` on one folder; can be killed and started again on the same port."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.folder = folder
        self._database = database
        self.port = free_port()  # its own from one start to the next, also while it is killed
        self._process: nursery.Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits for the line that says it is ready."""
        words = ["server", "--data", self.folder, "--port", self.port]
        if self._database:
            words += ["--database", self._database]
        with (self.folder / "server.log").open("ab") as log:
            self._process = nursery.start(words, stderr=log)
        assert self._process.stdout is not None
        told = self._process.stdout.readline()
        assert told, (self.folder / "server.log").read_text("utf-8")[-2_000:]
        ready = json.loads(told)
        assert ready["ready"] is True
        self.port = ready["port"]

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as a service manager would."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(timeout=60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


class LiveEvent:
    """An event on a live server, with what a test asks about it."""

    def __init__(self, server: LiveServer, database: str | None = None) -> None:
        self.server = server
        self._database = database
        clock = SystemClock()
        now_ms = clock.now().at_ms
        with self.office() as office:
            made = office.create_event(
                EventRow(
                    event="",
                    name="Summer Night",
                    time_zone="Europe/Berlin",
                    starts_ms=now_ms - HOUR_MS,
                    ends_ms=now_ms + 6 * HOUR_MS,
                    gates=[GateRow("north", "North gate"), GateRow("south", "South gate")],
                    classes=[ClassRow(DAY, "Day ticket"), ClassRow(2, "South stand", gates=["south"])],
                    online_budget_ms=5_000,  # scenarios tell lost replies from slow machines
                )
            )
        self.id = EventId(UUID(made.event))

    def office(self) -> Office:
        """The ledger; close it."""
        return open_ledger(self._database, self.server.folder)

    def tickets(self, count: int, cls: ClassId = DAY) -> list[str]:
        """Sealed tickets."""
        with self.office() as office:
            return [
                ticket.text
                for first in range(0, count, 1_000)
                for ticket in office.issue_tickets(self.id, cls, min(1_000, count - first))
            ]

    def code(self, gate: str = "north", name: str = "North 1") -> str:
        """A one-time enrolment code."""
        with self.office() as office:
            return office.device_code(self.id, GateId(gate), name).code


class LiveKiosk:
    """A kiosk of a live event without a window; its server's address can be another one, such as a proxy's."""

    def __init__(self, event: LiveEvent, folder: Path, gate: str = "north", name: str = "North 1") -> None:
        self._folder = folder
        self._profile = enrol_and_confirm(event, folder, gate, name)
        self._stack = ExitStack()
        self.connect(event.server.url)
        self.station.refresh_manifest()

    def connect(self, url: str) -> None:
        """Talks to this address from now on, as a kiosk that has just been started."""
        self._stack.close()
        self.station = Station(self._folder, replace(self._profile, server=url), SystemClock())
        self._stack.enter_context(closing(self.station))
        self.station.load_manifest()
        self.journal: Journal = self._stack.enter_context(closing(self.station.open_journal()))
        self.line: ScanLine = self.station.scan_line(self.journal)

    def connect_through(self, url: str) -> None:
        """Talks to this address from now on, and believes that the link is up."""
        self.connect(url)
        self.station.link.note(Done(None, 1), slow_from_ms=1_000)

    def drain(self, *, window: Window | None = None, ask: Asker = ask_until_answered) -> int:
        """Sends the queue; how many facts were settled."""
        line = self.station.sync_line(self.journal, refresh=lambda: None, ask=ask)
        if window is not None:
            line._window = window
        return line.drain()

    def fates(self) -> Counter[tuple[str, str]]:
        """How the facts stand: (leg, incidents or reason)."""
        rows = self.journal._connection.execute("SELECT leg, COALESCE(reason, incidents, '') FROM facts").fetchall()
        return Counter((leg, told) for leg, told in rows)

    def close(self) -> None:
        self._stack.close()


def enrol_and_confirm(event: LiveEvent, folder: Path, gate: str = "north", name: str = "North 1") -> Profile:
    """Makes a folder a kiosk of the event, its six digits compared by an organizer who looks closely."""
    enrolled = enrol(event.server.url, event.code(gate, name), folder)
    with event.office() as office:
        office.confirm_device(event.id, enrolled.profile.device_id, enrolled.digits)
    return enrolled.profile


@contextmanager
def live_event(folder: Path, database: str | None = None) -> Iterator[LiveEvent]:
    """A running server with one event."""
    folder.mkdir(parents=True, exist_ok=True)
    server = LiveServer(folder, database)
    event = LiveEvent(server, database)
    server.start()
    try:
        yield event
    finally:
        server.stop()


@contextmanager
def live_kiosk(event: LiveEvent, folder: Path, gate: str = "north", name: str = "North 1") -> Iterator[LiveKiosk]:
    """An enrolled kiosk."""
    with closing(LiveKiosk(event, folder, gate, name)) as kiosk:
        yield kiosk
