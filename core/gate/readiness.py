"""Go or no go: what a door needs before guests come, and what its facts say of each part.

Owns the parts, what may be found of each as one closed table, and the bounds between well, worth a look and not well.
Pure: facts in, lines out. What to do about a line is words (`resources/words`), one sentence for each that is not well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from core.model.moments import ClockQuality

TEST_CODE = "DOORLIGHT TEST CODE"
"""A QR code that is no ticket: the printed sheet bears it, and shows that this door reads."""
FULL_BYTES = 200 * 1024 * 1024
"""Below this a night's scans, lists and logs may not fit."""
TIGHT_BYTES = 1024 * 1024 * 1024
SLOW_WRITE_MS = 250
"""A guest waits for two such writes."""
UNSURE_MS = 60_000
OLD_MS = 15 * 60 * 1000
"""Before doors a kiosk with a network has asked within minutes."""
LONG_QUEUE = 2_000


class Mark(StrEnum):
    """How a part is: well; works, and wants a look; does not work."""

    WELL = "well"
    LOOK = "look"
    BROKEN = "broken"


class Part(StrEnum):
    """What is looked at, in the order of the sheet."""

    READING = "reading"
    SOUND = "sound"
    DISK = "disk"
    JOURNAL = "journal"
    CLOCK = "clock"
    KEYS = "keys"
    LISTS = "lists"
    QUEUE = "queue"
    SERVER = "server"
    AWAKE = "awake"
    LOCK = "lock"
    SETTINGS = "settings"


class Found(StrEnum):
    """What may be found. A name begins with its part's."""

    READING_WORKS = "reading_works"
    READING_UNTRIED = "reading_untried"
    READING_NO_PICTURE = "reading_no_picture"
    SOUND_HEARD = "sound_heard"
    SOUND_UNTRIED = "sound_untried"
    SOUND_MUTED = "sound_muted"
    SOUND_MISSING = "sound_missing"
    SOUND_UNHEARD = "sound_unheard"
    DISK_WELL = "disk_well"
    DISK_LOOKING = "disk_looking"
    DISK_SLOW = "disk_slow"
    DISK_TIGHT = "disk_tight"
    DISK_FULL = "disk_full"
    DISK_FAILS = "disk_fails"
    JOURNAL_WHOLE = "journal_whole"
    JOURNAL_REBUILT = "journal_rebuilt"
    JOURNAL_LOST = "journal_lost"
    CLOCK_SYNCED = "clock_synced"
    CLOCK_UNSURE = "clock_unsure"
    CLOCK_SUSPECT = "clock_suspect"
    CLOCK_DOUBTED = "clock_doubted"
    KEYS_SAFE = "keys_safe"
    KEYS_LOOKING = "keys_looking"
    KEYS_IN_FILES = "keys_in_files"
    KEYS_IN_FILES_MAC = "keys_in_files_mac"
    KEYS_IN_FILES_OLD_CODES = "keys_in_files_old_codes"
    KEYS_LOST = "keys_lost"
    LISTS_FRESH = "lists_fresh"
    LISTS_OLD = "lists_old"
    LISTS_INCOMPLETE = "lists_incomplete"
    LISTS_END_SOON = "lists_end_soon"
    LISTS_OVER = "lists_over"
    LISTS_MISSING = "lists_missing"
    QUEUE_SHORT = "queue_short"
    QUEUE_LONG = "queue_long"
    SERVER_ANSWERS = "server_answers"
    SERVER_SLOW = "server_slow"
    SERVER_SILENT = "server_silent"
    SERVER_REFUSES = "server_refuses"
    SERVER_UNCONFIRMED = "server_unconfirmed"
    AWAKE_KEPT = "awake_kept"
    AWAKE_UNKEPT = "awake_unkept"
    LOCK_ON = "lock_on"
    LOCK_OFF = "lock_off"
    LOCK_WITHOUT_PIN = "lock_without_pin"
    SETTINGS_WELL = "settings_well"
    SETTINGS_FLAWED = "settings_flawed"

    @property
    def part(self) -> Part:
        """Whose finding it is."""
        return Part(self.value.partition("_")[0])


_W, _L, _B = Mark.WELL, Mark.LOOK, Mark.BROKEN
MARKS: Mapping[Found, Mark] = MappingProxyType(
    {
        Found.READING_WORKS: _W,
        Found.READING_UNTRIED: _L,
        Found.READING_NO_PICTURE: _B,
        Found.SOUND_HEARD: _W,
        Found.SOUND_UNTRIED: _L,
        Found.SOUND_MUTED: _L,
        Found.SOUND_MISSING: _L,
        Found.SOUND_UNHEARD: _B,
        Found.DISK_WELL: _W,
        Found.DISK_LOOKING: _L,
        Found.DISK_SLOW: _L,
        Found.DISK_TIGHT: _L,
        Found.DISK_FULL: _B,
        Found.DISK_FAILS: _B,
        Found.JOURNAL_WHOLE: _W,
        Found.JOURNAL_REBUILT: _L,
        Found.JOURNAL_LOST: _B,
        Found.CLOCK_SYNCED: _W,
        Found.CLOCK_UNSURE: _L,
        Found.CLOCK_SUSPECT: _B,
        Found.CLOCK_DOUBTED: _L,
        Found.KEYS_SAFE: _W,
        Found.KEYS_LOOKING: _L,
        Found.KEYS_IN_FILES: _L,
        Found.KEYS_IN_FILES_MAC: _L,
        Found.KEYS_IN_FILES_OLD_CODES: _L,
        Found.KEYS_LOST: _B,
        Found.LISTS_FRESH: _W,
        Found.LISTS_OLD: _L,
        Found.LISTS_INCOMPLETE: _L,
        Found.LISTS_END_SOON: _L,
        Found.LISTS_OVER: _B,
        Found.LISTS_MISSING: _B,
        Found.QUEUE_SHORT: _W,
        Found.QUEUE_LONG: _L,
        Found.SERVER_ANSWERS: _W,
        Found.SERVER_SLOW: _L,
        Found.SERVER_SILENT: _L,
        Found.SERVER_REFUSES: _B,
        Found.SERVER_UNCONFIRMED: _B,
        Found.AWAKE_KEPT: _W,
        Found.AWAKE_UNKEPT: _L,
        Found.LOCK_ON: _W,
        Found.LOCK_OFF: _W,
        Found.LOCK_WITHOUT_PIN: _L,
        Found.SETTINGS_WELL: _W,
        Found.SETTINGS_FLAWED: _L,
    }
)


class Ear(StrEnum):
    """What is known of the sound: no loudspeaker, switched off, not tried, heard, or not heard by who listened."""

    MISSING = "missing"
    MUTED = "muted"
    UNTRIED = "untried"
    HEARD = "heard"
    UNHEARD = "unheard"


class Reach(StrEnum):
    """How the server is reached."""

    ANSWERS = "answers"
    SLOW = "slow"
    SILENT = "silent"
    REFUSES = "refuses"
    UNCONFIRMED = "unconfirmed"


class Safe(StrEnum):
    """Where the kiosk's own keys lie."""

    LOOKING = "looking"
    LOCKED = "locked"
    FILES = "files"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ListsHeld:
    """The lists in force. `lease_left_ms` may be negative; `total` is 0 where a key proves tickets."""

    version: int
    age_ms: int
    held: int
    total: int
    lease_left_ms: int
    ends_soon: bool


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """All that the sheet is made of. None is not looked at yet, for `free_bytes`; `write_ms` None: it takes no write.

    `can_forge`: the kiosk was trusted with keys that seal; `knows_old_codes`: it has the key of codes from before.
    """

    has_read: bool = False
    has_picture: bool = False
    ear: Ear = Ear.UNTRIED
    free_bytes: int | None = None
    write_ms: int | None = None
    facts: int = 0
    was_rebuilt: bool = False
    has_loss: bool = False
    quality: ClockQuality = ClockQuality.SYNCED
    uncertainty_ms: int = 0
    is_doubted: bool = False
    safe: Safe = Safe.LOOKING
    can_forge: bool = False
    knows_old_codes: bool = False
    lists: ListsHeld | None = None
    waiting: int = 0
    reach: Reach = Reach.SILENT
    is_awake: bool = False
    is_locked: bool = False
    has_pin: bool = False
    settings_flaws: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet: what was found, and the figures that its sentence names."""

    found: Found
    values: Mapping[str, int] = field(default_factory=dict)

    @property
    def mark(self) -> Mark:
        """How this part is."""
        return MARKS[self.found]


VALUES: Mapping[Found, tuple[str, ...]] = MappingProxyType(
    {
        Found.DISK_WELL: ("free_bytes", "write_ms"),
        Found.DISK_SLOW: ("write_ms",),
        Found.DISK_TIGHT: ("free_bytes",),
        Found.DISK_FULL: ("free_bytes",),
        Found.JOURNAL_WHOLE: ("facts",),
        Found.JOURNAL_REBUILT: ("facts",),
        Found.CLOCK_UNSURE: ("uncertainty_ms",),
        Found.LISTS_FRESH: ("age_ms", "held", "version"),
        Found.LISTS_OLD: ("age_ms",),
        Found.LISTS_INCOMPLETE: ("held", "total"),
        Found.LISTS_END_SOON: ("lease_left_ms",),
        Found.QUEUE_SHORT: ("waiting",),
        Found.QUEUE_LONG: ("waiting",),
        Found.SETTINGS_FLAWED: ("settings_flaws",),
    }
)
"""The figures that a finding's sentence may name; what is not here has none."""


def lines_of(facts: DoorFacts) -> tuple[Line, ...]:
    """One line for each part, in their order."""
    figures = _figures(facts)
    return tuple(Line(found, {name: figures[name] for name in VALUES.get(found, ())}) for found in _found(facts))


def outcome_of(lines: tuple[Line, ...]) -> Mark:
    """Go, go with care, no go: the worst of the lines."""
    marks = {line.mark for line in lines}
    return next((mark for mark in (Mark.BROKEN, Mark.LOOK) if mark in marks), Mark.WELL)


def _found(facts: DoorFacts) -> Iterator[Found]:
    yield _reading(facts)
    yield _EAR[facts.ear]
    yield _disk(facts)
    yield _journal(facts)
    yield _clock(facts)
    yield _keys(facts)
    yield _lists(facts.lists)
    yield Found.QUEUE_LONG if facts.waiting > LONG_QUEUE else Found.QUEUE_SHORT
    yield _REACH[facts.reach]
    yield Found.AWAKE_KEPT if facts.is_awake else Found.AWAKE_UNKEPT
    yield _lock(facts)
    yield Found.SETTINGS_FLAWED if facts.settings_flaws else Found.SETTINGS_WELL


_EAR = {ear: Found(f"sound_{ear.value}") for ear in Ear}
_REACH = {reach: Found(f"server_{reach.value}") for reach in Reach}


def _reading(facts: DoorFacts) -> Found:
    if facts.has_read:
        return Found.READING_WORKS
    return Found.READING_UNTRIED if facts.has_picture else Found.READING_NO_PICTURE


def _disk(facts: DoorFacts) -> Found:
    if facts.free_bytes is None:
        return Found.DISK_LOOKING
    if facts.write_ms is None:
        return Found.DISK_FAILS
    if facts.free_bytes < FULL_BYTES:
        return Found.DISK_FULL
    if facts.write_ms > SLOW_WRITE_MS:
        return Found.DISK_SLOW
    return Found.DISK_TIGHT if facts.free_bytes < TIGHT_BYTES else Found.DISK_WELL


def _journal(facts: DoorFacts) -> Found:
    if facts.has_loss:
        return Found.JOURNAL_LOST
    return Found.JOURNAL_REBUILT if facts.was_rebuilt else Found.JOURNAL_WHOLE


def _clock(facts: DoorFacts) -> Found:
    if facts.quality is ClockQuality.SUSPECT:
        return Found.CLOCK_SUSPECT
    if facts.is_doubted:
        return Found.CLOCK_DOUBTED
    is_unsure = facts.quality is not ClockQuality.SYNCED and facts.uncertainty_ms > UNSURE_MS
    return Found.CLOCK_UNSURE if is_unsure else Found.CLOCK_SYNCED


def _keys(facts: DoorFacts) -> Found:
    """What a thief of the disk would have is worth more words the more it is."""
    match facts.safe:
        case Safe.LOST:
            return Found.KEYS_LOST
        case Safe.LOCKED:
            return Found.KEYS_SAFE
        case Safe.LOOKING:
            return Found.KEYS_LOOKING
        case Safe.FILES if facts.can_forge:
            return Found.KEYS_IN_FILES_MAC
        case Safe.FILES:
            return Found.KEYS_IN_FILES_OLD_CODES if facts.knows_old_codes else Found.KEYS_IN_FILES


def _lists(lists: ListsHeld | None) -> Found:
    if lists is None:
        return Found.LISTS_MISSING
    if lists.lease_left_ms <= 0:
        return Found.LISTS_OVER
    if lists.held < lists.total:
        return Found.LISTS_INCOMPLETE
    if lists.ends_soon:
        return Found.LISTS_END_SOON
    return Found.LISTS_OLD if lists.age_ms > OLD_MS else Found.LISTS_FRESH


def _lock(facts: DoorFacts) -> Found:
    if not facts.has_pin:
        return Found.LOCK_WITHOUT_PIN
    return Found.LOCK_ON if facts.is_locked else Found.LOCK_OFF


def _figures(facts: DoorFacts) -> dict[str, int]:
    lists = facts.lists or ListsHeld(0, 0, 0, 0, 0, ends_soon=False)
    return {
        "free_bytes": facts.free_bytes or 0,
        "write_ms": facts.write_ms or 0,
        "facts": facts.facts,
        "uncertainty_ms": facts.uncertainty_ms,
        "age_ms": lists.age_ms,
        "held": lists.held,
        "total": lists.total,
        "version": lists.version,
        "lease_left_ms": max(0, lists.lease_left_ms),
        "waiting": facts.waiting,
        "settings_flaws": facts.settings_flaws,
    }
