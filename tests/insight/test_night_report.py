"""A night's report: its figures are the answers' own, and what it lacks is said."""

from dataclasses import replace

import pytest

from core.insight.night_report import (
    MOST_STEPS,
    Answer,
    NightSources,
    Told,
    night_of,
    refusals_of,
    span_of,
)
from core.sync.kiosk_replies import KioskReply, KioskVitals
from core.sync.messages import ArrivalsReply, ClassCount, Curve, EventRow, GateCount, GateRow, StatusReply, Vitals

START = 1_795_003_200_000
HOUR_MS = 3_600_000
END = START + 6 * HOUR_MS
EVENT = EventRow("00", "Summer Night", "Europe/Berlin", START, END, gates=[GateRow("north", "North gate")])
STATUS = StatusReply(
    *("00", "Summer Night", END, 7, 100, 40, 41, 12, 99, 0, 1, 1, [], []),
    shown={"admitted": 40, "already_used": 3, "not_a_ticket": 5, "exit_recorded": 28, "just_scanned_here": 2},
    remaining=60,
    classes=[ClassCount(1, "Day ticket", 100, 40, 38, 12, 60)],
    gates=[GateCount("north", "North gate", 40)],
)
COUNTS = [0] * 30 + [1] * 15 + [0] * 15 + [5] * 5 + [0] * 25
ARRIVALS = ArrivalsReply("00", END, START, 60_000, [Curve("north", "North gate", COUNTS)], [])


def kiosk(
    *,
    queue: int = 0,
    told: int | None = 100,
    held: int = 100,
    at_ms: int = END,
    state: str = "active",
    is_ending: bool = False,
) -> KioskReply:
    vitals = KioskVitals(Vitals(START, "0.1", queue, 7, is_ending=is_ending), at_ms)
    reply = KioskReply("1", "North 1", "north", state, "mac", at_ms, None, None, None, False)
    return replace(reply, told_facts=told, held_facts=held, vitals=vitals)


SOURCES = NightSources(EVENT, STATUS, ARRIVALS, [kiosk()], [])


def test_its_figures_are_the_answers_own() -> None:  # A25
    night = night_of(SOURCES)
    assert (night.tickets, night.entries, night.guests, night.inside, night.remaining) == (100, 40, 38, 12, 60)
    assert night.refusals == (("not_a_ticket", 5), ("already_used", 3)), "an exit and the same guest once more are none"
    assert night.refused == 8
    assert night.double == 1
    assert night.is_over
    assert not night.lacks


def test_the_busiest_quarter_of_an_hour_is_found_wherever_it_begins() -> None:
    night = night_of(SOURCES)
    assert night.peak == 25
    assert night.peak_ms is not None
    assert START + 50 * 60_000 <= night.peak_ms <= START + 60 * 60_000
    assert night.gates[0].peak == 25
    nobody = night_of(replace(SOURCES, arrivals=replace(ARRIVALS, gates=[Curve("north", "North gate", [0] * 90)])))
    assert nobody.peak is None
    assert nobody.series is not None


@pytest.mark.parametrize(
    ("made", "told", "missing"),
    [
        (kiosk(), Told.ALL, 0),
        (kiosk(queue=28), Told.MISSING, 14),
        (kiosk(told=110, held=100), Told.MISSING, 5),
        (kiosk(at_ms=END - HOUR_MS), Told.UNSURE, 0),
        (kiosk(at_ms=END - HOUR_MS, is_ending=True), Told.ALL, 0),
        (kiosk(at_ms=END - HOUR_MS, is_ending=True, queue=2), Told.MISSING, 1),
        (kiosk(told=None), Told.UNSURE, 0),
        (replace(kiosk(), last_seen_ms=None, vitals=None, told_facts=None), Told.NOTHING, 0),
    ],
)
def test_a_kiosk_has_told_all_only_where_that_is_known(made: KioskReply, told: Told, missing: int) -> None:
    """One that fell silent an hour before the end may have let in more since, whatever it said before."""
    (line,) = night_of(replace(SOURCES, kiosks=[made])).kiosks or ()
    assert (line.told, line.missing, line.gate) == (told, missing, "North gate")


def test_a_kiosk_that_waits_for_its_digits_was_no_door_of_the_night() -> None:
    night = night_of(replace(SOURCES, kiosks=[kiosk(state="pending"), kiosk(state="revoked")]))
    assert night.kiosks is not None
    assert [line.is_revoked for line in night.kiosks] == [True]


def test_what_could_not_be_had_is_lacking_and_not_nothing() -> None:
    night = night_of(replace(SOURCES, arrivals=None, kiosks=None, incidents=None))
    assert night.lacks == {Answer.ARRIVALS, Answer.KIOSKS, Answer.INCIDENTS}
    assert night.entries == 40
    assert night_of(replace(SOURCES, incidents=[])).lacks == frozenset()


@pytest.mark.parametrize("days", [0.01, 1, 3, 30])
def test_a_curve_of_any_event_is_one_answer_of_the_server(days: float) -> None:
    event = replace(EVENT, ends_ms=START + int(days * 24 * HOUR_MS))
    since_ms, until_ms, step_min = span_of(event, event.ends_ms + 48 * HOUR_MS)
    assert since_ms < START < event.ends_ms < until_ms
    assert (until_ms - since_ms) / 60_000 / step_min < MOST_STEPS
    early = span_of(event, START - 24 * HOUR_MS)
    assert early[1] > early[0], "before the event there is an empty curve"


def test_refusals_are_told_most_frequent_first() -> None:
    assert refusals_of(replace(STATUS, shown={"too_late": 1, "already_used": 9, "admitted": 50})) == (
        ("already_used", 9),
        ("too_late", 1),
    )
