"""A kiosk that comes by a code is found among the others, and nobody else is taken for it."""

from dataclasses import replace

import pytest

from core.insight.kiosk_arrival import CodeMade, arrived
from core.sync.kiosk_replies import KioskReply
from tests.insight.test_kiosk_standing import GOOD, PENDING

CODE = CodeMade(frozenset({GOOD.id}), "north", "Door 1")
COME = replace(PENDING, id="9" * 32, name="Door 1")


def test_the_new_one_at_the_codes_gate_is_found() -> None:
    assert arrived([GOOD, COME], CODE) == COME
    assert arrived([GOOD], CODE) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(COME, id=GOOD.id),
        replace(COME, state="active"),
        replace(COME, is_over=True),
        replace(COME, digits=None),
        replace(COME, gate="south"),
        replace(COME, replaces="7" * 32),
    ],
)
def test_others_are_not_taken_for_it(other: KioskReply) -> None:
    assert arrived([other], CODE) is None


def test_of_two_that_wait_the_one_of_the_codes_name_is_meant() -> None:
    other = replace(COME, id="8" * 32, name="Kiosk north")
    assert arrived([other, COME], CODE) == COME
    assert arrived([other], CODE) == other, "the server gives a name that is taken a number"


def test_one_that_takes_a_place_is_found_under_its_waiting_name() -> None:
    heir = replace(COME, name="North 1 (new)", replaces=GOOD.id)
    assert arrived([heir], replace(CODE, name="North 1", replaces=GOOD.id)) == heir
