"""`kiosk`: the window itself, or the small program that watches over it and loads nothing of what it watches."""

import argparse
import sys

from app.runtime.display import NoDisplay, has_display
from app.runtime.supervisor import supervise


def open_kiosk(args: argparse.Namespace) -> int:
    """Opens the window; with --watch in a process of its own, again and again until somebody closes it."""
    if not has_display():
        raise NoDisplay
    if args.watch:
        return supervise(_command(args))
    from app.kiosk.program import kiosk

    return kiosk(args)


def _command(args: argparse.Namespace) -> list[str]:
    """The same program with the same words, without a watcher."""
    words = ["kiosk", "--profile", str(args.profile), "--camera", args.camera]
    return [sys.executable, "-m", "app", *words, *(["--server", args.server] if args.server else [])]
