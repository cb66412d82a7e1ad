"""Whether a window can be opened here at all; asked before anything of Qt is loaded."""

import os
import sys

from app.errors import AppError


class NoDisplay(AppError):
    """There is no screen to open a window on."""

    def __init__(self) -> None:
        super().__init__("no_display")


def has_display() -> bool:
    """Whether a window can be opened: a screen server, or a platform that was chosen on purpose."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
