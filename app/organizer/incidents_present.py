"""What the page of incidents says: what the server told and a language in, texts out. Refuses Qt.

Names pass through as they came, and are made harmless where they are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from app.organizer.incidents_words import IncidentsWords, KindWord, kind_word
from app.organizer.words import OrganizerWords
from app.widgets.incident_words import doubted_time_text
from app.widgets.times import CalendarWords, about_text, clock_text, instant_text, long_duration_text
from core.journal.scan import Finding
from core.model.outcomes import Outcome, OutcomeClass, Source
from core.redeem.fold import Severity
from core.sync.incident_replies import MOST_NOTES, Incident, Note, Side

BETWEEN = " · "
OPEN, RESOLVED = "open", "resolved"
DEVICE_KINDS = frozenset({KindWord.JOURNAL_GAP, KindWord.JOURNAL_FORK, KindWord.CLOCK_DRIFT})
"""Of a kiosk itself, with no scan of its own."""
DEVICE_FINDINGS = (Finding.OTHER, Finding.STAFF_ERROR)
"""What can be found out about these: no guest did anything."""


class Which(StrEnum):
    """Which incidents the list holds."""

    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, where and when."""

    all: OrganizerWords
    zone: ZoneInfo
    now_ms: int

    @property
    def words(self) -> IncidentsWords:
        """The page's own."""
        return self.all.incidents

    @property
    def calendar(self) -> CalendarWords:
        """Those of times."""
        return self.all.calendar

    def instant(self, at_ms: int) -> str:
        """A time as the event has it."""
        return instant_text(at_ms, self.zone, self.now_ms, self.calendar)


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One row of the list. `name` is the incident's, for whoever picks it."""

    name: str
    title: str
    line: str
    time: str
    sign: OutcomeClass
    is_open: bool


@dataclass(frozen=True, slots=True)
class SideText:
    """One side: which of the two, where, and what is known of it, each with its label."""

    lead: str
    place: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NoteText:
    """A note: who wrote it when, and what."""

    line: str
    note: str


@dataclass(frozen=True, slots=True)
class IncidentText:
    """One incident whole. `sides` are none for one of a kiosk itself; `findings` none where nobody may say one."""

    name: str
    title: str
    state: str
    sign: OutcomeClass
    guest: str
    happened: str
    steps: tuple[str, ...]
    sides: tuple[SideText, ...]
    between: str
    doubt: str
    tid: str | None
    device: str | None
    findings: tuple[tuple[Finding, str], ...]
    found: Finding | None
    ask: str
    may_note: bool
    note_step: str
    notes: tuple[NoteText, ...]
    no_notes: str


def name_of(incident: Incident) -> str:
    """What names an incident: its scan, or its device, and its kind."""
    return f"{incident.scan}.{incident.kind}"


def present_nothing(which: Which, kind: KindWord | None, words: IncidentsWords) -> str:
    """Why a list is empty, in one sentence."""
    if kind is not None:
        return words.list.none_of_kind
    match which:
        case Which.OPEN:
            return words.list.none_open
        case Which.RESOLVED:
            return words.list.none_resolved
        case Which.ALL:
            return words.list.none
    assert_never(which)


def present_rows(incidents: Sequence[Incident], reader: Reader) -> tuple[IncidentRow, ...]:
    """A row for each, in their order."""
    return tuple(_row(each, reader) for each in incidents)


def _row(one: Incident, reader: Reader) -> IncidentRow:
    sides = [side for side in (one.winner, one.loser) if side is not None]
    where = " / ".join(dict.fromkeys(side.gate_name for side in sides)) or one.device_name or ""
    parts = (one.name, where, _between(one, reader), "" if one.state == OPEN else _state(one, reader))
    title = reader.words.kinds[kind_word(one.kind)].title
    return IncidentRow(
        name_of(one),
        title,
        BETWEEN.join(filter(None, parts)),
        reader.instant(one.opened_ms),
        sign_of(one),
        one.state == OPEN,
    )


def sign_of(incident: Incident) -> OutcomeClass:
    """The sign of an incident: urgent, to be looked at, or settled."""
    if incident.state != OPEN:
        return OutcomeClass.ADMIT
    return OutcomeClass.DENY if incident.severity == Severity.HIGH else OutcomeClass.HOLD


def present_incident(one: Incident, reader: Reader, *, may_resolve: bool) -> IncidentText:
    """Both sides, minutes apart, what happened in plain words, what to do, and what others found."""
    kind, words = kind_word(one.kind), reader.words
    is_device = one.loser is None and kind in DEVICE_KINDS
    can_be_said = may_resolve and one.state in {OPEN, RESOLVED}
    full = len(one.notes) >= MOST_NOTES
    said = words.resolution
    return IncidentText(
        name=name_of(one),
        title=words.kinds[kind].title,
        state=_state(one, reader),
        sign=sign_of(one),
        guest="" if is_device else _guest(one, reader),
        happened=_happened(one, kind, reader),
        steps=words.kinds[kind].steps,
        sides=_sides(one, reader),
        between=_between(one, reader),
        doubt="" if one.winner is None or one.is_order_provable else words.one.not_provable,
        tid=one.tid,
        device=one.scan if is_device else None,
        findings=_findings(reader.all, is_device=is_device) if can_be_said else (),
        found=None if one.finding is None else Finding(one.finding),
        ask=said.not_allowed if not may_resolve else "" if not can_be_said else said.again if one.finding else said.ask,
        may_note=may_resolve and not full,
        note_step=words.notes.most.fill(count=MOST_NOTES) if full else "",
        notes=tuple(_note(each, reader) for each in _all_notes(one)),
        no_notes="" if one.notes or one.found_note else words.notes.none,
    )


def finding_text(finding: Finding, words: OrganizerWords, *, is_device: bool) -> str:
    """What somebody found out, in a word or two."""
    if is_device and finding is Finding.OTHER:
        return words.incidents.resolution.other_device
    if is_device and finding is Finding.STAFF_ERROR:
        return words.incidents.resolution.staff_error_device
    return words.findings[finding]


def _findings(words: OrganizerWords, *, is_device: bool) -> tuple[tuple[Finding, str], ...]:
    wanted = DEVICE_FINDINGS if is_device else tuple(Finding)
    return tuple((each, finding_text(each, words, is_device=is_device)) for each in wanted)


def _state(one: Incident, reader: Reader) -> str:
    said = reader.words.one
    time = reader.instant(one.closed_ms if one.closed_ms is not None else one.opened_ms)
    is_device = kind_word(one.kind) in DEVICE_KINDS
    if one.state == OPEN:
        urgent = said.high if one.severity == Severity.HIGH else ""
        return BETWEEN.join(filter(None, (said.is_open, said.opened.fill(time=reader.instant(one.opened_ms)), urgent)))
    if one.state == RESOLVED and one.finding is not None:
        finding = finding_text(Finding(one.finding), reader.all, is_device=is_device)
        if one.found_by:
            return said.is_resolved.fill(finding=finding, who=one.found_by, time=time)
        return said.is_resolved_by_nobody.fill(finding=finding, time=time)
    return (said.is_over if is_device else said.is_withdrawn).fill(time=time)


def _guest(one: Incident, reader: Reader) -> str:
    said = reader.words.one
    if one.tid is None:
        return ""
    order = said.order.fill(order=one.order) if one.order else ""
    return BETWEEN.join(filter(None, (one.name or said.nameless, order)))


def _happened(one: Incident, kind: KindWord, reader: Reader) -> str:
    words = reader.words
    if kind is KindWord.DOUBLE_ADMISSION and one.loser is not None and one.winner is not None:
        return _double(one.loser, one.winner, words)
    device, said = one.device_name or words.one.unknown_device, words.device
    if kind is KindWord.JOURNAL_GAP:
        if not one.missing:
            return said.gap_unknown.fill(device=device)
        return said.gap.fill(device=device, missing=one.missing)
    if kind is KindWord.CLOCK_DRIFT:
        if one.offset_ms is None:
            return said.drift_unknown.fill(device=device)
        return said.drift.fill(device=device, off=off_text(one.offset_ms, reader))
    if kind is KindWord.JOURNAL_FORK:
        return said.fork.fill(device=device)
    return words.kinds[kind].happened


def _double(loser: Side, winner: Side, words: IncidentsWords) -> str:
    said = words.double
    sources = [loser.source, winner.source]
    if None in sources:
        return said.unknown
    apart = [side for side in (winner, loser) if side.source == Source.OFFLINE]
    if len(apart) == len(sources):
        return said.both_offline
    return said.one_offline.fill(gate=apart[0].gate_name) if apart else said.online


def off_text(offset_ms: int, reader: Reader) -> str:
    """How far a clock is off, rounded up: `4 min ahead of the server`."""
    said = reader.words.one
    time = about_text(abs(offset_ms), reader.calendar)
    return (said.ahead if offset_ms > 0 else said.behind).fill(time=time)


def _sides(one: Incident, reader: Reader) -> tuple[SideText, ...]:
    said = reader.words.one
    if one.loser is None:
        return ()
    if one.winner is None:
        return (_side(one.loser, "", reader),)
    first, then = (said.first, said.then) if one.is_order_provable else (said.one, said.other)
    return (_side(one.winner, first, reader), _side(one.loser, then, reader))


def _side(side: Side, lead: str, reader: Reader) -> SideText:
    said, words = reader.words.one, reader.words
    quality, doubt = side.clock_quality, words.doubted_time
    time = doubted_time_text(side.at_ms, side.uncertainty_ms, quality, reader.zone, doubt, reader.calendar)
    facts = [
        (said.time, _dated(side.at_ms, time, reader)),
        (said.kiosk, side.device_name or said.unknown_device),
        (said.shift, side.operator or said.nobody),
        (said.decided, _decided(side.source, reader)),
    ]
    if side.shown is not None:
        facts.append((said.showed, _shown(side.shown, reader)))
    return SideText(lead, side.gate_name, tuple(facts))


def _dated(at_ms: int, time: str, reader: Reader) -> str:
    """The day goes before a time that is not of today: `14 Jun, 20:02:05`."""
    dated, plain = reader.instant(at_ms), clock_text(at_ms, reader.zone)
    return time if dated == plain else dated.replace(plain, time)


def _decided(source: str | None, reader: Reader) -> str:
    said = reader.words.one
    if source is None:
        return said.not_told
    return said.offline if source == Source.OFFLINE else said.online


def _shown(shown: str, reader: Reader) -> str:
    return reader.all.outcomes[Outcome(shown)].word if shown in set(Outcome) else shown


def _between(one: Incident, reader: Reader) -> str:
    if one.loser is None or one.winner is None:
        return ""
    apart_ms = abs(one.loser.at_ms - one.winner.at_ms)
    said = reader.words.one
    return (
        said.apart.fill(time=long_duration_text(apart_ms, reader.calendar)) if apart_ms >= 1_000 else said.same_moment
    )


def _all_notes(one: Incident) -> list[Note]:
    """What was noted, and what came with the finding, in the order in which it was written."""
    found = [] if not one.found_note else [Note(one.closed_ms or one.opened_ms, one.found_by or "", one.found_note)]
    return sorted([*one.notes, *found], key=lambda note: note.at_ms)


def _note(note: Note, reader: Reader) -> NoteText:
    line = reader.words.notes.line.fill(time=reader.instant(note.at_ms), author=note.author)
    return NoteText(line.rstrip(", "), " ".join(note.note.split()))
