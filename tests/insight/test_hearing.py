"""How kiosks are heard: a door that was closed is told from one that fails, and in doubt it fails."""

from dataclasses import replace

import pytest

from core.insight.hearing import OUTLASTS_MS, READY_MS, RESTED_MS, SILENT_MS, Hearing, hearing_of
from core.insight.kiosk_standing import KioskTrouble, Newest, standings
from core.insight.night_watch import kiosks_to_tell
from core.sync.kiosk_replies import KioskClock, KioskReply, KioskVitals
from core.sync.messages import Vitals

GONE = 1_795_719_840_000
"""When the kiosk that is asked about was heard last."""
LATER = GONE + SILENT_MS
MINUTE, HOUR = 60_000, 3_600_000


def kiosk(seen_ms: int = GONE, *, told_ms: int | None = None, number: int = 1, **told: object) -> KioskReply:
    """A kiosk that was started ten hours ago; the last guest came to it five minutes before it was heard last."""
    usual = {"started_at_ms": GONE - 10 * HOUR, "version": "1.4.0", "queue": 0, "manifest_version": 7}
    vitals = Vitals(**(usual | {"shown": 400, "idle_ms": 5 * MINUTE} | told))  # type: ignore[arg-type]
    return KioskReply(
        *(
            f"{number:032x}",
            f"North {number}",
            "north",
            "active",
            "mac",
            seen_ms,
            KioskClock(0, 300, "synced", seen_ms),
        ),
        *(None, None, False),
        told_facts=800,
        held_facts=800,
        vitals=KioskVitals(vitals, seen_ms if told_ms is None else told_ms),
    )


RESTED = kiosk(idle_ms=RESTED_MS)
ENDED = kiosk(is_ending=True)
OLDER = kiosk(shown=None, idle_ms=None)
BUSY = kiosk(LATER - 20_000, number=2)


def beside(seen_ms: int = LATER, **told: object) -> KioskReply:
    return kiosk(seen_ms, number=2, **told)


CASES = [
    ("nobody has heard it", replace(kiosk(), last_seen_ms=None, vitals=None), (), Hearing.NEVER),
    ("it was heard a moment ago", kiosk(LATER - SILENT_MS + 1), (), Hearing.HEARD),
    ("the power went in the middle of the evening", kiosk(), (BUSY,), Hearing.SILENT),
    ("at an event's only door too", kiosk(), (), Hearing.SILENT),
    ("and where all doors lost it", kiosk(), (kiosk(number=2), kiosk(number=3)), Hearing.SILENT),
    ("it was closed in order", ENDED, (BUSY,), Hearing.OFF),
    ("a moment ago", kiosk(LATER - 5_000, is_ending=True), (BUSY,), Hearing.OFF),
    ("with scans that wait", kiosk(is_ending=True, queue=2), (), Hearing.SILENT),
    ("with records that are missing here", replace(ENDED, held_facts=799), (), Hearing.SILENT),
    ("and was started again since", kiosk(told_ms=GONE - MINUTE, is_ending=True), (), Hearing.SILENT),
    ("its plug was pulled at night", RESTED, (), Hearing.RESTING),
    ("a minute too early for that", kiosk(idle_ms=RESTED_MS - MINUTE), (), Hearing.SILENT),
    ("with scans that wait, at night", kiosk(idle_ms=RESTED_MS, queue=2), (), Hearing.SILENT),
    ("with records that are missing, at night", replace(RESTED, held_facts=799), (), Hearing.SILENT),
    ("an older program says nothing of guests", OLDER, (), Hearing.SILENT),
    ("nor of anything", replace(kiosk(), vitals=None), (), Hearing.SILENT),
    ("it was set up in the afternoon", kiosk(shown=0, idle_ms=READY_MS - MINUTE), (), Hearing.SILENT),
    ("a spare one, all night", kiosk(shown=0, idle_ms=READY_MS), (), Hearing.RESTING),
    ("a door without guests beside one with them", RESTED, (beside(),), Hearing.SILENT),
    ("beside one that is on, and rests", RESTED, (beside(idle_ms=4 * HOUR),), Hearing.RESTING),
    ("all plugs pulled at once, one seen a little later", RESTED, (beside(GONE + 30_000),), Hearing.RESTING),
    ("one worked on, and was closed since", RESTED, (beside(GONE + OUTLASTS_MS, is_ending=True),), Hearing.SILENT),
    (
        "the others are started in the morning",
        RESTED,
        (beside(GONE + 9 * HOUR, started_at_ms=GONE + HOUR),),
        Hearing.RESTING,
    ),
    ("one that stayed on has guests in the morning", RESTED, (beside(GONE + 9 * HOUR),), Hearing.SILENT),
    ("beside one of an older program", RESTED, (beside(idle_ms=None, shown=None),), Hearing.SILENT),
    ("beside one that lost its rights", RESTED, (replace(beside(), state="revoked"),), Hearing.RESTING),
]


@pytest.mark.parametrize(("one", "others", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_door_that_was_closed_is_told_from_one_that_fails(  # D3
    one: KioskReply, others: tuple[KioskReply, ...], expected: Hearing
) -> None:
    at_ms = max(LATER, *(other.last_seen_ms or 0 for other in (one, *others)))
    assert hearing_of(one, (one, *others), at_ms) is expected


def test_no_word_is_missing_from_the_table() -> None:
    assert {expected for _, _, _, expected in CASES} == set(Hearing)


def test_the_clock_of_another_kiosk_does_not_say_when_it_was_started() -> None:
    """Its own clock is nine hours behind: by the server's it was started this morning."""
    started = beside(GONE + 9 * HOUR, started_at_ms=GONE - 8 * HOUR)
    behind = replace(started, clock=KioskClock(-9 * HOUR, 300, "synced", GONE))
    assert hearing_of(RESTED, (behind,), GONE + 9 * HOUR) is Hearing.RESTING


def test_people_are_told_of_the_silent_alone_and_of_no_old_list_of_a_closed_door() -> None:
    newest = Newest(8, lists_amber_ms=HOUR)
    for one in (ENDED, RESTED):
        (stands,) = standings([one], newest, LATER)
        assert (stands.is_silent, stands.is_heard) == (False, False)
        assert KioskTrouble.LISTS_OLD not in stands.troubles
        assert not list(kiosks_to_tell([one], newest, LATER))
    told = [found.trouble for found in kiosks_to_tell([kiosk(), BUSY], Newest(), LATER)]
    assert told == [KioskTrouble.SILENT]
