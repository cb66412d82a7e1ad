"""What the start window says in each state, and which keys it has there."""

from itertools import product
from pathlib import Path

import pytest

from app.start.present import Do, RowText, StartText, Tone, present_start
from app.start.state import ALIVE, Asked, Cure, DoorHere, FirstOwner, GateHere, Leg, Part, PartState, Served, StartState
from app.start.words import load_start_words

WORDS = load_start_words("en")
SERVED = Served("https://127.0.0.1:8480", ("https://192.168.1.5:8480",), "A1B2 C3D4")
GATE = GateHere("00", "Summer Night", "north", "North gate")
DOOR = DoorHere("North 1", "north", "Summer Night")


def told(**fields: object) -> StartText:
    return present_start(StartState(**fields), WORDS)  # type: ignore[arg-type]


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
    found = row(told(parts={Part.SERVER: PartState(Leg.RUNNING)}, served=SERVED, gate=GATE), "Server")
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
    text = told(parts=running, served=SERVED, gate=GATE, door=DOOR)
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
    assert does(told(gate=GATE, asked=Asked.ENROL).asked or RowText("")) == {Do.ENROL_YES, Do.BACK}
    held = told(held_by="1234").asked
    assert held is not None
    assert "1234" in held.title
    assert does(held) == {Do.CLOSE}
