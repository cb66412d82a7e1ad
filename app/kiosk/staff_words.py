"""The words of the pages on which staff decide something, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.widgets.words import Table, Template, read_by_member, read_section, read_text, table_at
from core.gate.overruling import OverrideRefusal, Reason
from core.model.questions import AnswerFlaw


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """Questions and acknowledgements."""

    title: Annotated[Template, "number", "count"]
    yes: str
    no: str
    next: str
    skip: str
    back: str
    optional: str
    none: str
    done: str
    turned_away: str
    identity_ok: str
    identity_wrong: str


@dataclass(frozen=True, slots=True)
class UndoWords:
    """Taking the last scan back."""

    text: Annotated[Template, "what", "ago"]
    take_back: str
    keep: str
    nothing: str


@dataclass(frozen=True, slots=True)
class OverrideWords:
    """A supervisor's word."""

    why: str
    who: str
    pin: Annotated[Template, "name"]
    wrong_pin: str
    wait: Annotated[Template, "time"]
    delete: str
    enter: str
    left: Annotated[Template, "count"]
    by: Annotated[Template, "name", "reason"]
    by_nobody: Annotated[Template, "reason"]
    unlock: str


@dataclass(frozen=True, slots=True)
class ShiftWords:
    """Who is on shift, and what a shift leaves to the next."""

    nobody: str
    on_shift: Annotated[Template, "name"]
    is_on: Annotated[Template, "name"]
    is_off: Annotated[Template, "name"]
    log_out: str
    who: str
    unknown_badge: str
    no_staff: str
    since: Annotated[Template, "time"]
    shown: Annotated[Template, "count", "word"]
    overrides: Annotated[Template, "count"]
    undos: Annotated[Template, "count"]
    waiting: Annotated[Template, "count"]
    questions: Annotated[Template, "count"]
    incidents: Annotated[Template, "count"]
    more: str
    save: str
    saved: Annotated[Template, "file"]
    not_saved: str


@dataclass(frozen=True, slots=True)
class LaneWords:
    """Which way the lane goes, and whether it writes."""

    turn_to_exit: str
    turn_to_entry: str
    turn: str
    keep: str
    to_exit: str
    to_entry: str
    simulate: str
    end_simulation: str
    simulate_text: str
    simulate_start: str
    banner: str


@dataclass(frozen=True, slots=True)
class RecoveryWords:
    """Guests of before a restart."""

    text: str
    guest: Annotated[Template, "ago", "what"]
    a_guest: str
    entered: str
    not_entered: str
    title: Annotated[Template, "count"]
    notice: Annotated[Template, "count"]
    short: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class StaffWords:
    """All of them."""

    answer: AnswerWords
    undo: UndoWords
    override: OverrideWords
    shift: ShiftWords
    lane: LaneWords
    recovery: RecoveryWords
    reasons: Mapping[Reason, str]
    override_refusals: Mapping[OverrideRefusal, str]
    answer_flaws: Mapping[AnswerFlaw, str]


def read_staff_words(tables: Table) -> StaffWords:
    """The sections of a language's tables. Raises WordsError."""
    return StaffWords(
        answer=read_section(table_at(tables, "answer"), AnswerWords, "answer"),
        undo=read_section(table_at(tables, "undo"), UndoWords, "undo"),
        override=read_section(table_at(tables, "override"), OverrideWords, "override"),
        shift=read_section(table_at(tables, "shift"), ShiftWords, "shift"),
        lane=read_section(table_at(tables, "lane"), LaneWords, "lane"),
        recovery=read_section(table_at(tables, "recovery"), RecoveryWords, "recovery"),
        reasons=read_by_member(table_at(tables, "reason"), Reason, read_text, "reason"),
        override_refusals=read_by_member(
            table_at(tables, "override_refusal"), OverrideRefusal, read_text, "override_refusal"
        ),
        answer_flaws=read_by_member(table_at(tables, "answer_flaw"), AnswerFlaw, read_text, "answer_flaw"),
    )
