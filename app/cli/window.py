"""`kiosk` and `organizer`: the windows, or the small program that watches over a kiosk and loads nothing of it."""

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.runtime.display import NoDisplay, has_display
from app.runtime.supervisor import supervise
from core.model.settings import Language, ThemeName

if TYPE_CHECKING:
    from app.runtime.preferences import Preferences


def open_kiosk(args: argparse.Namespace) -> int:
    """Opens the window; with --watch in a process of its own, again and again until somebody closes it."""
    if not has_display():
        raise NoDisplay
    if args.watch:
        return supervise(watched_command(args))
    with uncollected():
        from app.kiosk.program import kiosk

    args.usual = _usual(args)
    return kiosk(args)


def open_organizer(args: argparse.Namespace) -> int:
    """Opens the organizer's window."""
    if not has_display():
        raise NoDisplay
    with uncollected():
        from app.organizer.program import organizer
        from app.settings import default_organizer_dir

    args.usual = _usual(args)
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


def watched_command(args: argparse.Namespace) -> list[str]:
    """The same program with the same words, without a watcher."""
    words = ["kiosk", "--profile", str(args.profile), "--camera", args.camera]
    for name, told in (("--language", args.language), ("--theme", args.theme)):
        words += [name, told] if told is not None else []
    return [sys.executable, "-m", "app", *words, *(["--server", args.server] if args.server else [])]


def _usual(args: argparse.Namespace) -> "Preferences":
    """What the window is like until somebody chooses otherwise in it."""
    from app.runtime.preferences import Preferences

    language = None if args.language is None else Language(args.language)
    return Preferences(language, None if args.theme is None else ThemeName(args.theme))
