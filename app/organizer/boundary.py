"""Where a fault in the window's own code stops: at the panel, or the page, in whose code it arose.

Owns the way from an exception to the part of the window that shows it. Qt calls Python from everywhere (a paint, a
click, a timer), and what is raised there reaches `sys.excepthook` alone: the trace says in whose code. What no part
of the window can be blamed for goes on to the hook before. Nothing of an exception's text is logged: it may quote
what a guest is called.
"""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import shiboken6
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.log import logger

_SHOWN_FRAMES = 3
_LAST = ("last_type", "last_value", "last_traceback", "last_exc")


class Boundary(QWidget):
    """A part of the window that takes the faults of what lies in it."""

    boundary_name = ""
    """What the log calls it."""

    def break_down(self) -> None:
        """Shows that its code has failed, in the place of what failed."""


@contextmanager
def catching(unknown: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Faults in a boundary's code break that boundary down while the block runs.

    `unknown` is called for a fault of nobody's: the window says that something went wrong, and goes on.
    """
    before = sys.excepthook

    def take(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, Exception):
            before(kind, error, trace)
            return
        blamed = blamed_for(trace)
        _let_go(trace)
        for name in _LAST:  # else the last fault's frames, and the widgets in them, live as long as the program
            sys.__dict__.pop(name, None)
        if blamed is None:
            log_fault("window", error)
            unknown()
            return
        log_fault(blamed.boundary_name, error)
        blamed.break_down()

    sys.excepthook = take
    try:
        yield
    finally:
        sys.excepthook = before


def blamed_for(trace: TracebackType | None) -> Boundary | None:
    """The innermost boundary in whose code an exception was raised."""
    blamed = None
    for frame, _ in traceback.walk_tb(trace):
        found = _boundary_of(frame.f_locals.get("self"))
        blamed = found or blamed
    return blamed


def log_fault(name: str, error: BaseException) -> None:
    """Writes down what kind of fault it was and where, and nothing of its text."""
    where = [f"{Path(each.filename).name}:{each.lineno}" for each in traceback.extract_tb(error.__traceback__)]
    logger(__name__).error("fault", part=name, kind=type(error).__name__, where=" > ".join(where[-_SHOWN_FRAMES:]))


def _boundary_of(part: object) -> Boundary | None:
    if not isinstance(part, QWidget) or not shiboken6.isValid(part):
        return None
    at: QWidget | None = part
    while at is not None and not isinstance(at, Boundary):
        at = at.parentWidget()
    return at


def _let_go(trace: TracebackType | None) -> None:
    """Ends what the failed code was painting: a painter that outlives its paint event takes the process down."""
    for frame, _ in traceback.walk_tb(trace):
        for each in tuple(frame.f_locals.values()):
            if isinstance(each, QPainter) and shiboken6.isValid(each) and each.isActive():
                each.end()
