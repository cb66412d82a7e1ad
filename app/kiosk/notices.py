"""The sentences for what a kiosk's trust, camera or hand scanner runs short of: one each, with what to do about it.

Owns their order, the most urgent first, and the few words that stand for each in the status line. No notice stops the
door: whatever does is a `Bar`, and has the page to itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.kiosk.input_facts import InputFacts, LensFacts
from app.kiosk.input_words import InputNote
from app.kiosk.trust_facts import TrustFacts
from app.kiosk.words import KioskWords
from app.widgets.times import instant_text, long_duration_text, number_text
from core.model.moments import ClockQuality, Millis
from core.model.timekeeping import ClockTrust
from core.sync.adoption import Freshness, Lease
from core.sync.tally import Finding


class Tone(StrEnum):
    """How something wants to be seen."""

    PLAIN = "plain"
    NOTICE = "notice"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, and the few words for it; `short` is empty where the status line says it anyway."""

    text: str
    tone: Tone
    short: str = ""


_TONE_OF: dict[Freshness, Tone] = {
    Freshness.FRESH: Tone.PLAIN,
    Freshness.WARN: Tone.NOTICE,
    Freshness.AMBER: Tone.AMBER,
}


def tone_of(freshness: Freshness) -> Tone:
    """How an age wants to be seen."""
    return _TONE_OF[freshness]


def present_notices(
    trust: TrustFacts,
    clock: ClockTrust,
    words: KioskWords,
    time_zone: ZoneInfo,
    now_ms: Millis,
    open_questions: int = 0,
    inputs: InputFacts | None = None,
    no_internet_since_ms: Millis | None = None,
    fault_ms: Millis | None = None,
) -> tuple[Notice, ...]:
    """The notices of now: first the one about what somebody has just done, then the amber ones.

    Beside that in this order: this program, camera, clock, lease, journal, manifest, lists, the server's line, guests.
    """
    found = (
        *_fault(fault_ms, words, time_zone, now_ms),
        *(_lens(inputs.lens, words) if inputs else ()),
        *_clock(clock, words),
        *_lease(trust, words, time_zone, now_ms),
        *_rescue(trust, words),
        *_difference(trust, words),
        *_objection(trust, words),
        *_lists(trust, words),
        *_internet(no_internet_since_ms, words, time_zone, now_ms),
        *_questions(open_questions, words),
    )
    notes = _note(inputs, words) if inputs else ()
    return (*notes, *sorted(found, key=lambda notice: notice.tone is not Tone.AMBER))


def _note(inputs: InputFacts, words: KioskWords) -> Iterator[Notice]:
    if inputs.note is not None:
        tone = Tone.AMBER if inputs.note is InputNote.SCANNER_LAYOUT else Tone.NOTICE
        yield Notice(words.input_notes[inputs.note], tone)


def _fault(at_ms: Millis | None, words: KioskWords, time_zone: ZoneInfo, now_ms: Millis) -> Iterator[Notice]:
    """This program did something that nobody foresaw, and went on."""
    if at_ms is not None:
        time, said = instant_text(at_ms, time_zone, now_ms, words.calendar), words.notices
        yield Notice(said.fault.fill(time=time), Tone.AMBER, said.fault_short)


def _lens(lens: LensFacts, words: KioskWords) -> Iterator[Notice]:
    if lens.substitute:
        yield Notice(words.lens.substitute.fill(name=lens.substitute), Tone.AMBER)
    if lens.slow_a_second is not None:
        yield Notice(words.lens.slow.fill(count=lens.slow_a_second), Tone.AMBER)


def _clock(clock: ClockTrust, words: KioskWords) -> Iterator[Notice]:
    said = words.notices
    if clock.quality is ClockQuality.SUSPECT:
        yield Notice(said.clock_suspect, Tone.AMBER)
    if clock.skew_ms is not None:
        by = long_duration_text(abs(clock.skew_ms), words.calendar)
        text = (said.clock_behind if clock.skew_ms > 0 else said.clock_ahead).fill(by=by)
        yield Notice(text, Tone.AMBER, "" if clock.quality is ClockQuality.SUSPECT else said.clock_short)


def _lease(trust: TrustFacts, words: KioskWords, time_zone: ZoneInfo, now_ms: Millis) -> Iterator[Notice]:
    if trust.lease_until_ms is None or trust.lease not in {Lease.ENDS_TODAY, Lease.ENDS_SOON}:
        return
    time = instant_text(trust.lease_until_ms, time_zone, now_ms, words.calendar)
    is_soon = trust.lease is Lease.ENDS_SOON
    text = (words.notices.lease_soon if is_soon else words.notices.lease_today).fill(time=time)
    yield Notice(text, Tone.AMBER if is_soon else Tone.NOTICE, words.notices.lease_short.fill(time=time))


def _internet(since_ms: Millis | None, words: KioskWords, time_zone: ZoneInfo, now_ms: Millis) -> Iterator[Notice]:
    """The server answers, and is cut off from the shop: another thing than a server that nobody reaches."""
    if since_ms is not None:
        time, said = instant_text(since_ms, time_zone, now_ms, words.calendar), words.notices
        yield Notice(said.no_internet.fill(time=time), Tone.NOTICE, said.no_internet_short)


def _rescue(trust: TrustFacts, words: KioskWords) -> Iterator[Notice]:
    """What this start had to do about a journal that the disk had damaged."""
    found, said = trust.rescue, words.notices
    if found is None:
        return
    if found.must_decide:
        yield Notice(said.journal_lost, Tone.AMBER, said.journal_lost_short)
    elif found.set_aside:
        kept, file = number_text(found.kept, words.calendar), ", ".join(found.set_aside)
        yield Notice(said.journal_rebuilt.fill(count=kept, file=file), Tone.NOTICE)
    else:
        yield Notice(said.journal_returned.fill(count=number_text(found.returned, words.calendar)), Tone.NOTICE)


def _difference(trust: TrustFacts, words: KioskWords) -> Iterator[Notice]:
    """What kiosk and server do not both hold. The door goes on: each scan is on this disk."""
    found, said = trust.difference, words.notices
    if found is None:
        return
    if found.finding is Finding.SERVER_BEHIND:
        count = number_text(max(1, found.missing), words.calendar)
        yield Notice(said.journal_gap.fill(count=count), Tone.AMBER, said.journal_gap_short.fill(count=count))
    else:
        yield Notice(said.journal_fork, Tone.AMBER, said.journal_fork_short)


def _objection(trust: TrustFacts, words: KioskWords) -> Iterator[Notice]:
    if trust.objection is None:
        return
    said, reason = words.notices, words.objections[trust.objection]
    text = said.refused_alone.fill(reason=reason)
    if trust.version > 0:
        text = said.refused.fill(reason=reason, version=trust.version)
    yield Notice(text, Tone.NOTICE, said.refused_short)


def _questions(count: int, words: KioskWords) -> Iterator[Notice]:
    """Guests of before a restart: to be answered when there is time, never instead of the next guest."""
    if count:
        said = words.staff.recovery
        yield Notice(said.notice.fill(count=count), Tone.NOTICE, said.short.fill(count=count))


def _lists(trust: TrustFacts, words: KioskWords) -> Iterator[Notice]:
    lists = trust.lists
    if lists is None or lists.freshness is Freshness.FRESH:
        return
    age = long_duration_text(lists.age_ms, words.calendar)
    yield Notice(words.notices.list_old.fill(age=age), tone_of(lists.freshness))
