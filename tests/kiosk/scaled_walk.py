"""The walk in a process of its own, for screens whose dots are smaller: Qt takes QT_SCALE_FACTOR at its start alone.

`python -m tests.kiosk.scaled_walk NTH` walks every NTH shot and prints the factor and what it found, as JSON.
"""

import json
import sys

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.widgets.typeface import load_typeface
from tests.kiosk.shots import SHOTS, Look
from tests.kiosk.test_walk import PSEUDO, layout_of, speech_of
from tests.support.shots import opened

SIZES = (QSize(800, 480), QSize(1920, 1080))
"""In dots of the program; the screen has more."""


def main(nth: int) -> int:
    """Walks, and tells."""
    application = QApplication([])
    load_typeface()
    found, factors = [], set()
    for number, shot in enumerate(SHOTS[::nth]):
        with opened(shot, Look(PSEUDO, SIZES[number % len(SIZES)])) as view:
            factors.add(view.picture.devicePixelRatio())
            found += [f"{shot.name}: {told}" for told in (*layout_of(view, shot), *speech_of(view, shot))]
    application.processEvents()
    print(json.dumps({"factors": sorted(factors), "found": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
