"""How complete a figure is, in one line that stands below every panel."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.organizer.live.words import CompleteWords, LiveWords
from app.widgets.times import CalendarWords, clock_text, number_text, second_text
from core.insight.completeness import Completeness
from core.model.moments import Millis


@dataclass(frozen=True, slots=True)
class Say:
    """What a presenter needs to write with: the words of now, and the event's own clock."""

    words: LiveWords
    calendar: CalendarWords
    zone: ZoneInfo

    def number(self, number: int) -> str:
        """A count in groups of three."""
        return number_text(number, self.calendar)

    def clock(self, at_ms: int) -> str:
        """Hours and minutes."""
        return clock_text(at_ms, self.zone)


def complete_text(heard: Completeness | None, as_of_ms: Millis | None, say: Say) -> str:
    """`7 of 8 devices reporting · 14 scans pending · as of 21:04:31`. `heard` None: nobody knows."""
    words = say.words.complete
    parts = [words.not_known] if heard is None else _heard(heard, say)
    if as_of_ms is not None:
        parts.append(words.as_of.fill(time=second_text(as_of_ms, say.zone)))
    return " · ".join(parts)


def brief_text(heard: Completeness | None, as_of_ms: Millis | None, say: Say) -> str:
    """The same below a figure, where room is short: `7 of 8 devices · 102 pending · as of 21:04:31`."""
    words = say.words.complete
    if heard is None or heard.kiosks == 0:
        return complete_text(heard, as_of_ms, say)
    parts = [words.brief.fill(reporting=heard.reporting, count=heard.kiosks)]
    if outstanding := heard.pending + heard.unheard:
        parts.append(words.outstanding.fill(count=say.number(outstanding)))
    if heard.is_open:
        parts.append(words.more)
    if as_of_ms is not None:
        parts.append(words.as_of.fill(time=second_text(as_of_ms, say.zone)))
    return " · ".join(parts)


def _heard(heard: Completeness, say: Say) -> list[str]:
    words = say.words.complete
    parts = _devices(heard, words)
    if heard.pending:
        one = heard.pending == 1
        parts.append(words.pending_one if one else words.pending.fill(count=say.number(heard.pending)))
    if heard.unheard and heard.silent_since_ms is not None:
        since = say.clock(heard.silent_since_ms)
        parts.append(words.unheard.fill(count=say.number(heard.unheard), time=since))
    if heard.is_open:
        parts.append(words.more)
    return parts


def _devices(heard: Completeness, words: CompleteWords) -> list[str]:
    parts = [words.devices.fill(reporting=heard.reporting, count=heard.kiosks)] if heard.kiosks else []
    if heard.off:
        parts.append(words.off.fill(count=heard.off))
    return parts or [words.no_device]
