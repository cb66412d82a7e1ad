"""The running parts of the demo: the server's process and, at each door, a cable, a kiosk, a lens and a window.

Owns their starting and their end, in the order that leaves nothing behind.
"""

import json
import signal
import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication

from app.clock import SystemClock
from app.demo.estate import Estate
from app.demo.guests import DOORS
from app.demo.moved_shop import MovedShop
from app.demo.organizer_side import OrganizerSide, sit_down
from app.demo.wire import Wire
from app.device.synthetic import SyntheticCamera
from app.errors import AppError
from app.kiosk.kiosk import Kiosk
from app.kiosk.window import LEAST_HEIGHT, LEAST_WIDTH, KioskWindow
from app.kiosk.words import load_kiosk_words
from app.organizer.front import FILE
from app.runtime.enrolling import enrol
from app.runtime.preferences import PreferenceBook
from app.runtime.station import Station
from app.settings import Profile
from core.journal.scan import Fact
from core.model.settings import Language

STOP_S = 20
LENS = (960, 540)
FPS = 15.0
WINDOW = QSize(1280, 800)
BORDER = 40


class ServerFailed(AppError):
    """The demo's server did not start."""

    def __init__(self) -> None:
        super().__init__("demo_server_failed")


class ServerProcess:
    """`python -m app server` on a free port."""

    def __init__(self, folder: Path, log: Path) -> None:
        command = [sys.executable, "-m", "app", "server", "--data", str(folder), "--port", "0"]
        command += ["--webhooks-to-loopback"]  # the shop that wants to be told is on this computer
        self._log = log.open("wb")
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log)
        self.port = self._wait_until_ready()

    def close(self) -> None:
        """Ends it as a service manager would."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _wait_until_ready(self) -> int:
        """The port, from the one line that the server says when it is ready."""
        assert self._process.stdout is not None  # noqa: S101 — a pipe was asked for
        line = self._process.stdout.readline()
        try:
            return int(json.loads(line)["port"])
        except (ValueError, KeyError, TypeError) as err:
            self.close()
            raise ServerFailed from err


@dataclass(frozen=True, slots=True)
class Door:
    """One door of the demo."""

    name: str
    wire: Wire
    station: Station
    camera: SyntheticCamera
    window: KioskWindow
    kiosk: Kiosk

    def facts(self) -> list[Fact]:
        """Everything that the door's journal holds."""
        with closing(self.station.open_journal()) as journal:
            return journal.every_fact()

    def waiting(self) -> int:
        """Facts that the server has not answered for."""
        with closing(self.station.open_journal()) as journal:
            return journal.queue_length()


class Town:
    """The server and the doors. A context: everything ends with it."""

    def __init__(self, estate: Estate, home: Path, language: str, pictures: Path) -> None:
        self._language = language
        self._pictures = pictures
        self._side: OrganizerSide | None = None
        self._estate = estate
        self._home = home
        self._stack = ExitStack()
        self.doors: tuple[Door, ...] = ()

    def __enter__(self) -> "Town":
        try:
            self._estate.tell(self._stack.enter_context(MovedShop()).url)
            server = self._stack.enter_context(closing(ServerProcess(self._estate.folder, self._home / "server.log")))
            self.doors = tuple(self._door(place, code, server.port) for place, code in enumerate(self._estate.codes))
            self._side = self._organizer(server.port)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def side(self) -> OrganizerSide:
        """The organizer's window; there while the town runs."""
        if self._side is None:
            raise RuntimeError("the town does not run")
        return self._side

    def _organizer(self, port: int) -> OrganizerSide:
        wire = self._stack.enter_context(Wire(port))
        folder = self._home / "organizer"
        sit_down(wire, folder, self._estate.event, self._estate.owner.name, self._estate.owner.password)
        PreferenceBook(folder, FILE).change(language=Language(self._language), is_heard=False)
        return self._stack.enter_context(closing(OrganizerSide(wire, folder, self._pictures, self._estate)))

    def _door(self, place: int, code: str, port: int) -> Door:
        wire = self._stack.enter_context(Wire(port))
        folder = self._home / f"kiosk-{place + 1}"
        profile = self._enrolled(wire.url, code, folder)
        clock = SystemClock()
        station = self._stack.enter_context(closing(Station(folder, profile, clock)))
        window = KioskWindow(load_kiosk_words(self._language), ZoneInfo("UTC"), clock)
        window.show_language(self._language)
        window.setGeometry(_place(place))
        camera = SyntheticCamera(size=LENS, fps=FPS, seed=place + 1)
        kiosk = Kiosk(station, camera, window)
        self._stack.callback(window.close)
        self._stack.callback(kiosk.stop)
        return Door(profile.device_name, wire, station, camera, window, kiosk)

    def _enrolled(self, url: str, code: str, folder: Path) -> Profile:
        """A kiosk whose six digits the organizer of the demo has compared."""
        enrolled = enrol(url, code, folder)
        with self._estate.office() as office:
            office.confirm_device(self._estate.event, enrolled.profile.device_id, enrolled.digits)
        return enrolled.profile


def place_of_organizer() -> QRect:
    """Behind the doors' windows where the screen has no room beside them."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    is_seen = QGuiApplication.platformName() != "offscreen"
    return QRect(screen.topLeft(), WINDOW.boundedTo(screen.size()) if is_seen else WINDOW)


def _place(place: int) -> QRect:
    """Where a door's window goes: side by side where the screen is wide enough, else one over the other."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    half = QSize(screen.width() // DOORS - BORDER, screen.height() - 2 * BORDER).boundedTo(WINDOW)
    if QGuiApplication.platformName() == "offscreen" or half.width() < LEAST_WIDTH or half.height() < LEAST_HEIGHT:
        return QRect(screen.topLeft() + QPoint(BORDER, BORDER) * (place + 1), WINDOW)
    return QRect(screen.topLeft() + QPoint(place * screen.width() // DOORS + BORDER // 2, BORDER), half)
