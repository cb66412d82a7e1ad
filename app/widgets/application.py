"""The application behind a program's windows: one for each process, and the desktop knows which program it is.

A desktop finds the name and the icon of a window's program by the name of its entry: on Wayland by the one that is said
here, on X11 by the program's own. Python's own names belong to no entry.
"""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

ENTRY = "doorlight"
"""The desktop's entry without `.desktop`, as `packaging/dev.py` installs it."""


def application() -> QApplication:
    """The process's application, made where there is none."""
    QGuiApplication.setDesktopFileName(ENTRY)
    there = QApplication.instance()
    return there if isinstance(there, QApplication) else QApplication([ENTRY])
