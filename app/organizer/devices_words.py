"""The words of the page of devices in one language, section by section as in `resources/words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.widgets.words import Table, Template, read_by_member, read_section, read_template, read_text, table_at
from core.insight.kiosk_standing import KioskTrouble
from core.ticket.keyring import VerifyProfile

PLACEHOLDERS: Mapping[KioskTrouble, str] = {
    KioskTrouble.SILENT: "time",
    KioskTrouble.OFF: "time",
    KioskTrouble.RESTING: "time",
    KioskTrouble.CAMERA: "state",
    KioskTrouble.CLOCK_OFF: "off",
    KioskTrouble.BATTERY_LOW: "percent",
    KioskTrouble.FACTS_MISSING: "count",
    KioskTrouble.QUEUE_LONG: "count",
    KioskTrouble.READS_BADLY: "percent",
    KioskTrouble.SALVAGE_WAITS: "count",
}
"""What the titles of troubles are filled with; the others say the same of every kiosk."""


class CameraWord(StrEnum):
    """How a kiosk's camera is, by its own word; `unknown` for what a newer kiosk may say."""

    WORKING = "working"
    STARTING = "starting"
    MISSING = "missing"
    STALLED = "stalled"
    FROZEN = "frozen"
    TAKEN = "taken"
    DARK = "dark"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ListWords:
    """The list of kiosks, and what is beside it."""

    list: str
    summary: Annotated[Template, "heard", "active", "trouble"]
    summary_well: Annotated[Template, "heard", "active"]
    summary_off: Annotated[Template, "count"]
    enrol: str
    bring: str
    none: str
    none_step: str
    choose_file: str
    files: str
    back: str
    close: str


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """The heads of the list's columns."""

    name: str
    gate: str
    standing: str
    heard: str
    queue: str
    lists: str
    clock: str
    camera: str
    battery: str
    disk: str
    program: str


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """What is said of one kiosk."""

    well: str
    revoked: str
    pending: str
    ago: Annotated[Template, "time"]
    just_now: str
    never: str
    not_told: str
    newest: str
    behind: Annotated[Template, "count"]
    behind_aged: Annotated[Template, "count", "age"]
    no_lists: str
    ahead: Annotated[Template, "time"]
    slow: Annotated[Template, "time"]
    exact: str
    reads: Annotated[Template, "percent", "count"]
    no_camera: str
    mains: Annotated[Template, "percent"]
    plugged: str
    percent: Annotated[Template, "percent"]
    gigabytes: Annotated[Template, "count"]
    megabytes: Annotated[Template, "count"]
    older: Annotated[Template, "version", "server"]
    records: Annotated[Template, "held", "told"]
    since: Annotated[Template, "time"]
    gate: str
    heard: str
    queue: str
    lists: str
    clock: str
    camera: str
    reading: str
    battery: str
    disk: str
    program: str
    trust: str
    all_records: str
    running: str
    replaced: str
    as_of_vitals: Annotated[Template, "time"]


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """What is the matter, and what helps."""

    title: Template
    cure: str


@dataclass(frozen=True, slots=True)
class DeedWords:
    """What may be done to a kiosk, and how it went."""

    name: str
    rename: str
    renamed: Annotated[Template, "name"]
    move: str
    moved: Annotated[Template, "gate"]
    replace: str
    revoke: str
    revoke_title: Annotated[Template, "name"]
    revoke_text: str
    revoke_waiting: Annotated[Template, "count"]
    revoke_stolen: str
    revoked: Annotated[Template, "name"]
    salvage: str
    salvage_title: Annotated[Template, "count", "name"]
    salvage_text: str
    salvaged: Annotated[Template, "applied", "facts", "name", "incidents"]
    salvaged_nothing: Annotated[Template, "name"]
    imported: Annotated[Template, "facts", "name", "applied", "replayed", "quarantined"]
    imported_revoked: Annotated[Template, "name", "facts"]
    imported_later: Annotated[Template, "later", "name"]
    too_large: str
    unreadable: str
    refused: Annotated[Template, "cause"]
    only_new: str
    not_allowed: str


@dataclass(frozen=True, slots=True)
class EnrolWords:
    """How a new kiosk comes."""

    title: str
    replace_title: Annotated[Template, "name"]
    intro: str
    intro_replace: str
    gate: str
    name: str
    trust: str
    address: str
    address_own: str
    address_wrong: str
    make: str
    making: str
    not_made: Annotated[Template, "cause"]
    scan: str
    type: Annotated[Template, "address"]
    waits: str
    left: Annotated[Template, "time"]
    over: str
    over_step: str
    again: str
    withdraw: str
    withdrawn: str
    compare: str
    compare_step: Annotated[Template, "name", "gate"]
    compare_left: Annotated[Template, "time"]
    same: str
    differ: str
    differed: str
    done: Annotated[Template, "name"]
    done_step: str
    another: str


@dataclass(frozen=True, slots=True)
class DevicesWords:
    """All of them in one language."""

    list: ListWords
    columns: ColumnWords
    one: DeviceWords
    deeds: DeedWords
    enrol: EnrolWords
    cameras: Mapping[CameraWord, str]
    profiles: Mapping[VerifyProfile, str]
    thieves: Mapping[VerifyProfile, str]
    """What whoever steals a kiosk so trusted could do; the kiosk's own window says the same."""
    troubles: Mapping[KioskTrouble, TroubleWords]


def read_devices_words(tables: Table) -> DevicesWords:
    """The sections of a language's tables."""
    cameras, profiles = table_at(tables, "organizer_device_camera"), table_at(tables, "organizer_device_profile")
    troubles = table_at(tables, "organizer_device_trouble")
    return DevicesWords(
        list=read_section(table_at(tables, "organizer_devices"), ListWords, "organizer_devices"),
        columns=read_section(table_at(tables, "organizer_devices_column"), ColumnWords, "organizer_devices_column"),
        one=read_section(table_at(tables, "organizer_device"), DeviceWords, "organizer_device"),
        deeds=read_section(table_at(tables, "organizer_device_deed"), DeedWords, "organizer_device_deed"),
        enrol=read_section(table_at(tables, "organizer_enrol"), EnrolWords, "organizer_enrol"),
        cameras=read_by_member(cameras, CameraWord, read_text, "organizer_device_camera"),
        profiles=read_by_member(profiles, VerifyProfile, read_text, "organizer_device_profile"),
        thieves=read_by_member(table_at(tables, "thief"), VerifyProfile, read_text, "thief"),
        troubles=read_by_member(troubles, KioskTrouble, _trouble, "organizer_device_trouble"),
    )


def _trouble(value: object, where: str) -> TroubleWords:
    told = table_at({where: value}, where)
    wanted = PLACEHOLDERS.get(KioskTrouble(where.rpartition(".")[2]))
    title = read_template(told.get("title"), frozenset({wanted} if wanted else ()), f"{where}.title")
    return TroubleWords(title, read_text(told.get("cure"), f"{where}.cure"))
