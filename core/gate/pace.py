"""How long a lane takes for a guest, by the times at which it showed its verdicts.

Owns which of them count: from one verdict to the next is a guest's time only while guests stand in line. A longer pause
is a lane without guests, and says nothing of how fast it is.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

RECENT_MS = 15 * 60_000
"""What is older says how fast the lane was, not how fast it is."""
PAUSE_MS = 60_000
"""Nobody at the front of a line takes a minute: after such a pause the next guest has only just come."""
FEWEST = 5
"""Below as many guests one slow one would be the lane's pace."""
MOST_VERDICTS = 900
"""One a second for the whole time: what a kiosk keeps of them."""


def pace_of(shown_ms: Sequence[int], now_ms: int) -> int | None:
    """The median time per guest in ms at `now_ms`, from the times of the verdicts in their order; None: too few.

    All times are of one clock that nobody sets.
    """
    recent = [at_ms for at_ms in shown_ms if now_ms - at_ms <= RECENT_MS]
    taken = [after - before for before, after in pairwise(recent) if after - before <= PAUSE_MS]
    return round(median(taken)) if len(taken) >= FEWEST else None
