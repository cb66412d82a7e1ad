"""What the status line says: the facts of this kiosk in, texts and their urgency out.

Owns when a fact deserves a look. An unreachable server is no alarm: the door goes on, so the line says so calmly.
"""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.kiosk.times import HOUR_MS, MINUTE_MS, clock_text, duration_text, instant_text
from app.kiosk.words import KioskWords
from core.model.event import Direction
from core.model.moments import ClockQuality, Millis
from core.sync.health import Link, Trouble

LIST_NOTICED_MS = 15 * MINUTE_MS
"""Three missed updates: worth a look."""
LIST_OLD_MS = 2 * HOUR_MS
"""Tickets sold or canceled since are unknown here."""


class SoundState(StrEnum):
    """Whether this kiosk can be heard."""

    ON = "on"
    MUTED = "muted"
    MISSING = "missing"


class Tone(StrEnum):
    """How a part of the line wants to be seen."""

    PLAIN = "plain"
    NOTICE = "notice"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What the kiosk knows of itself. `since_ms` is 0 when the link was never another; None is unknown."""

    event_name: str
    gate_name: str
    device_name: str
    direction: Direction
    now_ms: Millis
    link: Link
    trouble: Trouble | None
    since_ms: Millis
    queue_length: int
    manifest_age_ms: int | None
    clock_quality: ClockQuality = ClockQuality.SYNCED
    sound: SoundState = SoundState.ON
    admitted: int = 0
    inside: int | None = None
    per_minute: int = 0


@dataclass(frozen=True, slots=True)
class StatusPart:
    """One piece of the line."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class StatusText:
    """The line in words. `strip` replaces the event's name while the kiosk decides alone; most urgent part first.

    `counts` stands beside the keys: which kiosk this is, how many are inside, how fast they come.
    """

    place: str
    event: str
    strip: str | None
    parts: tuple[StatusPart, ...]
    clock: str
    counts: str
    spoken: str


def present_status(facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> StatusText:
    """The texts of the status line, with times as the event's time zone has them."""
    said = words.status
    direction = said.entry if facts.direction is Direction.ENTRY else said.exit
    place = said.place.fill(gate=facts.gate_name, direction=direction)
    strip = _strip(facts, words, time_zone) if facts.link is Link.OFFLINE else None
    parts = (*_troubles(facts, words), *(() if strip else _link(facts, words)), _list(facts, words))
    by_urgency = tuple(sorted(parts, key=lambda part: -list(Tone).index(part.tone)))
    clock, counts = clock_text(facts.now_ms, time_zone), _counts(facts, words)
    told = (place, facts.event_name, *((strip,) if strip else ()), *(part.text for part in by_urgency), counts)
    return StatusText(place, facts.event_name, strip, by_urgency, clock, counts, spoken=". ".join((*told, clock)))


def _strip(facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> str:
    said = words.status
    state = words.link_trouble[facts.trouble] if facts.trouble else said.offline
    if facts.since_ms > 0:
        time = instant_text(facts.since_ms, time_zone, facts.now_ms, words.calendar)
        state = said.since.fill(state=state, time=time)
    return " · ".join((state, said.waiting.fill(count=facts.queue_length), said.decides_here))


def _link(facts: StatusFacts, words: KioskWords) -> tuple[StatusPart, ...]:
    waiting = StatusPart(words.status.waiting.fill(count=facts.queue_length))
    if facts.link is Link.ONLINE:
        return StatusPart(words.status.online), waiting
    reason = words.link_trouble[facts.trouble] if facts.trouble else words.status.degraded
    return StatusPart(reason, Tone.NOTICE), waiting


def _list(facts: StatusFacts, words: KioskWords) -> StatusPart:
    age_ms = facts.manifest_age_ms
    if age_ms is None:
        return StatusPart(words.status.no_list, Tone.AMBER)
    tone = Tone.AMBER if age_ms >= LIST_OLD_MS else Tone.NOTICE if age_ms >= LIST_NOTICED_MS else Tone.PLAIN
    return StatusPart(words.status.list_age.fill(age=duration_text(age_ms, words.calendar)), tone)


def _troubles(facts: StatusFacts, words: KioskWords) -> tuple[StatusPart, ...]:
    said, parts = words.status, []
    if facts.clock_quality is ClockQuality.SUSPECT:
        parts.append(StatusPart(said.clock_suspect, Tone.AMBER))
    if facts.sound is not SoundState.ON:
        parts.append(StatusPart(said.muted if facts.sound is SoundState.MUTED else said.no_sound, Tone.NOTICE))
    return tuple(parts)


def _counts(facts: StatusFacts, words: KioskWords) -> str:
    said = words.status
    people = said.admitted.fill(count=facts.admitted)
    if facts.inside is not None:
        people = said.inside.fill(count=facts.inside)
    return " · ".join((facts.device_name, people, said.rate.fill(count=facts.per_minute)))
