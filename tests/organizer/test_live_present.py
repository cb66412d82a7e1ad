"""What the Live page says, without a window: figures that equal the ledger, bounds, reasons, gates, ranges of time."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.ledger.curves import span_of
from app.ledger.schema import facts, incidents, redemptions, tickets
from app.organizer.live.complete_present import Say, brief_text, complete_text
from app.organizer.live.curves_present import Beside, present_curve
from app.organizer.live.figures_present import (
    crowd_of,
    forecast_of,
    heard_of,
    minutes_of,
    present_admitted,
    present_forecast,
    present_inside,
    present_rate,
    running_of,
)
from app.organizer.live.gates_present import gates_of, is_refusal, present_gates
from app.organizer.live.ranges import Range, compared_with, night_of, parameters_of
from app.organizer.live.tables_present import present_classes, present_look, present_refusals
from app.organizer.words import load_organizer_words
from core.insight.capacity import Fullness
from core.insight.completeness import Completeness
from core.insight.forecast import AllIn, CantSay, NoForecast, NotBeforeEnd, Rate
from core.insight.series import MINUTE_MS, MOST_POINTS
from core.model.event import Direction
from core.model.moments import Millis
from core.model.outcomes import TABLE, Outcome, OutcomeClass
from core.sync.messages import ArrivalsReply, ClassCount, Curve
from tests.contract.ledger_rig import NOW, SOUTH, VIP, Home, House, open_house
from tests.organizer import live_shots as shots
from tests.organizer.still_desk import NOW_MS

WORDS = load_organizer_words()
SAY = Say(WORDS.live, WORDS.calendar, ZoneInfo("Europe/Berlin"))
WHOLE = Completeness(8, 8)
UNHEARD = "up to 91 guests unheard since 19:44"


# --- A25: what is shown is what the ledger holds ------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A night that nobody writes into after it has been played: who reads it may do so in any order."""
    with open_house(Home(None, tmp_path_factory.mktemp("live"))) as opened:
        standard, vip = opened.tickets(9), opened.tickets(3, VIP)
        for minute, tid in enumerate(standard[:5]):
            opened.ask(opened.scan(tid, after_ms=minute * MINUTE_MS))
        opened.ask(opened.scan(vip[0], 1, gate=SOUTH, cls=VIP, after_ms=MINUTE_MS))
        opened.ask(opened.scan(standard[0], after_ms=6 * MINUTE_MS, direction=Direction.EXIT))
        opened.upload(*opened.admit_offline(standard[1], 1, after_ms=7 * MINUTE_MS))  # a second guest
        for at in range(3):
            refused = opened.scan(standard[5], 2, after_ms=(8 + at) * MINUTE_MS)
            opened.upload(refused, opened.shown(refused, Outcome.WRONG_GATE))
        opened.office.cancel_ticket(opened.event, standard[8])
        yield opened


def counted(house: House, of: object, *where: object) -> int:
    """Straight from a table."""
    with house.office._database.reading() as connection:
        mine = select(func.count()).select_from(of).where(of.c.event_id == house.event, *where)  # type: ignore[arg-type, attr-defined]
        return int(connection.execute(mine).scalar_one())


def test_the_figures_equal_the_ledger(house: House) -> None:  # A25
    status = house.office.status_of(house.event)
    with house.office._database.reading() as connection:
        come = select(func.count(redemptions.c.tid.distinct())).where(redemptions.c.event_id == house.event)
        guests = connection.execute(come).scalar_one()
    good = counted(house, tickets, tickets.c.denial.is_(None))
    admitted = present_admitted(status, WHOLE, SAY)
    assert admitted.row[1] == guests == 6
    assert (admitted.shown.figure, admitted.shown.unit) == (str(guests), f"of {good} expected")
    assert admitted.shown.note.startswith(f"{good - guests} still to come")
    inside = present_inside(status, WHOLE, Fullness.ROOM, SAY)
    assert inside.row[1] == counted(house, tickets, tickets.c.is_inside) == 5
    doubles = counted(house, incidents, incidents.c.kind == "double_admission")
    look = dict(present_look(status, SAY).rows)
    assert look[WORDS.live.look.doubles] == doubles == 1
    by_class = {row[0]: row[1] for row in present_classes(status, SAY).rows[1:]}
    assert by_class["Standard"] + by_class["VIP"] == guests


def test_the_curve_and_the_refusals_equal_the_ledger(house: House) -> None:  # A25
    span = span_of(NOW, NOW + 20 * MINUTE_MS, 1)
    assert span is not None
    told = replace(house.office.arrivals_of(house.event, span), at_ms=NOW + 30 * MINUTE_MS)
    curve = present_curve(told, None, None, SAY)
    assert curve.chart is not None
    assert curve.chart.main.series.guests == counted(house, redemptions) == 6
    assert sum(float(str(row[1])) for row in curve.rows) == counted(house, redemptions)
    wrong = counted(house, facts, facts.c.outcome == Outcome.WRONG_GATE.value, facts.c.kind == "shown")
    assert present_refusals(told, WORDS.outcomes, SAY).rows[1:] == (("WRONG GATE", wrong),)
    gates = gates_of(told, house.office.lanes_of(house.event), [], NOW)
    assert {each.name: each.refused for each in gates} == {"North gate": 3, "South gate": 0}, (
        "by where the kiosk stands"
    )


def test_a_figure_that_is_off_by_one_would_be_seen(house: House) -> None:
    """The negative control of the two above."""
    status = house.office.status_of(house.event)
    planted = replace(status, classes=[replace(each, guests=each.guests + 1) for each in status.classes])
    assert crowd_of(planted).come != crowd_of(status).come
    assert present_admitted(planted, WHOLE, SAY).shown != present_admitted(status, WHOLE, SAY).shown


# --- figures ------------------------------------------------------------------------------------------------------


def test_bounds_are_shown_while_something_is_not_heard() -> None:
    status = shots.status()
    late = Completeness(8, 8, pending=14)
    assert present_inside(status, late, Fullness.ROOM, SAY).shown.figure == "3,576–3,604"
    assert present_admitted(status, late, SAY).shown.figure == "3,812–3,826"
    open_ = Completeness(8, 7, pending=14, is_open=True)
    shown = present_inside(status, open_, Fullness.ROOM, SAY)
    assert shown.shown.figure == "3,576–3,604 +"
    assert shown.row == ("Inside now", 3_590, 3_576, None)
    assert present_inside(status, WHOLE, Fullness.ROOM, SAY).shown.figure == "3,590"


@pytest.mark.parametrize(
    ("level", "note"),
    [
        (Fullness.ROOM, ""),
        (Fullness.BUSY, "More than 80 % full"),
        (Fullness.NEARLY_FULL, "Nearly full: more than 95 %"),
        (Fullness.FULL, "Full: 100 % or more"),
    ],
)
def test_a_level_of_the_capacity_is_a_clear_state(level: Fullness, note: str) -> None:
    shown = present_inside(shots.status(), WHOLE, level, SAY).shown
    assert (shown.note, shown.is_trouble) == (note, level is not Fullness.ROOM)
    assert shown.unit == "71 % of 5,000"
    alone = present_inside(shots.status(None), WHOLE, level, SAY).shown
    assert (alone.unit, alone.is_trouble) == ("people", False), "nobody has said how many it holds"


@pytest.mark.parametrize("why", NoForecast)
def test_where_nobody_can_say_it_says_why(why: NoForecast) -> None:
    shown = present_forecast(CantSay(why), SAY).shown
    assert WORDS.live.no_forecast[why] in {shown.unit, shown.note}
    assert "≈" not in shown.spoken


def test_a_forecast_is_told_to_five_minutes_with_its_bounds() -> None:
    rate = Rate(38.0, 2.0)
    at_ms, from_ms, to_ms = (Millis(NOW_MS + minutes * MINUTE_MS) for minutes in (34, 31, 38))
    told = AllIn(at_ms, from_ms, to_ms, rate)
    shown = present_forecast(told, SAY).shown
    assert (shown.figure, shown.unit, shown.note) == (
        "≈ 20:40",
        "at this rate",
        "most likely between 20:35 and 20:42",
    )
    unsure = present_forecast(replace(told, to_ms=None), SAY).shown
    assert unsure.note == "not before 20:35, and nobody can say by when"
    late = present_forecast(NotBeforeEnd(Millis(NOW_MS + MINUTE_MS), 1_234, rate), SAY).shown
    assert (late.figure, late.is_trouble) == ("Not by 20:05", True)
    assert "1,200" in late.note, "nobody counts those who have not come to the last one"


def test_the_running_minute_slows_nothing_down() -> None:
    pace = replace(shots.arrivals(60, 1), at_ms=NOW_MS - 1)
    assert len(minutes_of(pace)) == 59
    half = replace(pace, gates=[replace(each, counts=[*each.counts[:-1], 0]) for each in pace.gates])
    assert present_rate(half, SAY) == present_rate(pace, SAY)
    young = replace(pace, gates=[replace(each, counts=each.counts[-3:]) for each in pace.gates])
    assert present_rate(replace(young, since_ms=NOW_MS - 3 * MINUTE_MS), SAY).shown.figure == "–"


@pytest.mark.parametrize(("each", "told"), [(1, ("1", "guest per minute")), (2, ("2", "guests per minute"))])
def test_one_guest_per_minute_is_one(each: int, told: tuple[str, str]) -> None:
    pace = shots.arrivals(60, 1)
    first, *others = pace.gates
    gates = [replace(first, counts=[each] * len(first.counts)), *(replace(g, counts=[0] * 60) for g in others)]
    shown = present_rate(replace(pace, gates=gates), SAY).shown
    assert (shown.figure, shown.unit) == told


def test_a_rate_of_few_kiosks_is_not_the_nights() -> None:
    status, pace = shots.status(), shots.arrivals(60, 1)
    assert isinstance(forecast_of(status, pace, None), AllIn)
    silent = [replace(each, seen_ms=NOW_MS - 30 * MINUTE_MS) for each in status.kiosks]
    assert forecast_of(replace(status, kiosks=silent), pace, None) == CantSay(NoForecast.TOO_LITTLE_HEARD)
    assert isinstance(forecast_of(replace(status, kiosks=[]), pace, None), AllIn), "who imports files has none"


# --- how complete -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "whole", "brief"),
    [
        (WHOLE, "8 of 8 devices reporting · as of 20:04:00", "8 of 8 devices · as of 20:04:00"),
        (
            Completeness(8, 7, pending=14),
            "7 of 8 devices reporting · 14 scans pending · as of 20:04:00",
            "7 of 8 devices · 14 pending · as of 20:04:00",
        ),
        (
            Completeness(8, 7, pending=1, unheard=91, silent_since_ms=Millis(NOW_MS - 20 * MINUTE_MS), is_open=True),
            f"7 of 8 devices reporting · 1 scan pending · {UNHEARD} · there may be more · as of 20:04:00",
            "7 of 8 devices · 92 pending · there may be more · as of 20:04:00",
        ),
        (
            Completeness(6, 6, off=2),
            "6 of 6 devices reporting · 2 switched off · as of 20:04:00",
            "6 of 6 devices · as of 20:04:00",
        ),
        (Completeness(0, 0, off=2), "2 switched off · as of 20:04:00", "2 switched off · as of 20:04:00"),
        (Completeness(0, 0), "no device yet · as of 20:04:00", "no device yet · as of 20:04:00"),
        (None, "devices not known · as of 20:04:00", "devices not known · as of 20:04:00"),
    ],
)
def test_every_figure_says_how_complete_it_is(heard: Completeness | None, whole: str, brief: str) -> None:
    assert complete_text(heard, NOW_MS, SAY) == whole
    assert brief_text(heard, NOW_MS, SAY) == brief


# --- gates, refusals, classes -------------------------------------------------------------------------------------


def test_a_gate_that_nobody_hears_is_amber() -> None:  # D3
    shown = present_gates(gates_of(shots.arrivals(60, 1), shots.lanes(), shots.kiosks(), NOW_MS), SAY).shown
    rows = {row.name: row for row in shown.rows}
    assert (rows["West gate"].note, rows["West gate"].is_trouble) == ("silent since 19:44", True)
    assert rows["North gate"].note == "1 of 3 devices silent since 19:58"
    assert (rows["East gate"].note, rows["East gate"].is_trouble) == ("", False)
    assert rows["VIP lounge"].cells == ("9 s", "16", "5 %")
    assert "Refused: 16" in shown.spoken(rows["VIP lounge"])


def test_a_gate_whose_kiosks_were_closed_says_so_and_asks_for_nobody() -> None:
    kiosks = shots.closed().told["live.devices"].value
    west = {
        row.name: row for row in present_gates(gates_of(shots.arrivals(60, 1), None, kiosks, NOW_MS), SAY).shown.rows
    }
    assert west["West gate"].note == "closed since 19:44"
    assert (west["West gate"].is_trouble, west["West gate"].is_aside) == (False, True)
    assert west["North gate"].is_trouble, "a gate beside it that fails"


def test_who_may_not_see_kiosks_sees_the_guests_all_the_same() -> None:
    shown = present_gates(gates_of(shots.arrivals(60, 1), None, None, NOW_MS), SAY).shown
    assert shown.cells == ()
    assert {row.note for row in shown.rows} == {""}
    assert max(row.share for row in shown.rows) == 1.0


@pytest.mark.parametrize("outcome", Outcome)
def test_a_refusal_is_what_stops_a_guest(outcome: Outcome) -> None:
    stops = TABLE[outcome].outcome_class in {OutcomeClass.HOLD, OutcomeClass.DENY, OutcomeClass.SYSTEM}
    assert is_refusal(outcome.value) is (stops and outcome not in {Outcome.JUST_SCANNED_HERE, Outcome.UNDONE})


def test_the_commonest_reasons_stand_first_and_the_rest_is_added_up() -> None:
    outcomes = [Curve(each.value, each.value, [n]) for n, each in enumerate(Outcome, start=1)]
    outcomes.append(Curve("from_a_newer_server", "from_a_newer_server", [1_000]))
    table = present_refusals(replace(shots.arrivals(), outcomes=outcomes), WORDS.outcomes, SAY)
    counts = [int(str(row[1])) for row in table.rows[1:]]
    assert counts == sorted(counts, reverse=True)
    assert table.shown.rows[0].name == "from_a_newer_server", "a newer server's word is no reason to hide it"
    assert table.shown.rest == f"{sum(counts[8:])} for other reasons"


def test_parking_is_expected_by_nobody() -> None:
    assert crowd_of(shots.status()).expected == 5_000
    rows = {row.name: row for row in present_classes(shots.status(), SAY).shown.rows}
    assert (rows["Parking"].note, rows["Parking"].is_aside) == ("not expected today", True)


@pytest.mark.parametrize(
    ("inside", "capacity", "note", "is_trouble"),
    [
        (190, None, "190 inside", False),
        (189, 200, "189 inside, 94 % of 200", False),
        (190, 200, "190 inside, 95 % of 200", True),
        (1_300, 1_200, "1,300 inside, 108 % of 1,200", True),
    ],
)
def test_a_class_with_a_capacity_asks_for_a_look_when_it_is_nearly_full(
    inside: int, capacity: int | None, note: str, is_trouble: bool
) -> None:
    one = ClassCount(1, "Balcony", 2_000, 1_500, 1_500, inside, 500, capacity=capacity)
    table = present_classes(replace(shots.status(), classes=[one]), SAY)
    (row,) = table.shown.rows
    assert (row.note, row.is_trouble) == (note, is_trouble)
    assert table.rows[1:] == (("Balcony", 1_500, 2_000, inside, capacity),)


# --- curves and ranges --------------------------------------------------------------------------------------------


def test_last_years_night_begins_where_this_one_does() -> None:
    told = shots.arrivals()
    mine, last = shots.event().policy, shots.event("Last", shots.LAST_YEAR, shots.STARTS_MS - shots.YEAR_MS).policy
    beside = Beside(last, replace(told, since_ms=told.since_ms - shots.YEAR_MS))
    curve = present_curve(told, mine, beside, SAY)
    assert curve.chart is not None
    assert curve.chart.other is not None
    over, main = curve.chart.other.series, curve.chart.main.series
    assert all(over.per_min[over.step_at(main.middle_ms(at)) or 0] == n for at, n in enumerate(main.per_min))
    assert curve.chart.read(0).count("Last: ") == 1
    assert "Most at 19:44: 38 per minute" in curve.chart.summary
    assert present_curve(shots.arrivals(scale=0), mine, beside, SAY).chart is None


def test_the_first_guests_are_not_called_nobody_while_their_step_runs() -> None:
    nobody = shots.arrivals(scale=0)
    running = (nobody.at_ms - nobody.since_ms) // nobody.step_ms
    counts = [n + (at == running) for at, n in enumerate(nobody.gates[0].counts)] + [1] * (
        running >= len(nobody.gates[0].counts)
    )
    rest = [replace(each, counts=[0] * len(counts)) for each in nobody.gates[1:]]
    told = replace(nobody, gates=[replace(nobody.gates[0], counts=counts), *rest])
    curve = present_curve(told, None, None, SAY)
    assert (curve.chart, curve.is_beginning) == (None, True)
    assert running_of(told) == 1
    assert present_curve(nobody, None, None, SAY).is_beginning is False


@pytest.mark.parametrize("chosen", Range)
@pytest.mark.parametrize("days", [0.1, 1, 3, 45])
def test_no_range_asks_for_more_points_than_a_screen_has(chosen: Range, days: float) -> None:
    event = replace(shots.event().policy, ends_ms=shots.STARTS_MS + int(days * 86_400_000))
    for params in (parameters_of(chosen, event, NOW_MS, SAY.zone), compared_with(event)):
        if "last_min" in params:
            points = int(params["last_min"]) // int(params["step_min"])
        else:
            span = span_of(int(params["since_ms"]), int(params["until_ms"]), int(params["step_min"]))
            assert span is not None
            points = span.steps
        assert 0 < points <= MOST_POINTS


def test_a_night_goes_on_after_midnight() -> None:
    zone = ZoneInfo("Europe/Berlin")
    hour = 3_600_000
    began = night_of(NOW_MS, zone)
    assert SAY.clock(began) == "06:00"
    assert night_of(NOW_MS + 8 * hour, zone) == began, "four in the morning is still tonight"
    assert night_of(NOW_MS + 10 * hour, zone) == began + 24 * hour


def test_what_a_server_tells_is_read_back() -> None:
    told: ArrivalsReply = shots.arrivals()
    from app.organizer.live.questions import PACE, STATUS

    assert PACE.read(asdict(told)) == told
    assert STATUS.read(asdict(shots.status())) == shots.status()
    with pytest.raises(ValueError, match="gates"):
        PACE.read({"event": "ab", "at_ms": 1, "since_ms": 1, "step_ms": 1, "gates": 7, "outcomes": []})


def test_how_complete_is_reckoned_with_the_pace_where_it_is_known() -> None:
    status, pace = shots.status(), shots.arrivals(60, 1)
    assert heard_of(status, pace).unheard > 0
    assert heard_of(status, None).unheard == 0
    assert heard_of(status, None).is_open
