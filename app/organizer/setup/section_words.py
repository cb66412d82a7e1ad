"""The words of the Set-up page's sections: what each asks for, and what it says of that."""

from dataclasses import dataclass
from typing import Annotated

from app.widgets.words import Template


@dataclass(frozen=True, slots=True)
class SetUpLines:
    """What every section says."""

    progress: Annotated[Template, "done", "count"]
    ready: str
    next: Annotated[Template, "what"]
    unsaved: str
    unknown: str
    save: str
    discard: str
    back: str
    saved: Annotated[Template, "version"]
    marked: str
    refused: Annotated[Template, "cause"]
    not_sent: Annotated[Template, "cause"]
    look_only: str
    elsewhere: str
    take_theirs: str
    keep_mine: str
    kept: str
    fewer: str
    more: str


@dataclass(frozen=True, slots=True)
class EventWords:
    """The event itself."""

    name: str
    name_help: str
    zone: str
    zone_help: str
    zone_now: Annotated[Template, "time", "offset"]
    zone_none: str
    starts: str
    ends: str
    capacity: str
    capacity_help: str
    keep_names: str
    keep_facts: str
    keep_help: str
    lease: str
    lease_help: str
    lease_early: str
    summary: Annotated[Template, "start", "end"]


@dataclass(frozen=True, slots=True)
class GatesWords:
    """Doors and gates."""

    add: str
    done: str
    remove: str
    empty: str
    name: str
    name_help: Annotated[Template, "id"]
    fresh: Annotated[Template, "number"]
    kiosks_here: Annotated[Template, "count"]
    named_by: Annotated[Template, "names"]
    every_class: str
    removing: str
    still_named: Annotated[Template, "names", "gate"]
    still_used: Annotated[Template, "gate"]


@dataclass(frozen=True, slots=True)
class ClassesWords:
    """Classes of tickets."""

    add: str
    done: str
    remove: str
    empty: str
    fresh: Annotated[Template, "number"]
    name: str
    name_help: str
    opens: str
    opens_help: str
    every_gate: str
    gates: str
    every_day: str
    days: str
    entries: str
    entries_help: str
    per_day: str
    distinct_days: str
    no_limit: str
    reentry: str
    never: str
    after_exit: str
    reentries: str
    reentries_help: str
    cooldown: str
    capacity: str
    capacity_help: str
    alerts: str
    no_alerts: str
    questions: str
    one_entry: str
    some_entries: Annotated[Template, "count"]
    returns: str
    no_door: str
    still_sold: Annotated[Template, "name"]


@dataclass(frozen=True, slots=True)
class QuestionsWords:
    """What is asked before a first entry."""

    add: str
    done: str
    remove: str
    empty: str
    fresh: Annotated[Template, "number"]
    text: str
    kind: str
    required: str
    choices: str
    choices_help: str
    asked: str
    may_pass: str


@dataclass(frozen=True, slots=True)
class AlertsWords:
    """What doors do before a guest goes on."""

    add: str
    done: str
    remove: str
    empty: str
    fresh: str
    text: str
    text_help: str
    kind: str
    intro: str
    used_by: Annotated[Template, "names"]
    unused: str


@dataclass(frozen=True, slots=True)
class CodesWords:
    """Whose codes open the doors."""

    mode: str
    t1: str
    t1_line: str
    migrating: str
    migrating_line: str
    foreign: str
    foreign_line: str
    is_final: str
    is_final_help: str
    until: str
    until_help: str
    symbologies: str
    symbologies_help: str
    adapters: str
    add: str
    done: str
    remove: str
    empty: str
    fresh: str
    name: str
    name_help: str
    kind: str
    host: str
    member: str
    member_help: str
    prefix: str
    least: str
    most: str
    folds_case: str
    secret: str
    secret_help: str
    in_use: Annotated[Template, "name"]
    no_secret: Annotated[Template, "name"]


@dataclass(frozen=True, slots=True)
class RulesWords:
    """What doors may do."""

    unpaid: str
    identity: str
    offline: str
    hold: str
    trust: str
    checkout: str
    checkout_help: str
    budget: str
    budget_help: str
    warn: str
    amber: str
    stale_help: str


@dataclass(frozen=True, slots=True)
class StaffWords:
    """Door staff."""

    add: str
    empty: str
    name: str
    role: str
    operator: str
    supervisor: str
    budget: str
    pin: str
    pin_help: str
    new_pin: str
    new_pin_help: str
    works: str
    badge_pdf: str
    badge_png: str
    badge_title: str
    badge_saved: Annotated[Template, "file"]
    badge_failed: Annotated[Template, "cause"]
    badge_help: str
    pin_short: str
    pin_row: str
    works_line: Annotated[Template, "role", "budget"]
    operator_line: Annotated[Template, "role"]
    gone_line: str
    all: str
    summary: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class TicketsWords:
    """The way to the import."""

    none: str
    some: Annotated[Template, "count"]
    text: str
    import_list: str


@dataclass(frozen=True, slots=True)
class KiosksWords:
    """The way to enrolment."""

    some: Annotated[Template, "count"]
    text: str
    enrol: str
    at_gate: Annotated[Template, "gate", "count"]


@dataclass(frozen=True, slots=True)
class CopyWords:
    """An event once more."""

    intro: str
    name: str
    starts: str
    preview: str
    row: Annotated[Template, "before", "after"]
    same: Annotated[Template, "before"]
    longer: Annotated[Template, "hours"]
    shorter: Annotated[Template, "hours"]
    copy: str
    made: Annotated[Template, "name"]
    fresh: str
    starts_at: str
    ends_at: str
    old_codes_end: str
    lease_ends: str
    class_day: Annotated[Template, "name"]
    new_name: Annotated[Template, "name"]


@dataclass(frozen=True, slots=True)
class FirstWords:
    """No event yet."""

    title: str
    text: str
    create: str
    copy: str
    choose: str
    none_to_copy: str
    gate: str
    gate_fresh: str
    class_name: str
    class_fresh: str
    more_later: str
    make: str
    made: Annotated[Template, "name"]
    back: str
    not_allowed: str
