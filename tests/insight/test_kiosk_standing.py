"""How kiosks stand: each trouble at its bound and not before, silence never concluded from what is itself old."""

from dataclasses import replace

import pytest

from core.gate.readiness import FULL_BYTES, TIGHT_BYTES
from core.insight.hearing import RESTED_MS, SILENT_MS
from core.insight.kiosk_standing import (
    LEAST_LOOKS,
    LEVELS,
    LONG_QUEUE,
    LOW_BATTERY_PERCENT,
    KioskTrouble,
    Level,
    Newest,
    is_older,
    standings,
    troubles_of,
)
from core.model.timekeeping import DRIFT_MS
from core.sync.kiosk_replies import KioskClock, KioskReply, KioskVitals
from core.sync.messages import Vitals

NOW = 1_795_719_840_000
MIB = 2**20
VITALS = Vitals(
    NOW - 3_600_000, "1.4.0", 0, 7, NOW - 60_000, "working", 100, 4, 80, is_on_mains=False, disk_free_mib=9_000
)
GOOD = KioskReply(
    id="1" * 32,
    name="North 1",
    gate="north",
    state="active",
    profile="mac",
    last_seen_ms=NOW - 20_000,
    clock=KioskClock(12, 300, "synced", NOW - 20_000),
    digits=None,
    replaces=None,
    is_over=False,
    told_facts=120,
    held_facts=120,
    vitals=KioskVitals(VITALS, NOW - 20_000),
)
NEWEST = Newest(7, "1.4.0", 7_200_000)
PENDING = replace(GOOD, state="pending", digits="493027", vitals=None, confirm_until_ms=NOW + 60_000)
REVOKED = replace(GOOD, state="revoked", last_seen_ms=NOW - 9_000_000)


def telling(**told: object) -> KioskReply:
    """A good kiosk that says something else of itself."""
    return replace(GOOD, vitals=KioskVitals(replace(VITALS, **told), NOW - 20_000))  # type: ignore[arg-type]


def clocked(offset_ms: int, quality: str = "synced") -> KioskReply:
    return replace(GOOD, clock=KioskClock(offset_ms, 300, quality, NOW))


AT_REST = telling(shown=9, idle_ms=2 * RESTED_MS)
NOTHING: tuple[KioskTrouble, ...] = ()
CASES = [
    ("all is well", GOOD, NOTHING),
    ("heard just within the bound", replace(GOOD, last_seen_ms=NOW - SILENT_MS + 1), NOTHING),
    ("silent from the bound on", replace(GOOD, last_seen_ms=NOW - SILENT_MS), (KioskTrouble.SILENT,)),
    ("never heard is no silence", replace(GOOD, last_seen_ms=None, vitals=None), (KioskTrouble.NEVER_HEARD,)),
    ("heard in the future, as clocks are", replace(GOOD, last_seen_ms=NOW + 5_000), NOTHING),
    ("no camera to look after", telling(camera=""), NOTHING),
    ("a camera that starts", telling(camera="starting"), NOTHING),
    ("a camera that is taken", telling(camera="taken"), (KioskTrouble.CAMERA,)),
    ("a camera in words of a newer program", telling(camera="melted"), (KioskTrouble.CAMERA,)),
    ("a third is missed", telling(reads=20, misses=10), (KioskTrouble.READS_BADLY,)),
    ("too few looks to tell", telling(reads=0, misses=LEAST_LOOKS - 1), NOTHING),
    ("a quarter is missed", telling(reads=300, misses=100), NOTHING),
    ("a short queue", telling(queue=LONG_QUEUE - 1), NOTHING),
    ("a long queue", telling(queue=LONG_QUEUE), (KioskTrouble.QUEUE_LONG,)),
    ("a low battery", telling(battery_percent=LOW_BATTERY_PERCENT), (KioskTrouble.BATTERY_LOW,)),
    ("a low battery at the mains", telling(battery_percent=3, is_on_mains=True), NOTHING),
    ("a low battery, the mains unknown", telling(battery_percent=3, is_on_mains=None), (KioskTrouble.BATTERY_LOW,)),
    ("no battery to look after", telling(battery_percent=None), NOTHING),
    ("a tight disk", telling(disk_free_mib=TIGHT_BYTES // MIB - 1), (KioskTrouble.DISK_TIGHT,)),
    ("a full disk", telling(disk_free_mib=FULL_BYTES // MIB - 1), (KioskTrouble.DISK_FULL,)),
    ("a disk that nobody knows", telling(disk_free_mib=None), NOTHING),
    ("an older program", telling(version="1.3.9"), (KioskTrouble.OLDER_PROGRAM,)),
    ("a newer program", telling(version="1.10.0"), NOTHING),
    ("lists one version behind", telling(manifest_version=6), (KioskTrouble.LISTS_BEHIND,)),
    ("old lists", telling(manifest_version=6, manifest_at_ms=NOW - 7_200_000), (KioskTrouble.LISTS_OLD,)),
    ("no lists at all", telling(manifest_version=0, manifest_at_ms=None), (KioskTrouble.LISTS_OLD,)),
    ("old lists that are the newest", telling(manifest_at_ms=NOW - 90_000_000), NOTHING),
    ("a clock at the bound", clocked(-DRIFT_MS), NOTHING),
    ("a clock beyond it", clocked(-DRIFT_MS - 1), (KioskTrouble.CLOCK_OFF,)),
    ("a clock in doubt", clocked(10, "suspect"), (KioskTrouble.CLOCK_UNSURE,)),
    ("facts are missing", replace(GOOD, held_facts=119), (KioskTrouble.FACTS_MISSING,)),
    ("more facts than it told", replace(GOOD, held_facts=121), NOTHING),
    ("digits wait", PENDING, (KioskTrouble.DIGITS_WAIT,)),
    ("digits waited too long", replace(PENDING, confirm_until_ms=NOW), (KioskTrouble.DIGITS_OVER,)),
    ("the server says they did", replace(PENDING, is_over=True), (KioskTrouble.DIGITS_OVER,)),
    ("ended in order", replace(telling(is_ending=True), last_seen_ms=NOW - 20_000), (KioskTrouble.OFF,)),
    ("gone at rest", replace(AT_REST, last_seen_ms=NOW - SILENT_MS), (KioskTrouble.RESTING,)),
    ("a revoked one is not silent", REVOKED, NOTHING),
    ("a revoked one brought something", replace(REVOKED, salvageable=84), (KioskTrouble.SALVAGE_WAITS,)),
]


@pytest.mark.parametrize(("kiosk", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_trouble_is_found_at_its_bound(kiosk: KioskReply, expected: tuple[KioskTrouble, ...]) -> None:  # D3
    assert troubles_of(kiosk, NEWEST, NOW) == expected


def test_every_trouble_has_a_case_and_a_level_and_none_is_milder_than_a_later_one() -> None:
    assert {trouble for _, _, found in CASES for trouble in found} == set(KioskTrouble) == set(LEVELS)
    levels = [LEVELS[trouble] for trouble in KioskTrouble]
    assert levels == sorted(levels)


def test_nothing_is_said_of_a_comparison_with_what_is_not_known() -> None:
    behind = telling(version="0.1.0", manifest_version=2, manifest_at_ms=NOW - 90_000_000)
    assert troubles_of(behind, Newest(), NOW) == ()


def test_an_old_answer_tells_of_no_silence_that_it_can_not_know_of() -> None:  # G22
    """Asked twenty minutes ago and not since: as of then the kiosk was heard; what became of it nobody knows."""
    asked_ms = NOW - 1_200_000
    heard_then = replace(GOOD, last_seen_ms=asked_ms - 10_000)
    assert not standings([heard_then], NEWEST, asked_ms)[0].is_silent
    assert standings([heard_then], NEWEST, NOW)[0].is_silent


def test_who_wants_somebody_first_stands_in_front() -> None:
    low = replace(telling(battery_percent=4), id="3" * 32, name="West 1")
    silent = replace(GOOD, id="4" * 32, name="zeta", last_seen_ms=NOW - 600_000)
    gone = replace(REVOKED, id="5" * 32, name="Attic")
    older = replace(telling(version="1.3.0"), id="6" * 32, name="East 1")
    second = replace(GOOD, id="7" * 32, name="north 2")
    found = standings([gone, second, GOOD, older, low, silent, replace(PENDING, id="8" * 32, name="new")], NEWEST, NOW)
    assert [one.kiosk.name for one in found] == ["new", "zeta", "West 1", "East 1", "North 1", "north 2", "Attic"]
    assert [one.level for one in found] == [
        *(Level.ASK, Level.AMBER, Level.AMBER, Level.NOTE),
        *(Level.GOOD, Level.GOOD, Level.GONE),
    ]


def test_several_troubles_are_told_the_most_urgent_first() -> None:
    kiosk = replace(telling(battery_percent=4, version="1.0", camera="missing"), last_seen_ms=NOW - 600_000)
    assert troubles_of(kiosk, NEWEST, NOW) == (
        *(KioskTrouble.SILENT, KioskTrouble.CAMERA, KioskTrouble.BATTERY_LOW),
        KioskTrouble.OLDER_PROGRAM,
    )


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        *(("1.9", "1.10", True), ("1.10", "1.9", False), ("1.0", "1.0", False), ("1.0", "1.0.1", True)),
        *(("dev", "1.0", False), ("1.0", "", False), ("", "1.0", False), ("1.0rc1", "2.0", False)),
    ],
)
def test_versions_are_compared_as_numbers_and_only_then(version: str, than: str, expected: bool) -> None:
    assert is_older(version, than) is expected
