"""What of a night is worth waking somebody for, of the kiosks and of the room.

Owns the hours in which an event's doors are watched, and which troubles of a kiosk cannot wait for somebody to look at
a window. Pure: what the server told and the time in, findings out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.insight.capacity import Fullness
from core.insight.completeness import PUT_AWAY_MS
from core.insight.kiosk_standing import KioskTrouble, Newest, standings
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import EventRow

BEFORE_MS = 2 * 60 * 60_000
"""Doors are set up before the first guest, and a kiosk that fails then is still mended in time."""
LEAST_TOLD = Fullness.NEARLY_FULL
"""A house that is busy is good news, which the window has."""
TOLD = (KioskTrouble.SILENT, KioskTrouble.LISTS_OLD)


@dataclass(frozen=True, slots=True)
class Found:
    """A kiosk with a trouble that somebody should know of."""

    trouble: KioskTrouble
    kiosk: KioskReply

    @property
    def about(self) -> str:
        """What it is told of once: a kiosk that is heard again, or has a newer list, begins another trouble."""
        if self.trouble is KioskTrouble.SILENT:
            return f"{self.kiosk.id}:{self.kiosk.last_seen_ms}"
        vitals = self.kiosk.vitals
        return f"{self.kiosk.id}:{0 if vitals is None else vitals.told.manifest_version}"


def is_watched(event: EventRow, now_ms: int) -> bool:
    """Whether the event's doors are, or should be, at work: nobody is woken for a kiosk that was packed up."""
    return event.starts_ms - BEFORE_MS <= now_ms < event.ends_ms


def kiosks_to_tell(
    kiosks: Iterable[KioskReply], newest: Newest, now_ms: int, *, is_hearing: bool = True
) -> Iterator[Found]:
    """The kiosks in whose trouble somebody should be woken.

    Without `is_hearing` nobody listened lately, so that no silence is a kiosk's own. One that has been silent for half
    a day was put away.
    """
    for one in standings(kiosks, newest, now_ms):
        seen_ms = one.kiosk.last_seen_ms
        is_away = seen_ms is None or now_ms - seen_ms > PUT_AWAY_MS
        for trouble in one.troubles:
            is_silent = trouble is KioskTrouble.SILENT
            if trouble in TOLD and not is_away and (is_hearing or not is_silent):
                yield Found(trouble, one.kiosk)
