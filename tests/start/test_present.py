"""What the start window says in each state, and which keys it has there."""

from itertools import product
from pathlib import Path

import pytest

from app.start.choosing import asking, picked, stepped_back
from app.start.present import Do, RowText, StartText, Tone, present_start
from app.start.state import (
    ALIVE,
    Asked,
    Cure,
    DoorHere,
    EventHere,
    FirstOwner,
    GateHere,
    Leg,
    Part,
    PartState,
    Served,
    Stage,
    StartState,
)
from app.start.words import load_start_words
from app.widgets.theme import ThemeName

WORDS = load_start_words("en")
SERVED = Served("https://127.0.0.1:8480", ("https://192.168.1.5:8480",), "A1B2 C3D4")
NORTH, EAST = GateHere("north", "North gate"), GateHere("east", "East gate")
BEGINS_MS, ENDS_MS = 1_813_420_800_000, 1_813_449_600_000
SMALL = EventHere("00", "Summer Night", Stage.ON, BEGINS_MS, ENDS_MS, "Europe/Berlin", (NORTH,))
LARGE = EventHere("01", "Market", Stage.COMING, BEGINS_MS, ENDS_MS, "UTC", (NORTH, EAST))
PAST = EventHere("02", "Rehearsal", Stage.OVER, BEGINS_MS, ENDS_MS, "no/such zone", (NORTH,))
DOOR = DoorHere("North 1", "north", "Summer Night")


def told(**fields: object) -> StartText:
    return present_start(StartState(**fields), WORDS, ThemeName.DARK)  # type: ignore[arg-type]


def row(text: StartText, beginning: str) -> RowText:
    return next(each for each in text.rows if each.title.startswith(beginning))


def does(rows: tuple[RowText, ...] | RowText) -> set[Do]:
    return {key.do for each in (rows if isinstance(rows, tuple) else (rows,)) for key in each.keys}


def test_a_new_computer_has_three_choices_and_says_that_nothing_runs() -> None:
    text = told()
    assert [(choice.key.do, choice.is_open) for choice in text.choices] == [
        (Do.TRY_IT, True),
        (Do.OPEN_DOOR, True),
        (Do.RUN_EVENT, True),
    ]
    assert [each.title for each in text.rows] == [WORDS.lines.nothing_runs]
    assert does(text.rows) == set()


@pytest.mark.parametrize(("part", "leg"), list(product(Part, Leg)))
def test_each_program_has_its_row_in_each_leg_and_can_be_stopped_while_it_runs(part: Part, leg: Leg) -> None:
    text = told(parts={part: PartState(leg)})
    if leg is Leg.OFF:
        assert [each.title for each in text.rows] == [WORDS.lines.nothing_runs]
        return
    found = row(text, WORDS.parts[part])
    assert WORDS.legs[leg] in found.title
    assert (Do.STOP in does(found)) is (leg in {Leg.STARTING, Leg.RUNNING})
    assert (found.tone is Tone.TROUBLE) is (leg is Leg.FAILED)
    choice = {Part.DEMO: 0, Part.KIOSK: 1, Part.SERVER: 2}.get(part)
    if choice is not None:
        assert text.choices[choice].is_open is (leg not in ALIVE | {Leg.ELSEWHERE})


@pytest.mark.parametrize("cure", Cure)
def test_what_helps_is_a_key_beside_the_sentence(cure: Cure) -> None:
    found = row(told(parts={Part.SERVER: PartState(Leg.FAILED, "Port 8480 is taken", (cure,))}), "Server")
    assert found.lines == ("Port 8480 is taken",)
    assert [key.text for key in found.keys] == [WORDS.cures[cure]]


def test_a_server_that_runs_says_where_others_reach_it_and_by_what_they_know_it() -> None:
    found = row(told(parts={Part.SERVER: PartState(Leg.RUNNING)}, served=SERVED, events=(SMALL,)), "Server")
    assert found.lines[0] == SERVED.url
    assert "https://192.168.1.5:8480" in found.lines[1]
    assert SERVED.fingerprint in found.lines[2]
    assert does(found) == {Do.OPEN_ORGANIZER, Do.ENROL, Do.STOP}
    alone = row(told(parts={Part.SERVER: PartState(Leg.RUNNING)}, served=Served(SERVED.url)), "Server")
    assert WORDS.lines.alone in alone.lines
    assert WORDS.lines.no_event in alone.lines, "without an event there is nothing to be a door of"
    assert Do.ENROL not in does(alone)


def test_a_computer_that_is_a_door_already_is_not_made_one_again() -> None:
    running = {Part.SERVER: PartState(Leg.RUNNING), Part.KIOSK: PartState(Leg.RUNNING)}
    text = told(parts=running, served=SERVED, events=(SMALL,), door=DOOR)
    assert Do.ENROL not in does(text.rows)
    assert "North 1" in " ".join(row(text, "Door").lines)


def test_the_first_password_stands_there_until_somebody_has_noted_it() -> None:
    text = told(owner=FirstOwner("owner", "abcd-efgh"))
    assert any("abcd-efgh" in line for line in text.rows[0].lines)
    assert does(text.rows[0]) == {Do.COPY, Do.NOTED}
    assert "abcd-efgh" not in repr(StartState(owner=FirstOwner("owner", "abcd-efgh"))), "no log says it"


def test_the_demo_says_how_far_it_is_and_where_its_report_is() -> None:
    found = row(told(parts={Part.DEMO: PartState(Leg.RUNNING, "North 1: ADMIT")}, report=Path("/r")), "Demo")
    assert found.lines == ("North 1: ADMIT", WORDS.lines.report.fill(folder="/r"))
    assert does(found) == {Do.SHOW_REPORT, Do.STOP}


def test_a_question_has_a_way_back_and_a_second_window_only_a_way_out() -> None:
    running = {Part.SERVER: PartState(Leg.RUNNING)}
    assert does(told(parts=running, asked=Asked.CLOSE).asked or RowText("")) == {Do.END_ALL, Do.BACK}
    known = {"events": (SMALL,), "event": SMALL, "gate": NORTH}
    assert does(told(**known, asked=Asked.ENROL).asked or RowText("")) == {Do.ENROL_YES, Do.BACK}
    held = told(held_by="1234").asked
    assert held is not None
    assert "1234" in held.title
    assert does(held) == {Do.CLOSE}


def test_what_there_is_only_one_of_is_not_asked_about() -> None:
    assert asking(StartState()) == StartState(), "there is nothing to be a door of"
    one = asking(StartState(events=(SMALL,)))
    assert (one.asked, one.event, one.gate) == (Asked.ENROL, SMALL, NORTH)
    assert stepped_back(one) == StartState(events=(SMALL,))
    two_gates = asking(StartState(events=(LARGE,)))
    assert (two_gates.asked, two_gates.event, two_gates.gate) == (Asked.GATE, LARGE, None)


def test_each_event_and_each_gate_can_be_chosen_and_each_choice_be_taken_back() -> None:
    begun = asking(StartState(events=(SMALL, LARGE)))
    assert (begun.asked, begun.event) == (Asked.EVENT, None), "the first one is nobody's choice"
    small = picked(begun, SMALL.id)
    assert (small.asked, small.event, small.gate) == (Asked.ENROL, SMALL, NORTH)
    assert stepped_back(small) == begun, "its one gate was not asked about"
    large = picked(begun, LARGE.id)
    assert (large.asked, large.event, large.gate) == (Asked.GATE, LARGE, None)
    east = picked(large, EAST.id)
    assert (east.asked, east.event, east.gate) == (Asked.ENROL, LARGE, EAST)
    assert stepped_back(east) == large
    assert stepped_back(large) == begun
    assert stepped_back(begun) == StartState(events=(SMALL, LARGE))
    assert picked(large, "no such gate") == large
    assert picked(begun, "no such event") == begun
    assert picked(east, NORTH.id) == east, "nothing is being chosen any more"


def test_an_event_says_whether_it_is_on_by_its_own_clock() -> None:
    picking = told(events=(SMALL, LARGE, PAST), asked=Asked.EVENT).picking
    assert picking is not None
    assert [(key.text, key.value, line) for key, line in picking.rows] == [
        ("Summer Night", "00", "It is on, until 20 Jun, 02:00."),
        ("Market", "01", "It begins 19 Jun, 16:00."),
        ("Rehearsal", "02", "Over since 20 Jun, 00:00."),
    ]
    gates = told(events=(LARGE,), event=LARGE, asked=Asked.GATE).picking
    assert gates is not None
    assert "Market" in gates.title
    assert [(key.text, key.value) for key, _ in gates.rows] == [("North gate", "north"), ("East gate", "east")]
    asked = told(events=(PAST,), event=PAST, gate=NORTH, asked=Asked.ENROL).asked
    assert asked is not None
    assert "Over since 20 Jun, 00:00." in asked.lines, "whoever says yes to it knows that"
