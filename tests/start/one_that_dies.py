"""A start window that runs the event, for a test that ends it: `python -m tests.start.one_that_dies FOLDER PORT`.

Says `ready` when its server runs, then goes on until a signal ends it.
"""

import sys
from contextlib import closing
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.runtime.preferences import PreferenceBook
from app.start.desk import Places, StartDesk
from app.start.present import Do, KeyText
from app.start.program import FILE, end_with_signals
from app.start.state import Leg, Part, StartState
from app.start.window import StartWindow
from app.start.words import load_start_words

NAMES = ("server", "kiosk", "organizer", "report", "scratch")


def main(folder: Path, port: int) -> int:
    """Opens the window and presses the key."""
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    (folder / "scratch").mkdir(exist_ok=True)
    words = load_start_words("en")
    window = StartWindow(words)
    places, book = Places(**{name: folder / name for name in NAMES}, port=port), PreferenceBook(folder, FILE)
    with closing(StartDesk(window, words, places, book)) as desk:
        desk.over.connect(app.quit)
        desk.changed.connect(_tell)
        end_with_signals(desk)
        window.show()
        desk.press(KeyText(Do.RUN_EVENT, "", Part.SERVER))
        return int(app.exec())


def _tell(state: StartState) -> None:
    if state.part(Part.SERVER).leg is Leg.RUNNING and state.served is not None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
