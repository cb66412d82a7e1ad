"""The Set-up page in words: findings at fields, what is missing, what each section comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from app.organizer.panel_present import cause_text
from app.organizer.refusal_words import RefusalCode
from app.organizer.refusals import refusal_text
from app.organizer.setup.checking import Finding, Passed
from app.organizer.setup.setup_words import SectionName, SetUpWords
from app.organizer.setup.step_row import StepMark
from app.organizer.words import OrganizerWords
from app.widgets.times import instant_text, number_text
from core.insight.preparation import Known, Missing, Preparation, Step, StepState, preparation_of
from core.sync.answers import Later, Rejected
from core.sync.event_flaws import EventFlaw
from core.sync.kiosk_replies import KioskReply

SECTION_OF: Mapping[Step, SectionName] = {
    Step.DATES: SectionName.EVENT,
    Step.GATES: SectionName.GATES,
    Step.CLASSES: SectionName.CLASSES,
    Step.CODES: SectionName.CODES,
    Step.TICKETS: SectionName.TICKETS,
    Step.STAFF: SectionName.STAFF,
    Step.KIOSKS: SectionName.KIOSKS,
}
"""Where a step is seen to."""
IN_USE = frozenset({"active"})
"""States of a kiosk that works."""
CHANGED = "event_changed"


@dataclass(frozen=True, slots=True)
class SectionText:
    """One row of the page's list."""

    title: str
    line: str
    mark: StepMark = StepMark.NONE


@dataclass(frozen=True, slots=True)
class SetUpText:
    """The list, and what stands above it. `share` of the steps is done, from 0 to 1."""

    progress: str
    next: str
    share: float
    sections: Mapping[SectionName, SectionText]
    next_section: SectionName | None


def finding_text(finding: Finding, words: SetUpWords) -> str:
    """What is wrong, for whoever typed it."""
    match finding:
        case EventFlaw(kind=kind):
            return words.flaws[kind]
        case Passed(bound=bound, limit=limit):
            return words.bounds[bound].fill(limit="" if limit is None else limit)
    assert_never(finding)


def failure_text(fault: Later | Rejected, words: OrganizerWords) -> str:
    """Why a deed did not come about."""
    lines = words.set_up.lines
    match fault:
        case Rejected(code=code) if code == CHANGED:
            return lines.elsewhere
        case Rejected(code=code) if code in set(RefusalCode):
            return refusal_text(fault, words)
        case Rejected(detail=detail) if fault.is_our_servers and detail:
            return lines.refused.fill(cause=detail)
        case _:
            return lines.not_sent.fill(cause=cause_text(fault, words))


def failure_sentence(fault: Later | Rejected, words: OrganizerWords) -> str:
    """Why something is not known."""
    return f"{words.panel.failed}: {cause_text(fault, words)}."


def kiosks_by_gate(kiosks: Sequence[KioskReply]) -> dict[str, int]:
    """How many kiosks work at each gate."""
    working = [each.gate for each in kiosks if each.state in IN_USE]
    return {gate: working.count(gate) for gate in working}


def present_set_up(known: Known, unsaved: frozenset[SectionName], zone: ZoneInfo, words: OrganizerWords) -> SetUpText:
    """The list of sections: what is done, what is missing, what is not saved yet."""
    found, said = preparation_of(known), words.set_up
    steps = {SECTION_OF[state.step]: state for state in found.steps}
    told = summaries(known, zone, words)
    sections = {name: _section(name, steps.get(name), told[name], name in unsaved, said) for name in SectionName}
    return SetUpText(
        said.lines.ready if found.is_ready else said.lines.progress.fill(done=found.done, count=len(found.steps)),
        "" if found.next is None else said.lines.next.fill(what=_lack(found.next.missing, said)),
        found.done / len(found.steps),
        sections,
        _next_section(found),
    )


def _next_section(found: Preparation) -> SectionName | None:
    return None if found.next is None else SECTION_OF[found.next.step]


def _section(
    name: SectionName,
    state: StepState | None,
    summary: str,
    is_unsaved: bool,
    words: SetUpWords,
) -> SectionText:
    title = words.sections[name]
    if is_unsaved:
        return SectionText(title, words.lines.unsaved, StepMark.UNSAVED)
    if state is None:
        return SectionText(title, summary)
    if not state.is_known:
        return SectionText(title, words.lines.unknown)
    if state.missing is not None:
        return SectionText(title, _lack(state.missing, words), StepMark.MISSING)
    return SectionText(title, summary, StepMark.DONE)


def _lack(missing: Missing | None, words: SetUpWords) -> str:
    return "" if missing is None else words.lacks[missing.lack].fill(name=missing.name)


def summaries(known: Known, zone: ZoneInfo, words: OrganizerWords) -> dict[SectionName, str]:
    """What each section comes to, in one line."""
    event, said, calendar = known.event, words.set_up, words.calendar
    start, end = (instant_text(at_ms, zone, known.now_ms, calendar) for at_ms in (event.starts_ms, event.ends_ms))
    modes = {"t1": said.codes.t1, "migrating": said.codes.migrating, "foreign": said.codes.foreign}
    working = sum(each.is_active for each in known.staff or ())
    return {
        SectionName.EVENT: said.event.summary.fill(start=start, end=end),
        SectionName.GATES: ", ".join(each.name for each in event.gates),
        SectionName.CLASSES: ", ".join(each.name for each in event.classes),
        SectionName.ALERTS: ", ".join(each.text for each in event.attention),
        SectionName.CODES: modes.get(event.codes.mode, event.codes.mode),
        SectionName.RULES: "",
        SectionName.TICKETS: tickets_text(known.tickets, words),
        SectionName.STAFF: said.staff.summary.fill(count=working),
        SectionName.KIOSKS: said.kiosks.some.fill(count=sum((known.kiosks or {}).values())),
        SectionName.COPY: "",
    }


def tickets_text(tickets: int, words: OrganizerWords) -> str:
    """How many tickets there are."""
    said = words.set_up.tickets
    return said.some.fill(count=number_text(tickets, words.calendar)) if tickets else said.none
