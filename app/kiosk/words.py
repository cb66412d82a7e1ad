"""The words of the door staff's window, section by section as in `resources/words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.kiosk.check_words import CheckWords, read_check_words
from app.kiosk.enrolling import EnrolTrouble
from app.kiosk.input_words import CameraSheetWords, InputNote, LensWords, TypingWords
from app.kiosk.people_words import PeopleWords, read_people_words
from app.kiosk.practice_words import PracticeWords, read_practice_words
from app.kiosk.settings_words import SettingsWords, read_settings_words
from app.kiosk.sheet import SheetName
from app.kiosk.staff_words import StaffWords, read_staff_words
from app.kiosk.trust_facts import Bar
from app.widgets.outcome_words import OutcomeWords, read_outcome_words
from app.widgets.times import CalendarWords
from app.widgets.words import (
    Spoken,
    Table,
    Template,
    load_tables,
    read_by_member,
    read_section,
    read_text,
    table_at,
)
from core.gate.screen import Hint
from core.model.outcomes import Outcome, OutcomeClass
from core.sync.adoption import Objection
from core.sync.health import Trouble
from core.ticket.keyring import VerifyProfile


class CameraState(StrEnum):
    """How the camera is, as far as staff can do something about it."""

    WORKING = "working"
    STARTING = "starting"
    MISSING = "missing"
    STALLED = "stalled"
    FROZEN = "frozen"
    TAKEN = "taken"
    DARK = "dark"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ClassWords:
    """How a class looks and what it means, for the help page."""

    sign: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CameraWords:
    """What is the matter and what to do about it."""

    title: str
    step: str


@dataclass(frozen=True, slots=True)
class DetailWords:
    """The lines between word and next step."""

    entries_left: Annotated[Template, "left", "allowed"]
    last_entry: Annotated[Template, "allowed"]
    first_used: Annotated[Template, "time", "gate"]
    used_here: Annotated[Template, "ago"]
    used_there: Annotated[Template, "ago", "device"]
    valid_from: Annotated[Template, "time"]
    valid_until: Annotated[Template, "time"]
    go_to: Annotated[Template, "gates"]
    says: Annotated[Template, "text"]
    fault: str
    fault_next: str


@dataclass(frozen=True, slots=True)
class EvidenceWords:
    """What a decision rests on."""

    online: Annotated[Template, "time"]
    offline: Annotated[Template, "time"]
    list_age: Annotated[Template, "age"]
    list_old: Annotated[Template, "age"]
    no_list: str
    clock_suspect: str


@dataclass(frozen=True, slots=True)
class StatusWords:
    """The status line and the counts beside the actions."""

    place: Annotated[Template, "gate", "direction"]
    entry: str
    exit: str
    online: str
    degraded: str
    offline: str
    since: Annotated[Template, "state", "time"]
    waiting: Annotated[Template, "count"]
    decides_here: str
    list_age: Annotated[Template, "age"]
    held: Annotated[Template, "held", "total"]
    used_age: Annotated[Template, "age"]
    no_list: str
    loading: Annotated[Template, "done", "total"]
    about: Annotated[Template, "time", "uncertainty"]
    clock_unsure: str
    no_sound: str
    muted: str
    inside: Annotated[Template, "count"]
    inside_about: Annotated[Template, "count", "time"]
    admitted: Annotated[Template, "count"]
    rate: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """What a kiosk's trust runs short of, each with what to do; `…_short` stand in the status line."""

    list_old: Annotated[Template, "age"]
    lease_today: Annotated[Template, "time"]
    lease_soon: Annotated[Template, "time"]
    lease_short: Annotated[Template, "time"]
    refused: Annotated[Template, "reason", "version"]
    refused_alone: Annotated[Template, "reason"]
    refused_short: str
    clock_suspect: str
    clock_behind: Annotated[Template, "by"]
    clock_ahead: Annotated[Template, "by"]
    clock_short: str
    journal_lost: str
    journal_lost_short: str
    journal_rebuilt: Annotated[Template, "count", "file"]
    journal_returned: Annotated[Template, "count"]
    journal_gap: Annotated[Template, "count"]
    journal_gap_short: Annotated[Template, "count"]
    journal_fork: str
    journal_fork_short: str
    no_internet: Annotated[Template, "time"]
    no_internet_short: str
    fault: Annotated[Template, "time"]
    fault_short: str
    more: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class BarWords:
    """Why nobody can be verified here, and what to do about it."""

    title: str
    step: str


@dataclass(frozen=True, slots=True)
class EnrolWords:
    """What a computer says while it becomes a door."""

    title: str
    show_code: str
    server: str
    code: str
    connect: str
    asking: str
    compare: str
    becomes: Annotated[Template, "event", "gate", "name"]
    waiting: str
    unprotected: str
    start_over: str
    loading_title: str
    loading: Annotated[Template, "done", "total"]
    loading_soon: str
    holds: Annotated[Template, "held", "total"]
    holds_keys: str
    try_again: str
    to_the_door: str


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """What is the matter and what cures it."""

    title: str
    step: str


@dataclass(frozen=True, slots=True)
class UnlockWords:
    """What a kiosk says whose keys lie under a passphrase."""

    title: str
    passphrase: str
    unlock: str
    unlocking: str
    wrong: str
    damaged: str
    failed: str


@dataclass(frozen=True, slots=True)
class ActionWords:
    """The switches, each by what a touch would do."""

    sound_on: str
    sound_off: str
    light: str
    dark: str
    high_contrast: str
    language: str


@dataclass(frozen=True, slots=True)
class SheetWords:
    """What every sheet says."""

    close: str
    waits: str
    wait: Annotated[Template, "count"]
    crowded: str
    locked: str
    keyboard: Annotated[Template, "keys"]


@dataclass(frozen=True, slots=True)
class WindowWords:
    """Titles, and the names that a screen reader says."""

    title: str
    preview: str
    recent: str
    status: str
    notice: str


@dataclass(slots=True)
class KioskWords(Spoken):
    """All words of the window in the language of now.

    Whoever speaks keeps this one object, and asks it at the moment of speaking: then `become` is all that a running
    window needs to speak another language.
    """

    outcomes: Mapping[Outcome, OutcomeWords]
    classes: Mapping[OutcomeClass, ClassWords]
    detail: DetailWords
    evidence: EvidenceWords
    calendar: CalendarWords
    status: StatusWords
    link_trouble: Mapping[Trouble, str]
    notices: NoticeWords
    objections: Mapping[Objection, str]
    bars: Mapping[Bar, BarWords]
    enrol: EnrolWords
    thieves: Mapping[VerifyProfile, str]
    enrol_troubles: Mapping[EnrolTrouble, TroubleWords]
    unlock: UnlockWords
    camera: Mapping[CameraState, CameraWords]
    hints: Mapping[Hint, str]
    input_notes: Mapping[InputNote, str]
    lens: LensWords
    camera_sheet: CameraSheetWords
    typing: TypingWords
    actions: ActionWords
    sheet: SheetWords
    sheet_titles: Mapping[SheetName, str]
    people: PeopleWords
    staff: StaffWords
    check: CheckWords
    settings: SettingsWords
    practice: PracticeWords
    window: WindowWords


def load_kiosk_words(language: str = "en") -> KioskWords:
    """The words of a language. Raises WordsError when a key is missing, unknown or misused."""
    return read_kiosk_words(load_tables(language))


def read_kiosk_words(tables: Table) -> KioskWords:
    """The kiosk's sections of a language's tables."""
    return KioskWords(
        outcomes=read_outcome_words(tables),
        classes=read_by_member(table_at(tables, "class"), OutcomeClass, _class, "class"),
        detail=read_section(table_at(tables, "detail"), DetailWords, "detail"),
        evidence=read_section(table_at(tables, "evidence"), EvidenceWords, "evidence"),
        calendar=read_section(table_at(tables, "calendar"), CalendarWords, "calendar"),
        status=read_section(table_at(tables, "status"), StatusWords, "status"),
        link_trouble=read_by_member(table_at(tables, "link_trouble"), Trouble, read_text, "link_trouble"),
        notices=read_section(table_at(tables, "notice"), NoticeWords, "notice"),
        objections=read_by_member(table_at(tables, "objection"), Objection, read_text, "objection"),
        bars=read_by_member(table_at(tables, "bar"), Bar, _bar, "bar"),
        enrol=read_section(table_at(tables, "enrol"), EnrolWords, "enrol"),
        thieves=read_by_member(table_at(tables, "thief"), VerifyProfile, read_text, "thief"),
        enrol_troubles=read_by_member(table_at(tables, "enrol_trouble"), EnrolTrouble, _trouble, "enrol_trouble"),
        unlock=read_section(table_at(tables, "unlock"), UnlockWords, "unlock"),
        camera=read_by_member(table_at(tables, "camera"), CameraState, _camera, "camera"),
        hints=read_by_member(table_at(tables, "hint"), Hint, read_text, "hint"),
        input_notes=read_by_member(table_at(tables, "input_note"), InputNote, read_text, "input_note"),
        lens=read_section(table_at(tables, "lens"), LensWords, "lens"),
        camera_sheet=read_section(table_at(tables, "camera_sheet"), CameraSheetWords, "camera_sheet"),
        typing=read_section(table_at(tables, "typing"), TypingWords, "typing"),
        actions=read_section(table_at(tables, "action"), ActionWords, "action"),
        sheet=read_section(table_at(tables, "sheet"), SheetWords, "sheet"),
        staff=read_staff_words(tables),
        sheet_titles=read_by_member(table_at(tables, "sheet_title"), SheetName, read_text, "sheet_title"),
        people=read_people_words(tables),
        check=read_check_words(tables),
        settings=read_settings_words(tables),
        practice=read_practice_words(tables),
        window=read_section(table_at(tables, "window"), WindowWords, "window"),
    )


def _class(value: object, where: str) -> ClassWords:
    return read_section(table_at({where: value}, where), ClassWords, where)


def _bar(value: object, where: str) -> BarWords:
    return read_section(table_at({where: value}, where), BarWords, where)


def _trouble(value: object, where: str) -> TroubleWords:
    return read_section(table_at({where: value}, where), TroubleWords, where)


def _camera(value: object, where: str) -> CameraWords:
    return read_section(table_at({where: value}, where), CameraWords, where)
