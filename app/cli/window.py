"""`kiosk` and `organizer`: the windows, or the small program that watches over a kiosk and loads nothing of it."""

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.runtime.display import NoDisplay, has_display
from app.runtime.supervisor import supervise


def open_kiosk(args: argparse.Namespace) -> int:
    """Opens the window; with --watch in a process of its own, again and again until somebody closes it."""
    if not has_display():
        raise NoDisplay
    if args.watch:
        return supervise(_command(args))
    with uncollected():
        from app.kiosk.program import kiosk

    return kiosk(args)


def open_organizer(args: argparse.Namespace) -> int:
    """Opens the organizer's window."""
    if not has_display():
        raise NoDisplay
    with uncollected():
        from app.organizer.program import organizer
        from app.settings import default_organizer_dir

    args.data = args.data or default_organizer_dir()
    return organizer(args)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage while a window's modules load: they leave none, and what they make stays."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _command(args: argparse.Namespace) -> list[str]:
    """The same program with the same words, without a watcher."""
    words = ["kiosk", "--profile", str(args.profile), "--camera", args.camera]
    return [sys.executable, "-m", "app", *words, *(["--server", args.server] if args.server else [])]
