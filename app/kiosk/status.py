"""What the status line says: the facts of this kiosk in, texts and their urgency out.

Owns when a fact deserves a look. An unreachable server is no alarm: the door goes on, so the line says so calmly.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from app.kiosk.input_facts import InputFacts
from app.kiosk.notices import Notice, Tone, present_notices, tone_of
from app.kiosk.trust_facts import ListFacts, TrustFacts
from app.kiosk.words import BarWords, KioskWords
from app.widgets.times import about_text, clock_text, duration_text, instant_text, megabytes_text, number_text
from core.model.event import Direction
from core.model.moments import ClockQuality, Millis
from core.model.timekeeping import ClockTrust
from core.sync.health import Link, Trouble

INSIDE_FRESH_MS = 60_000
"""A figure of the other doors that is older than this is told with its time."""
_SURE = ClockTrust(ClockQuality.SYNCED, 0)


class SoundState(StrEnum):
    """Whether this kiosk can be heard."""

    ON = "on"
    MUTED = "muted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What the kiosk knows of itself. `since_ms` is 0 when the link was never another; None is unknown.

    `inside` counts people at all doors; those of the other doors as of `inside_as_of_ms`.
    """

    event_name: str
    gate_name: str
    device_name: str
    direction: Direction
    now_ms: Millis
    link: Link
    trouble: Trouble | None
    since_ms: Millis
    queue_length: int
    trust: TrustFacts = field(default_factory=TrustFacts)
    clock: ClockTrust = _SURE
    sound: SoundState = SoundState.ON
    admitted: int = 0
    inside: int | None = None
    inside_as_of_ms: Millis | None = None
    per_minute: int = 0
    operator: str = ""
    """Who is on shift."""
    open_questions: int = 0
    """Guests of before a restart of whom nobody has said whether they entered."""
    inputs: InputFacts = field(default_factory=InputFacts)
    no_internet_since_ms: Millis | None = None
    """Since when the server, which is reached, reaches no internet itself: sales may be newer than its lists."""
    fault_ms: Millis | None = None
    """When this program last met a fault of its own, while that is news."""


@dataclass(frozen=True, slots=True)
class StatusPart:
    """One piece of the line; `longer` is said in its place where there is room."""

    text: str
    tone: Tone = Tone.PLAIN
    longer: str = ""


@dataclass(frozen=True, slots=True)
class StatusText:
    """The line in words. `strip` replaces the event's name while the kiosk decides alone; most urgent part first.

    `clock` has its own tone: the time is always said, and how far it can be trusted. `notices` have a strip of their
    own; `bar` is why nobody can be verified here. `loaded` is the share of a newer list that has come, None when none
    is coming. `counts` stands beside the keys: how many are inside, how fast they come, which kiosk this is.
    """

    place: str
    event: str
    strip: str | None
    parts: tuple[StatusPart, ...]
    clock: StatusPart
    notices: tuple[Notice, ...]
    bar: BarWords | None
    loaded: float | None
    counts: str
    spoken: str


def present_status(facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> StatusText:
    """The texts of the status line, with times as the event's time zone has them."""
    said = words.status
    direction = said.entry if facts.direction is Direction.ENTRY else said.exit
    place = said.place.fill(gate=facts.gate_name, direction=direction)
    strip = _strip(facts, words, time_zone) if facts.link is Link.OFFLINE else None
    notices = present_notices(
        facts.trust,
        facts.clock,
        words,
        time_zone,
        facts.now_ms,
        facts.open_questions,
        facts.inputs,
        None if facts.link is Link.OFFLINE else facts.no_internet_since_ms,
        facts.fault_ms,
    )
    bar = words.bars[facts.trust.bar] if facts.trust.bar else None
    parts = (*_troubles(facts, notices, words), *(() if strip else _link(facts, words)), *_trust(facts.trust, words))
    by_urgency = tuple(sorted(parts, key=lambda part: -list(Tone).index(part.tone)))
    clock, counts = _clock(facts, words, time_zone), _counts(facts, words, time_zone)
    told = (
        *((f"{bar.title}: {bar.step}",) if bar else ()),
        place,
        facts.event_name,
        *((strip,) if strip else ()),
        *(part.longer or part.text for part in by_urgency),
        counts,
        clock.text,
        *(notice.text for notice in notices),
    )
    return StatusText(
        place=place,
        event=facts.event_name,
        strip=strip,
        parts=by_urgency,
        clock=clock,
        notices=notices,
        bar=bar,
        loaded=facts.trust.download.share if facts.trust.download else None,
        counts=counts,
        spoken=". ".join(told),
    )


def _strip(facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> str:
    said = words.status
    state = words.link_trouble[facts.trouble] if facts.trouble else said.offline
    if facts.since_ms > 0:
        time = instant_text(facts.since_ms, time_zone, facts.now_ms, words.calendar)
        state = said.since.fill(state=state, time=time)
    return " · ".join((state, _waiting(facts, words), said.decides_here))


def _waiting(facts: StatusFacts, words: KioskWords) -> str:
    return words.status.waiting.fill(count=number_text(facts.queue_length, words.calendar))


def _link(facts: StatusFacts, words: KioskWords) -> tuple[StatusPart, ...]:
    waiting = StatusPart(_waiting(facts, words))
    if facts.link is Link.ONLINE:
        return StatusPart(words.status.online), waiting
    reason = words.link_trouble[facts.trouble] if facts.trouble else words.status.degraded
    return StatusPart(reason, Tone.NOTICE), waiting


def _trust(trust: TrustFacts, words: KioskWords) -> tuple[StatusPart, ...]:
    lists = StatusPart(words.status.no_list, Tone.AMBER) if trust.lists is None else _list(trust.lists, words)
    coming = trust.download
    if coming is None:
        return (lists,)
    done, total = megabytes_text(coming.done), megabytes_text(coming.total)
    return lists, StatusPart(words.status.loading.fill(done=done, total=total))


def _list(lists: ListFacts, words: KioskWords) -> StatusPart:
    said, calendar = words.status, words.calendar
    parts = [said.list_age.fill(age=duration_text(lists.age_ms, calendar))]
    if lists.total > 0:
        parts.append(said.held.fill(held=number_text(lists.held, calendar), total=number_text(lists.total, calendar)))
    if lists.used_age_ms is not None:
        parts.append(said.used_age.fill(age=duration_text(lists.used_age_ms, calendar)))
    return StatusPart(parts[0], tone_of(lists.freshness), " · ".join(parts) if len(parts) > 1 else "")


def _troubles(facts: StatusFacts, notices: tuple[Notice, ...], words: KioskWords) -> tuple[StatusPart, ...]:
    said = words.status
    parts = [StatusPart(notice.short, notice.tone) for notice in notices if notice.short]
    if facts.sound is not SoundState.ON:
        parts.append(StatusPart(said.muted if facts.sound is SoundState.MUTED else said.no_sound, Tone.NOTICE))
    return tuple(parts)


def _clock(facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> StatusPart:
    """A synced clock is good to the second or so, and needs no more words than the time."""
    time, clock = clock_text(facts.now_ms, time_zone), facts.clock
    match clock.quality:
        case ClockQuality.SYNCED:
            return StatusPart(time)
        case ClockQuality.HOLDOVER:
            about = about_text(clock.uncertainty_ms, words.calendar)
            return StatusPart(words.status.about.fill(time=time, uncertainty=about))
        case ClockQuality.SUSPECT:
            return StatusPart(words.status.clock_unsure, Tone.AMBER)
        case _ as other:
            assert_never(other)


def _inside(count: int, facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> str:
    """How many; with the time since which only this kiosk's own guests are known, where that is long ago."""
    number, as_of_ms = number_text(count, words.calendar), facts.inside_as_of_ms
    if as_of_ms is None or facts.now_ms - as_of_ms < INSIDE_FRESH_MS:
        return words.status.inside.fill(count=number)
    time = instant_text(as_of_ms, time_zone, facts.now_ms, words.calendar)
    return words.status.inside_about.fill(count=number, time=time)


def _counts(facts: StatusFacts, words: KioskWords, time_zone: ZoneInfo) -> str:
    said = words.status
    who = (facts.operator, facts.device_name) if facts.operator else (facts.device_name,)
    people = said.admitted.fill(count=number_text(facts.admitted, words.calendar))
    if facts.inside is not None:
        people = _inside(facts.inside, facts, words, time_zone)
    return " · ".join((people, said.rate.fill(count=facts.per_minute), *who))
