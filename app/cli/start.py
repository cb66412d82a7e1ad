"""`doorlight` without a command: the start window; where there is no screen, the commands of its choices."""

import argparse

from app.runtime.display import has_display
from app.speech import say

CHOICES = (
    ("Try it:", "doorlight demo"),
    ("This computer is a door:", "doorlight kiosk"),
    ("This computer runs the event:", "doorlight server --host 0.0.0.0 --tls, then doorlight organizer"),
)


def open_start(args: argparse.Namespace) -> int:
    """Opens the window; without a screen says what its choices are as commands."""
    if not has_display():
        for choice, command in CHOICES:
            say(f"{choice:30} {command}")
        say("doorlight --help tells the rest.")
        return 0
    from app.start.program import start

    return start(args)
