"""How a panel stands, in words: from a reading to what its frame shows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from app.organizer.words import OrganizerWords
from app.widgets.times import instant_text, long_duration_text
from core.insight.reading import Fault, Freshness, Reading
from core.model.moments import Millis
from core.sync.answers import Later, Rejected

FORBIDDEN, NOT_FOUND, GONE = 403, 404, 410


class Face(StrEnum):
    """What fills a panel."""

    LOADING = "loading"
    FRESH = "fresh"
    OLD = "old"
    FAILED = "failed"
    BROKEN = "broken"  # its own code failed: no fault of the server's


@dataclass(frozen=True, slots=True)
class PanelText:
    """What a frame shows: `note` beside the title, `title` and `lines` on the card that stands in the body's place."""

    face: Face
    note: str = ""
    cause: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    is_away: bool = False

    @property
    def shows_body(self) -> bool:
        """Whether there is a value to look at."""
        return self.face in {Face.FRESH, Face.OLD}

    @property
    def can_be_retried(self) -> bool:
        """Whether there is something to try again here, and not for all panels at once."""
        if self.face is Face.OLD and self.is_away:
            return False
        return self.face in {Face.OLD, Face.FAILED, Face.BROKEN}


def present_panel(
    reading: Reading[Any], now_ms: Millis, zone: ZoneInfo, words: OrganizerWords, *, is_away: bool = False
) -> PanelText:
    """What a panel says of itself. `now_ms` is the server's time as far as it is known.

    `is_away`: the banner says that nobody answers, so that an old panel says no more than how old it is.
    """
    match reading.state:
        case Freshness.LOADING:
            return PanelText(Face.LOADING, title=words.panel.loading)
        case Freshness.FRESH:
            return PanelText(Face.FRESH)
        case Freshness.OLD:
            told = reading.fault is not None and not is_away
            cause = words.panel.not_new.fill(cause=cause_text(reading.fault, words)) if told else ""
            return PanelText(Face.OLD, as_of_text(reading.as_of_ms, now_ms, zone, words), cause, is_away=is_away)
        case Freshness.FAILED:
            return PanelText(Face.FAILED, title=words.panel.failed, lines=tuple(_failed(reading, now_ms, zone, words)))
    assert_never(reading.state)


def present_too_slow(since_ms: Millis, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> PanelText:
    """A panel of which nothing came in time."""
    told = words.panel.since.fill(cause=words.panel.too_slow, time=instant_text(since_ms, zone, now_ms, words.calendar))
    return PanelText(Face.FAILED, title=words.panel.failed, lines=(_sentence(told),))


def present_broken(words: OrganizerWords) -> PanelText:
    """A panel whose own code failed."""
    return PanelText(Face.BROKEN, title=words.panel.broken, lines=(words.panel.broken_step,))


def as_of_text(as_of_ms: Millis | None, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> str:
    """`as of 21:04 (12 min ago)`; empty where nobody knows."""
    if as_of_ms is None:
        return ""
    return words.panel.as_of.fill(**_when(as_of_ms, now_ms, zone, words))


def cause_text(fault: Fault | None, words: OrganizerWords) -> str:
    """Why there is no newer value, in a few words that begin small; empty where nothing is wrong."""
    match fault:
        case None:
            return ""
        case Later(trouble=trouble):
            return words.troubles[trouble]
        case Rejected(status=status) if status == FORBIDDEN:
            return words.panel.not_allowed
        case Rejected(status=status) if status in {NOT_FOUND, GONE}:
            return words.panel.gone
        case Rejected() if not fault.is_our_servers:
            return words.panel.not_ours
        case Rejected(status=status):
            return words.panel.refused.fill(status=status)
    assert_never(fault)


def fault_sentence(fault: Fault, words: OrganizerWords) -> str:
    """The same as a sentence."""
    return _sentence(cause_text(fault, words))


def _failed(reading: Reading[Any], now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> list[str]:
    cause = cause_text(reading.fault, words) or words.panel.too_slow
    if reading.fault_since_ms is not None:
        since = instant_text(reading.fault_since_ms, zone, now_ms, words.calendar)
        cause = words.panel.since.fill(cause=cause, time=since)
    lines = [_sentence(cause)]
    if reading.as_of_ms is not None:
        lines.append(words.panel.last_good.fill(**_when(reading.as_of_ms, now_ms, zone, words)))
    return lines


def _when(at_ms: Millis, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> dict[str, str]:
    return {
        "time": instant_text(at_ms, zone, now_ms, words.calendar),
        "age": long_duration_text(max(0, now_ms - at_ms), words.calendar),
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
