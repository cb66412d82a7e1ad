"""`doorlight` without arguments: the program that starts the others.

Owns the process: one start window for each account, an orderly end on SIGTERM and SIGINT, and what is said where there
is no screen.
"""

import argparse
import signal
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from platformdirs import user_data_path, user_documents_path
from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.faults import log_fault
from app.log import kept_in
from app.runtime.instance import InstanceHeld, single_instance
from app.runtime.preferences import PreferenceBook
from app.settings import APP_NAME, default_organizer_dir, default_profile_dir, default_server_dir
from app.start.desk import Places, StartDesk
from app.start.programs import private_folder
from app.start.state import StartState
from app.start.window import StartWindow
from app.start.words import load_start_words
from app.widgets.application import application
from app.widgets.fault_hook import faults_told_to
from app.widgets.theme import ThemeName
from core.model.settings import Language

FILE = "start.json"
SIGNALS_EVERY_MS = 300
"""Python looks for signals between its own steps: a window that rests takes one now and then."""


def start_folder() -> Path:
    """Where the start window has its lock and its log."""
    return user_data_path(APP_NAME, appauthor=False) / "start"


def start(args: argparse.Namespace) -> int:
    """Opens the window, and runs until it is closed and everything that it has started has ended."""
    app = application()
    app.setQuitOnLastWindowClosed(False)
    folder = start_folder()
    book = PreferenceBook(folder, FILE)
    words = load_start_words((book.now.language or Language.of_locale(QLocale.system().name())).value)
    theme = book.now.theme or _desktop_theme()
    with ExitStack() as stack:
        try:
            stack.enter_context(single_instance(folder))
        except InstanceHeld as err:
            return _say_held(app, StartWindow(words, theme=theme), str(err.details["process"]))
        scratch = Path(stack.enter_context(private_folder()))
        places = Places(
            server=default_server_dir(),
            kiosk=default_profile_dir(),
            organizer=default_organizer_dir(),
            report=_report_folder(),
            scratch=scratch,
            port=args.port,
        )
        window = StartWindow(words, theme=theme)
        desk = stack.enter_context(closing(StartDesk(window, words, places, book)))
        desk.over.connect(app.quit)
        end_with_signals(desk)
        stack.enter_context(kept_in(folder, "start"))
        stack.enter_context(faults_told_to(partial(log_fault, "start window")))
        window.resize(1_100, 760)
        window.show()
        return int(app.exec())


def _say_held(app: QApplication, window: StartWindow, process: str) -> int:
    """A second start window says where the first is, and does nothing."""
    window.show_state(StartState(held_by=process))
    window.pressed.connect(lambda _: app.exit(1))
    window.close_wanted.connect(lambda: app.exit(1))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: QTimer.singleShot(0, lambda: app.exit(1)))
    timer = QTimer(window, interval=SIGNALS_EVERY_MS)
    timer.start()
    window.resize(800, 480)
    window.show()
    return int(app.exec())


def end_with_signals(desk: StartDesk) -> None:
    """An orderly end when the system or a terminal asks for it: nobody is asked then."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: QTimer.singleShot(0, desk.end_all))  # it may come before the loop has begun
    timer = QTimer(desk, interval=SIGNALS_EVERY_MS)
    timer.timeout.connect(lambda: None)
    timer.start()


def _report_folder() -> Path:
    return user_documents_path() / "doorlight-demo"


def _desktop_theme() -> ThemeName:
    """As bright as this computer's other windows."""
    is_light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
    return ThemeName.LIGHT if is_light else ThemeName.DARK
