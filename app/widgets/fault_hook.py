"""Where a fault in a program with a window comes out: the one hook for all that Qt calls in Python.

Qt calls Python from everywhere (a paint, a click, a timer, another thread's signal), and what is raised there reaches
`sys.excepthook` alone.
"""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

import shiboken6
from PySide6.QtGui import QPainter

_LAST = ("last_type", "last_value", "last_traceback", "last_exc")


@contextmanager
def faults_told_to(take: Callable[[Exception], None]) -> Iterator[None]:
    """Each fault goes to `take` while the block runs, in the thread in which it arose.

    What is none, such as an interrupt, goes on to the hook before.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            before(kind, error, trace)
            return
        _let_go(trace)
        for name in _LAST:  # else the last fault's frames, and the widgets in them, live as long as the program
            sys.__dict__.pop(name, None)
        take(error)

    sys.excepthook = hook
    try:
        yield
    finally:
        sys.excepthook = before


def _let_go(trace: TracebackType | None) -> None:
    """Ends what the failed code was painting: a painter that outlives its paint event takes the process down."""
    for frame, _ in traceback.walk_tb(trace):
        for each in tuple(frame.f_locals.values()):
            if isinstance(each, QPainter) and shiboken6.isValid(each) and each.isActive():
                each.end()
