"""`doorlight rehearse`: a door of its own for technicians, with made-up guests and faults at a touch.

Owns its two processes. The first makes a folder that ends with it, a server and a kiosk in there, and watches; the
second is the kiosk's real window with a banner and a board. Neither is told where a real kiosk's folder is: the
rehearsal's journal, keys, settings, clock and logs lie in its own. Its keys lie in files, so that no desktop's keyring
hears of it.
"""

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Slot

from app.clock import SystemClock, read_machine
from app.demo.rehearsal_house import KIOSK_FOLDER, PORT_FILE, Part, guests_of, keep_guests, make_house, make_kiosk
from app.demo.rehearsal_sheet import RehearsalSheet, Switch
from app.demo.rehearsal_words import RehearsalWords, load_rehearsal_words
from app.demo.town import ServerProcess
from app.demo.wire import Wire
from app.kiosk.kiosk import Kiosk
from app.kiosk.pulse import Pulse
from app.kiosk.settings_desk import SettingsDesk
from app.kiosk.sheet import Offer, SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.log import kept_in
from app.runtime.display import NoDisplay, has_display
from app.runtime.instance import single_instance
from app.runtime.station import Station
from app.runtime.supervisor import supervise
from app.settings import load_profile
from app.store.clock_memory import CLOCK_FILE, ClockFile
from app.widgets.application import application
from app.widgets.ending import ending
from core.model.timekeeping import Reading

HOUR_MS = 3_600_000
KEYS_IN_FILES = ("DOORLIGHT_VAULT", "file")


def rehearse(args: argparse.Namespace) -> int:
    """Opens a rehearsal, and takes everything of it away when its window is closed."""
    if not has_display():
        raise NoDisplay
    name, value = KEYS_IN_FILES
    os.environ[name] = value
    if args.inside is not None:
        return open_window(args.inside, args.language)
    with tempfile.TemporaryDirectory(prefix="doorlight-rehearsal-") as folder:
        home = Path(folder)
        event = make_house(home)
        with closing(ServerProcess(home / "server", home / "server.log")) as server:
            (home / PORT_FILE).write_text(str(server.port), encoding="ascii")
            make_kiosk(home, event, f"http://127.0.0.1:{server.port}")
            inside = ["rehearse", "--inside", folder, "--language", args.language]
            return supervise([sys.executable, "-m", "app", *inside])


def open_window(home: Path, language: str) -> int:
    """The window of a rehearsal whose house stands in `home`."""
    app = application()
    folder = home / KIOSK_FOLDER
    with ExitStack() as stack:
        stack.enter_context(single_instance(folder))
        stack.enter_context(kept_in(folder, "kiosk"))
        stack.enter_context(ending(app))
        wire = stack.enter_context(Wire(int((home / PORT_FILE).read_text("ascii"))))
        rehearsal = stack.enter_context(closing(Rehearsal(home, wire, language)))
        rehearsal.window.closed.connect(lambda: app.exit(0))
        rehearsal.start()
        rehearsal.window.showMaximized()
        return int(app.exec())


class Hands:
    """This machine's clocks, with a wall clock that somebody has set wrong."""

    def __init__(self) -> None:
        self.wrong_ms = 0

    def read(self) -> Reading:
        """The clocks now."""
        reading = read_machine()
        return replace(reading, wall_ms=reading.wall_ms + self.wrong_ms)


class Rehearsal(QObject):
    """A door with a board. Lives in the window's thread; `start` it once, `close` it."""

    def __init__(self, home: Path, wire: Wire, language: str) -> None:
        super().__init__()
        folder = home / KIOSK_FOLDER
        self._home = home
        self._hands = Hands()
        self._wire = wire
        self._is_cut = False
        self._guests = guests_of(home)
        self._last = ""
        self._words: RehearsalWords = load_rehearsal_words(language)
        clock = SystemClock(ClockFile(folder / CLOCK_FILE), read=self._hands.read)
        self.station = Station(folder, replace(load_profile(folder), server=wire.url), clock)
        self.window = KioskWindow(load_kiosk_words(language), ZoneInfo("UTC"), clock)
        self.window.show_language(language)
        self.kiosk = Kiosk(self.station, None, self.window, SettingsDesk(folder, self))
        self._pulse = Pulse(parent=self)
        self.kiosk.beat_with(self._pulse)
        self.window.desk.withdraw(SheetName.SIMULATE)  # its banner would take the place of this one's
        self.window.desk.offer(SheetName.REHEARSAL, Offer(self.board))
        self.window.show_banner(lambda: self._words.board.banner)
        self.window.verdict_left.connect(self.show_board)

    def start(self) -> None:
        """Opens the door, and shows the board."""
        self.kiosk.start()
        self._pulse.start()
        QTimer.singleShot(0, self.show_board)

    def close(self) -> None:
        """Ends whatever runs; the disk has room again."""
        self._pulse.stop()
        self.window.verdict_left.disconnect(self.show_board)
        self.kiosk.stop()
        self.station.close()
        fill_disk(is_full=False)

    @Slot()
    def show_board(self) -> None:
        """Shows the board, unless a page is open that staff are at."""
        if self.window.desk.sheet is None and self.window.isVisible():
            self.window.desk.show(self.board())

    def board(self) -> RehearsalSheet:
        """The board as things are now."""
        sheet = RehearsalSheet(self._words, is_cut=self._is_cut, is_full=is_disk_full(), can_fill=CAN_FILL)
        sheet.guest_wanted.connect(self.send)
        sheet.switched.connect(self.turn)
        return sheet

    @Slot(object)
    def send(self, part: Part) -> None:
        """A guest comes; the same code again where nobody of that kind is left."""
        texts = self._guests[part]
        if texts:
            self._last = texts.pop(0)
            with suppress(OSError):  # a disk that was filled on purpose: a killed program finds its first guests again
                keep_guests(self._home, self._guests)
        if self._last:
            self.kiosk.present(self._last)
        else:
            self.window.tell(lambda: self._words.board.nobody)

    @Slot(object)
    def turn(self, switch: Switch) -> None:
        """Something goes wrong, or right again."""
        match switch:
            case Switch.NETWORK:
                self._is_cut = not self._is_cut
                self._wire.cut() if self._is_cut else self._wire.mend()
            case Switch.AHEAD:
                self._hands.wrong_ms = HOUR_MS
            case Switch.BEHIND:
                self._hands.wrong_ms = -HOUR_MS
            case Switch.RIGHT:
                self._hands.wrong_ms = 0
            case Switch.DISK:
                fill_disk(is_full=not is_disk_full())
            case Switch.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
        self.window.desk.close()
        self.show_board()


if sys.platform == "win32":
    CAN_FILL = False

    def fill_disk(*, is_full: bool) -> None:
        """Nothing: this system knows no such limit."""

    def is_disk_full() -> bool:
        """Never."""
        return False
else:
    import resource

    CAN_FILL = True

    def fill_disk(*, is_full: bool) -> None:
        """Lets no file of this process grow or change (getrlimit(2), RLIMIT_FSIZE), or lets them again."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 if is_full else hard, hard))

    def is_disk_full() -> bool:
        """Whether files can't grow."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        return soft != hard
