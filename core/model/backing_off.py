"""How long to wait after so many failures in a row: twice as long each time, up to an end.

Owns that one formula, in whatever unit its caller counts. Who waits, for what, and how the wait is spread is theirs.
"""

_MOST_DOUBLINGS = 60
"""More than any wait needs, and few enough for a float."""


def doubled(first: float, times: int, longest: float) -> float:
    """`first` doubled so many times, `longest` at most; `first` itself where `times` is not positive."""
    return min(first * 2.0 ** min(max(times, 0), _MOST_DOUBLINGS), longest)
