"""One document at a time: ReportLab writes into the typefaces that all documents share.

Owns the lock. Two documents that are drawn at the same moment, as by threads that send mail, would get each other's
letters, or break.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_DRAWING = threading.RLock()


def drawn_alone(draw: Callable[_P, _T]) -> Callable[_P, _T]:
    """A function that draws a document, made to wait while another thread draws one."""

    @wraps(draw)
    def alone(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with _DRAWING:
            return draw(*args, **kwargs)

    return alone
