"""How each kiosk stands: what is the matter with it, how much that matters, and which one wants somebody first.

Owns the closed list of what can be the matter, each with its level, and the bounds. Pure: what the server told and the
time in, findings out. What to do about each is words (`resources/words`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from core.gate.readiness import FULL_BYTES, TIGHT_BYTES
from core.insight.hearing import Hearing, hearing_of
from core.model.moments import ClockQuality
from core.model.timekeeping import DRIFT_MS
from core.sync.kiosk_replies import KioskReply

LONG_QUEUE = 50
"""Scans that wait though the kiosk is heard: a busy lane makes as many in three minutes."""
LOW_BATTERY_PERCENT = 20
LEAST_LOOKS = 20
"""Codes that a camera must have seen before its misses say something."""
MISSES_PERCENT = 30
_MIB = 2**20
_WELL_CAMERAS = frozenset({"", "working", "starting"})


class Level(IntEnum):
    """How much something matters, the most first."""

    ASK = 0  # somebody waits for the reader of this page
    AMBER = 1  # a door is about to fail, or does
    NOTE = 2  # worth knowing, nothing fails
    GOOD = 3
    GONE = 4


class KioskTrouble(StrEnum):
    """What can be the matter with a kiosk, the most urgent first."""

    DIGITS_WAIT = "digits_wait"
    SILENT = "silent"
    CAMERA = "camera"
    DISK_FULL = "disk_full"
    CLOCK_OFF = "clock_off"
    BATTERY_LOW = "battery_low"
    FACTS_MISSING = "facts_missing"
    QUEUE_LONG = "queue_long"
    LISTS_OLD = "lists_old"
    READS_BADLY = "reads_badly"
    SALVAGE_WAITS = "salvage_waits"
    DIGITS_OVER = "digits_over"
    OFF = "off"
    RESTING = "resting"
    DISK_TIGHT = "disk_tight"
    CLOCK_UNSURE = "clock_unsure"
    LISTS_BEHIND = "lists_behind"
    OLDER_PROGRAM = "older_program"
    NEVER_HEARD = "never_heard"


LEVELS: dict[KioskTrouble, Level] = {
    KioskTrouble.DIGITS_WAIT: Level.ASK,
    KioskTrouble.SILENT: Level.AMBER,
    KioskTrouble.CAMERA: Level.AMBER,
    KioskTrouble.DISK_FULL: Level.AMBER,
    KioskTrouble.CLOCK_OFF: Level.AMBER,
    KioskTrouble.BATTERY_LOW: Level.AMBER,
    KioskTrouble.FACTS_MISSING: Level.AMBER,
    KioskTrouble.QUEUE_LONG: Level.AMBER,
    KioskTrouble.LISTS_OLD: Level.AMBER,
    KioskTrouble.READS_BADLY: Level.AMBER,
    KioskTrouble.SALVAGE_WAITS: Level.NOTE,
    KioskTrouble.DIGITS_OVER: Level.NOTE,
    KioskTrouble.OFF: Level.NOTE,
    KioskTrouble.RESTING: Level.NOTE,
    KioskTrouble.DISK_TIGHT: Level.NOTE,
    KioskTrouble.CLOCK_UNSURE: Level.NOTE,
    KioskTrouble.LISTS_BEHIND: Level.NOTE,
    KioskTrouble.OLDER_PROGRAM: Level.NOTE,
    KioskTrouble.NEVER_HEARD: Level.NOTE,
}
_HEARING: dict[Hearing, frozenset[KioskTrouble]] = {
    Hearing.NEVER: frozenset({KioskTrouble.NEVER_HEARD}),
    Hearing.HEARD: frozenset(),
    Hearing.OFF: frozenset({KioskTrouble.OFF}),
    Hearing.RESTING: frozenset({KioskTrouble.RESTING}),
    Hearing.SILENT: frozenset({KioskTrouble.SILENT}),
}
_UNHEARD = frozenset().union(*_HEARING.values())
_CLOSED = frozenset({Hearing.OFF, Hearing.RESTING})
_OF_NOW = frozenset({KioskTrouble.CAMERA, KioskTrouble.BATTERY_LOW, KioskTrouble.LISTS_OLD, KioskTrouble.LISTS_BEHIND})
"""What is nobody's trouble while a door is closed: it is looked at, charged and fetched when it is started again."""
_URGENCY = {trouble: place for place, trouble in enumerate(KioskTrouble)}


@dataclass(frozen=True, slots=True)
class Newest:
    """What a kiosk is compared with. None and an empty text: not known, so that nothing is said of it."""

    manifest_version: int | None = None
    program: str = ""
    lists_amber_ms: int | None = None
    """From which age of its lists an event calls a kiosk's lists old."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One kiosk: everything that is the matter with it, the most urgent first."""

    kiosk: KioskReply
    troubles: tuple[KioskTrouble, ...]

    @property
    def level(self) -> Level:
        """As much as its worst trouble; a kiosk that went is gone, unless something of it waits."""
        if self.troubles:
            return LEVELS[self.troubles[0]]
        return Level.GONE if self.kiosk.state == "revoked" else Level.GOOD

    @property
    def is_silent(self) -> bool:
        """Whether it has not been heard for too long."""
        return KioskTrouble.SILENT in self.troubles

    @property
    def is_off(self) -> bool:
        """Whether it was ended in order: nobody expects to hear it."""
        return KioskTrouble.OFF in self.troubles

    @property
    def is_heard(self) -> bool:
        """Whether it called lately."""
        return not _UNHEARD & {*self.troubles}


def standings(kiosks: Iterable[KioskReply], newest: Newest, at_ms: int) -> tuple[Standing, ...]:
    """Each kiosk as it stood at `at_ms` (unix ms, the server's clock): the one that wants somebody first in front.

    `at_ms` is now where what the server told is new, else the moment at which it was true: silence is not concluded
    from an answer that is itself old.
    """
    told = tuple(kiosks)
    found = [Standing(kiosk, troubles_of(kiosk, newest, at_ms, told)) for kiosk in told]
    return tuple(sorted(found, key=_urgency))


def _urgency(one: Standing) -> tuple[int, int, str, str]:
    worst = _URGENCY[one.troubles[0]] if one.troubles else len(KioskTrouble)
    return (one.level, worst, one.kiosk.name.casefold(), one.kiosk.id)


def troubles_of(
    kiosk: KioskReply, newest: Newest, at_ms: int, beside: Iterable[KioskReply] = ()
) -> tuple[KioskTrouble, ...]:
    """What is the matter with one kiosk, the most urgent first; `beside` it stand the event's kiosks."""
    match kiosk.state:
        case "pending":
            found = {KioskTrouble.DIGITS_OVER if _is_over(kiosk, at_ms) else KioskTrouble.DIGITS_WAIT}
        case "revoked":
            found = {KioskTrouble.SALVAGE_WAITS} if kiosk.salvageable else set()
        case _:
            hearing = hearing_of(kiosk, beside, at_ms)
            found = _clock(kiosk) | _facts(kiosk) | _vitals(kiosk, newest, at_ms)
            found = (found - _OF_NOW if hearing in _CLOSED else found) | _HEARING[hearing]
    return tuple(sorted(found, key=_URGENCY.__getitem__))


def _is_over(kiosk: KioskReply, at_ms: int) -> bool:
    return kiosk.is_over or (kiosk.confirm_until_ms is not None and kiosk.confirm_until_ms <= at_ms)


def _clock(kiosk: KioskReply) -> set[KioskTrouble]:
    if kiosk.clock is None:
        return set()
    if abs(kiosk.clock.offset_ms) > DRIFT_MS:
        return {KioskTrouble.CLOCK_OFF}
    return {KioskTrouble.CLOCK_UNSURE} if kiosk.clock.quality == ClockQuality.SUSPECT else set()


def _facts(kiosk: KioskReply) -> set[KioskTrouble]:
    told, held = kiosk.told_facts, kiosk.held_facts
    return {KioskTrouble.FACTS_MISSING} if told is not None and held is not None and held < told else set()


def _vitals(kiosk: KioskReply, newest: Newest, at_ms: int) -> set[KioskTrouble]:
    if kiosk.vitals is None:
        return set()
    told, found = kiosk.vitals.told, set[KioskTrouble]()
    looks = told.reads + told.misses
    if told.camera not in _WELL_CAMERAS:
        found.add(KioskTrouble.CAMERA)
    if looks >= LEAST_LOOKS and 100 * told.misses >= MISSES_PERCENT * looks:
        found.add(KioskTrouble.READS_BADLY)
    if told.queue >= LONG_QUEUE:
        found.add(KioskTrouble.QUEUE_LONG)
    if told.battery_percent is not None and told.battery_percent <= LOW_BATTERY_PERCENT and not told.is_on_mains:
        found.add(KioskTrouble.BATTERY_LOW)
    if told.disk_free_mib is not None and told.disk_free_mib * _MIB < TIGHT_BYTES:
        found.add(KioskTrouble.DISK_FULL if told.disk_free_mib * _MIB < FULL_BYTES else KioskTrouble.DISK_TIGHT)
    if is_older(told.version, newest.program):
        found.add(KioskTrouble.OLDER_PROGRAM)
    return found | _lists(told.manifest_version, told.manifest_at_ms, newest, at_ms)


def _lists(version: int, made_at_ms: int | None, newest: Newest, at_ms: int) -> set[KioskTrouble]:
    if newest.manifest_version is None or version >= newest.manifest_version:
        return set()
    amber_ms = newest.lists_amber_ms
    is_old = made_at_ms is None or (amber_ms is not None and at_ms - made_at_ms >= amber_ms)
    return {KioskTrouble.LISTS_OLD if is_old else KioskTrouble.LISTS_BEHIND}


def is_older(version: str, than: str) -> bool:
    """Whether one program's version (`1.12.0`) comes before another's; never where one of them is not numbers."""
    try:
        one, other = (tuple(int(part) for part in each.split(".")) for each in (version, than))
    except ValueError:
        return False
    return one < other
