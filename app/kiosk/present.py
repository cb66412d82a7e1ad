"""What the window says of a verdict: a verdict and a language in, texts out.

Owns the lines between the word and the next step. Refuses Qt, colours and sizes; texts from outside pass through as
they came and are made harmless where they are drawn.
"""

from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from app.kiosk.trust_facts import ListFacts
from app.kiosk.words import DetailWords, KioskWords
from app.widgets.times import CalendarWords, choice_text, duration_text, instant_text, long_duration_text, second_text
from core.gate.overruling import Reason
from core.gate.verdict import (
    AskDetail,
    ClassDetail,
    FaultDetail,
    ForeignDetail,
    GateDetail,
    Plain,
    TicketDetail,
    UsedDetail,
    Verdict,
    WindowDetail,
    WordDetail,
)
from core.model.moments import ClockQuality
from core.model.outcomes import TABLE, Outcome, OutcomeClass, Shape, Source, is_admission
from core.sync.adoption import Freshness

_LINES = 3
"""As many as a small screen always has below the word."""


@dataclass(frozen=True, slots=True)
class ScreenText:
    """One verdict in words. `spoken` is all of it in one sentence, for a screen reader.

    `old_list` says the age of a list that was so old that what happened since may matter: seen, no reason to stop.
    """

    outcome: Outcome
    word: str
    lines: tuple[str, ...]
    next_step: str
    evidence: str
    spoken: str
    old_list: str = ""

    @property
    def outcome_class(self) -> OutcomeClass:
        """The class, which colours follow."""
        return TABLE[self.outcome].outcome_class

    @property
    def shape(self) -> Shape:
        """The sign beside the word."""
        return TABLE[self.outcome].look.shape


@dataclass(frozen=True, slots=True)
class RecentText:
    """One line of the last decisions."""

    time: str
    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads: in which language, where and when."""

    words: KioskWords
    zone: ZoneInfo
    now_ms: int

    @property
    def detail(self) -> DetailWords:
        return self.words.detail

    @property
    def calendar(self) -> CalendarWords:
        return self.words.calendar

    def instant(self, at_ms: int) -> str:
        return instant_text(at_ms, self.zone, self.now_ms, self.calendar)


def present(
    verdict: Verdict, words: KioskWords, time_zone: ZoneInfo, now_ms: int, lists: ListFacts | None = None
) -> ScreenText:
    """The texts of a verdict, with times as the event's time zone has them at `now_ms`.

    `lists` are those in force now: they say from which age a list is an old one.
    """
    told = words.outcomes[verdict.outcome]
    reader = _Reader(words, time_zone, now_ms)
    lines = tuple(line for line in _lines(verdict, reader) if line)
    old_list = _old_list(verdict, reader, lists)
    evidence = _evidence(verdict, reader, old_list)
    next_step = _next_step(verdict, told.next, reader)
    spoken = ". ".join((told.word.capitalize(), *lines, next_step, evidence))
    return ScreenText(verdict.outcome, told.word, lines, next_step, evidence, spoken, old_list)


def present_recent(verdict: Verdict, words: KioskWords, time_zone: ZoneInfo) -> RecentText:
    """A verdict as one line of the list: who was admitted by the class of ticket, who was not by the reason."""
    name = verdict.detail.class_name if isinstance(verdict.detail, TicketDetail) else ""
    word = words.outcomes[verdict.outcome].word
    text = name if name and is_admission(verdict.outcome) else word
    return RecentText(second_text(verdict.at_ms, time_zone), verdict.outcome, text)


def _lines(verdict: Verdict, reader: _Reader) -> tuple[str, ...]:
    match verdict.detail:
        case Plain():
            return ()
        case ClassDetail(class_name=name):
            return (name,)
        case TicketDetail() as ticket:
            return _duties(ticket) or (ticket.class_name, _entries(ticket, reader))
        case AskDetail(class_name=name):
            return (name,)
        case WordDetail() as word:
            return (word.class_name, _word(word, reader))
        case UsedDetail() as used:
            return (used.class_name, *_first_use(used, reader))
        case WindowDetail() as window:
            return (window.class_name, _window(verdict.outcome, window, reader))
        case GateDetail(class_name=name, gates=gates):
            return (name, reader.detail.go_to.fill(gates=choice_text(gates, reader.calendar)) if gates else "")
        case ForeignDetail(escaped=text):
            return (reader.detail.says.fill(text=text),)
        case FaultDetail():
            return (reader.detail.fault,)
        case _ as other:
            assert_never(other)


def _word(word: WordDetail, reader: _Reader) -> str:
    """Whose word it was, and why; a reason from another version goes by its code."""
    said, reason = reader.words.staff, word.reason
    if reason in set(Reason):
        reason = said.reasons[Reason(reason)]
    name = word.operator
    return said.override.by.fill(name=name, reason=reason) if name else said.override.by_nobody.fill(reason=reason)


def _next_step(verdict: Verdict, usual: str, reader: _Reader) -> str:
    """The organizer's own texts, where there is something to do: on the band, which has its room on every screen."""
    if isinstance(verdict.detail, FaultDetail):
        return reader.detail.fault_next
    items = verdict.detail.attention if isinstance(verdict.detail, TicketDetail) else ()
    return " · ".join(item.text for item in items) or usual


def _duties(ticket: TicketDetail) -> tuple[str, ...]:
    """Several things to do have all the lines that even a small screen has; none where there is at most one."""
    if len(ticket.attention) <= 1:
        return ()
    texts = [item.text for item in ticket.attention]
    return tuple(text for text in (*texts[: _LINES - 1], " · ".join(texts[_LINES - 1 :])) if text)


def _entries(ticket: TicketDetail, reader: _Reader) -> str:
    if ticket.entries_allowed <= 1:
        return ""
    left = max(0, ticket.entries_allowed - ticket.entry_number)
    if left == 0:
        return reader.detail.last_entry.fill(allowed=ticket.entries_allowed)
    return reader.detail.entries_left.fill(left=left, allowed=ticket.entries_allowed)


def _first_use(used: UsedDetail, reader: _Reader) -> tuple[str, str]:
    ago = duration_text(used.ago_ms, reader.calendar)
    where = reader.detail.used_here.fill(ago=ago)
    if not used.here:
        where = reader.detail.used_there.fill(ago=ago, device=used.device)
    return reader.detail.first_used.fill(time=reader.instant(used.first_ms), gate=used.gate), where


def _window(outcome: Outcome, window: WindowDetail, reader: _Reader) -> str:
    if outcome is Outcome.TOO_LATE:
        return reader.detail.valid_until.fill(time=reader.instant(window.exp * 1_000))
    return reader.detail.valid_from.fill(time=reader.instant(window.nbf * 1_000))


def _old_list(verdict: Verdict, reader: _Reader, lists: ListFacts | None) -> str:
    age_ms = verdict.evidence.snapshot_age_ms
    if age_ms is None or (lists or ListFacts(age_ms)).freshness_at(age_ms) is Freshness.FRESH:
        return ""
    return reader.words.evidence.list_old.fill(age=long_duration_text(age_ms, reader.calendar))


def _evidence(verdict: Verdict, reader: _Reader, old_list: str) -> str:
    said, evidence = reader.words.evidence, verdict.evidence
    time = second_text(verdict.at_ms, reader.zone)
    source = said.online if evidence.source is Source.ONLINE else said.offline
    age = old_list or said.no_list
    if evidence.snapshot_age_ms is not None and not old_list:
        age = said.list_age.fill(age=duration_text(evidence.snapshot_age_ms, reader.calendar))
    doubt = (said.clock_suspect,) if evidence.quality is ClockQuality.SUSPECT else ()
    return " · ".join((source.fill(time=time), age, *doubt))
