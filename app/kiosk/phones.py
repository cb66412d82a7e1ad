"""What the guests' phones say of this kiosk's clock, heard at the lane.

Owns which presentations are heard and when the counting starts anew. The count itself is `core.model.skew`.
"""

from dataclasses import dataclass, field

from core.model.moments import ClockQuality, Moment
from core.model.skew import Skew
from core.ticket.phone_time import phone_offset
from core.ticket.verify import Barred, Lane, Trust, verify

PROOF_MARK = "."
"""What parts a T1 from its proof: a text without one tells no time."""


@dataclass(frozen=True, slots=True)
class Phones:
    """The offsets heard so far, by a clock of one quality."""

    skew: Skew = field(default_factory=Skew)
    quality: ClockQuality | None = None

    @property
    def alarm_ms(self) -> int | None:
        """How far this clock may be behind, or None while there is no reason to think so."""
        return self.skew.alarm_ms

    def after(self, text: str, trust: Trust | Barred, lane: Lane, now: Moment) -> "Phones":
        """With a presented text. A clock that has just been synced, or set, is doubted by nobody yet.

        The text is verified once more, without the steps that were accepted before: a code that comes again is refused
        at the door and still shows its phone's time.
        """
        heard = self if now.quality is self.quality else Phones(quality=now.quality)
        if PROOF_MARK not in text or isinstance(trust, Barred):
            return heard
        told = phone_offset(verify(text, trust=trust, lane=lane, now=now), now)
        return heard if told is None else Phones(heard.skew.after(*told), now.quality)
