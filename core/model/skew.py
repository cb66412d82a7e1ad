"""What guests' phones say of this kiosk's clock.

Owns the median alarm: a rotating code carries its phone's own time, and phones keep good time. One phone may be wrong
or lie; most of the last fifteen guests' hardly are. The alarm is something to show: it never changes the time.
"""

from dataclasses import dataclass

from core.model.ids import TicketHandle

WINDOW = 15
LEAST = 7
"""Fewer phones than this say nothing."""
ALARM_MS = 45_000
"""A code is shown for up to 30 s and takes its time to be held up; more than this is no slow guest."""
CALM_MS = 30_000
"""An alarm ends only below this, so that a median at the limit does not blink."""


@dataclass(frozen=True, slots=True)
class Skew:
    """The last offsets, one per ticket, oldest first; and whether they are alarming.

    An offset is the code's own time less this kiosk's trusted time, in milliseconds: positive where the kiosk is
    behind. Start anew, with `Skew()`, whenever the trusted time itself was set: by a sync or by a supervisor.
    """

    offsets: tuple[tuple[TicketHandle, int], ...] = ()
    is_alarming: bool = False

    def after(self, tid: TicketHandle, offset_ms: int) -> "Skew":
        """With the offset of a rotating code whose digits were right, accepted or not.

        A ticket has one place however often it is shown, so that a screenshot held up again and again is one voice. A
        code can be held up late, never early: of several offsets of a ticket the greatest is nearest to its phone's.
        """
        earlier_ms = [each_ms for each, each_ms in self.offsets if each == tid]
        others = [each for each in self.offsets if each[0] != tid]
        kept = (*others, (tid, max([offset_ms, *earlier_ms])))[-WINDOW:]
        limit_ms = CALM_MS if self.is_alarming else ALARM_MS
        return Skew(kept, len(kept) >= LEAST and abs(_median_ms(kept)) > limit_ms)

    @property
    def alarm_ms(self) -> int | None:
        """How far this kiosk's clock may be behind (negative: ahead), or None while there is no reason to think so."""
        return _median_ms(self.offsets) if self.is_alarming else None


def _median_ms(offsets: tuple[tuple[TicketHandle, int], ...]) -> int:
    """The middle offset; of two middle ones the less alarming."""
    ordered = sorted(offset_ms for _, offset_ms in offsets)
    return min(ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2], key=abs)
