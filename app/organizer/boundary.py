"""Where a fault in the window's own code stops: at the panel, or the page, in whose code it arose.

Owns the way from an exception to the part of the window that shows it: the trace says in whose code it arose.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

import shiboken6
from PySide6.QtWidgets import QWidget

from app.faults import log_fault
from app.widgets.fault_hook import faults_told_to


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

    def take(error: Exception) -> None:
        blamed = blamed_for(error.__traceback__)
        if blamed is None:
            log_fault("window", error)
            unknown()
            return
        log_fault(blamed.boundary_name, error)
        blamed.break_down()

    with faults_told_to(take):
        yield


def blamed_for(trace: TracebackType | None) -> Boundary | None:
    """The innermost boundary in whose code an exception was raised."""
    blamed = None
    for frame, _ in traceback.walk_tb(trace):
        found = _boundary_of(frame.f_locals.get("self"))
        blamed = found or blamed
    return blamed


def _boundary_of(part: object) -> Boundary | None:
    if not isinstance(part, QWidget) or not shiboken6.isValid(part):
        return None
    at: QWidget | None = part
    while at is not None and not isinstance(at, Boundary):
        at = at.parentWidget()
    return at
